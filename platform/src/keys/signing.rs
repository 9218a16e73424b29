//! The Ed25519 key that signs caller and service tokens, and whose tokens are believed.

use std::collections::BTreeMap;

use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey};
use ed25519_dalek::{SigningKey, VerifyingKey};
use jsonwebtoken::{DecodingKey, EncodingKey};
use sha2::{Digest, Sha256};

/// The signing version, and every version that is believed.
pub(crate) struct Signing {
    pub(crate) kid: String,
    pub(crate) signer: EncodingKey,
    own: Vec<VerifyingKey>,
    believed: Believed,
}

/// Whose word is taken.
enum Believed {
    /// One process holds all services: its own versions speak for each of them.
    Own(Vec<Version>),
    /// Each issuer by its own versions and by nobody else's.
    ByIssuer(Issuers),
}

/// The public keys of each issuer.
pub(super) type Issuers = BTreeMap<String, Vec<Version>>;

/// A public key and its id.
pub(super) struct Version {
    kid: String,
    key: DecodingKey,
}

impl Signing {
    pub(super) fn of_seeds(current: &[u8; 32]) -> Self {
        Self::of(&SigningKey::from_bytes(current), None, None)
    }

    pub(super) fn of(current: &SigningKey, previous: Option<&SigningKey>, issuers: Option<Issuers>) -> Self {
        let own: Vec<_> = std::iter::once(current).chain(previous).map(SigningKey::verifying_key).collect();
        let believed =
            issuers.map_or_else(|| Believed::Own(own.iter().map(Version::of).collect()), Believed::ByIssuer);
        Self {
            kid: kid(&current.verifying_key()),
            signer: EncodingKey::from_ed_der(&der(current)),
            own,
            believed,
        }
    }

    /// A live version with this id, whoever it belongs to. What it signed is believed only if
    /// [`Signing::speaks_for`] says so too.
    pub(crate) fn verifier(&self, kid: &str) -> Option<&DecodingKey> {
        let mut versions: Box<dyn Iterator<Item = &Version>> = match &self.believed {
            Believed::Own(versions) => Box::new(versions.iter()),
            Believed::ByIssuer(issuers) => Box::new(issuers.values().flatten()),
        };
        versions.find(|version| version.kid == kid).map(|version| &version.key)
    }

    /// Whether the version with this id may sign as `issuer`.
    pub(crate) fn speaks_for(&self, kid: &str, issuer: &str) -> bool {
        let versions = match &self.believed {
            Believed::Own(versions) => Some(versions),
            Believed::ByIssuer(issuers) => issuers.get(issuer),
        };
        versions.is_some_and(|versions| versions.iter().any(|version| version.kid == kid))
    }

    /// Whether each issuer has keys of its own.
    pub(super) fn has_issuers(&self) -> bool {
        matches!(self.believed, Believed::ByIssuer(_))
    }

    /// The own public keys in PEM, the signing version first: what others put into `issuers/`.
    pub(super) fn public_pem(&self) -> Option<String> {
        self.own.iter().map(|key| key.to_public_key_pem(LineEnding::LF).ok()).collect()
    }
}

impl Version {
    fn of(key: &VerifyingKey) -> Self {
        Self { kid: kid(key), key: DecodingKey::from_ed_der(key.as_bytes()) }
    }
}

/// Reads one or more public keys, each an SPKI block in PEM (RFC 8410).
pub(super) fn parse_public(pem: &str) -> Option<Vec<Version>> {
    const END: &str = "-----END PUBLIC KEY-----";
    let blocks = pem.split_inclusive(END).map(str::trim).filter(|block| !block.is_empty());
    let keys: Option<Vec<_>> = blocks.map(|block| VerifyingKey::from_public_key_pem(block).ok()).collect();
    keys.filter(|keys| !keys.is_empty()).map(|keys| keys.iter().map(Version::of).collect())
}

/// Reads PKCS#8 PEM (RFC 8410).
pub(super) fn parse(pem: &str) -> Option<SigningKey> {
    SigningKey::from_pkcs8_pem(pem).ok()
}

/// Writes PKCS#8 PEM (RFC 8410).
pub(super) fn print(seed: &[u8; 32]) -> Option<String> {
    let pem = SigningKey::from_bytes(seed).to_pkcs8_pem(LineEnding::LF);
    pem.ok().map(|pem| pem.to_string())
}

/// RFC 8410 without the optional public key: a fixed prefix and the seed.
fn der(key: &SigningKey) -> Vec<u8> {
    const PREFIX: [u8; 16] =
        [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
    [&PREFIX[..], key.as_bytes()].concat()
}

fn kid(key: &VerifyingKey) -> String {
    let digest = Sha256::digest(key.as_bytes());
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
