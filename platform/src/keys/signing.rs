//! The Ed25519 key that signs caller and service tokens.

use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey};
use jsonwebtoken::{DecodingKey, EncodingKey};
use sha2::{Digest, Sha256};

/// The signing version and every version that is still believed.
pub(crate) struct Signing {
    pub(crate) kid: String,
    pub(crate) signer: EncodingKey,
    verifiers: Vec<(String, DecodingKey)>,
}

impl Signing {
    pub(super) fn of_seeds(current: &[u8; 32], previous: Option<&[u8; 32]>) -> Self {
        Self::of(&SigningKey::from_bytes(current), previous.map(SigningKey::from_bytes).as_ref())
    }

    pub(super) fn of(current: &SigningKey, previous: Option<&SigningKey>) -> Self {
        let verifiers = std::iter::once(current).chain(previous);
        Self {
            kid: kid(current),
            signer: EncodingKey::from_ed_der(&der(current)),
            verifiers: verifiers
                .map(|key| (kid(key), DecodingKey::from_ed_der(key.verifying_key().as_bytes())))
                .collect(),
        }
    }

    pub(crate) fn verifier(&self, kid: &str) -> Option<&DecodingKey> {
        self.verifiers.iter().find(|(known, _)| known == kid).map(|(_, key)| key)
    }
}

/// Reads PKCS#8 PEM (RFC 8410).
pub(super) fn parse(pem: &str) -> Option<SigningKey> {
    SigningKey::from_pkcs8_pem(pem).ok()
}

/// Writes PKCS#8 PEM (RFC 8410).
pub(super) fn print(seed: &[u8; 32]) -> Option<String> {
    let pem = SigningKey::from_bytes(seed).to_pkcs8_pem(ed25519_dalek::pkcs8::spki::der::pem::LineEnding::LF);
    pem.ok().map(|pem| pem.to_string())
}

/// RFC 8410 without the optional public key: a fixed prefix and the seed.
fn der(key: &SigningKey) -> Vec<u8> {
    const PREFIX: [u8; 16] =
        [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
    [&PREFIX[..], key.as_bytes()].concat()
}

fn kid(key: &SigningKey) -> String {
    let digest = Sha256::digest(key.verifying_key().as_bytes());
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
