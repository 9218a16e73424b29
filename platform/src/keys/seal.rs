//! A symmetric key in two live versions: sealing (XChaCha20-Poly1305) and digesting (HMAC-SHA-256).

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use super::Error;

const FORMAT: u8 = 1;
const ID: usize = 4;
const NONCE: usize = 24;

/// Two live versions of one 32-byte key: the current one writes, both read. Not printable.
#[derive(Clone)]
pub(crate) struct Pair {
    current: [u8; 32],
    previous: Option<[u8; 32]>,
}

/// 32 bytes from the system's generator.
pub(super) fn random() -> Result<[u8; 32], Error> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    Ok(bytes)
}

impl Pair {
    pub(super) fn new(current: [u8; 32], previous: Option<[u8; 32]>) -> Self {
        Self { current, previous }
    }

    pub(super) fn fresh() -> Result<Self, Error> {
        Ok(Self::new(random()?, None))
    }

    /// The version that writes.
    #[must_use]
    pub(super) fn current(&self) -> &[u8; 32] {
        &self.current
    }

    /// The version that is still accepted on reading.
    #[must_use]
    pub(super) fn previous(&self) -> Option<&[u8; 32]> {
        self.previous.as_ref()
    }

    /// Format byte, key id, nonce, ciphertext with tag.
    pub(super) fn seal(&self, plain: &[u8], context: &[u8]) -> Result<Vec<u8>, Error> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce)?;
        let payload = Payload { msg: plain, aad: context };
        let ciphertext = XChaCha20Poly1305::new(&self.current.into())
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| Error::Unsealable)?;
        Ok([&[FORMAT][..], &id(&self.current), &nonce, &ciphertext].concat())
    }

    pub(super) fn unseal(&self, sealed: &[u8], context: &[u8]) -> Result<Vec<u8>, Error> {
        let (&format, rest) = sealed.split_first().ok_or(Error::Unsealable)?;
        let (key_id, rest) = rest.split_at_checked(ID).ok_or(Error::Unsealable)?;
        let (nonce, ciphertext) = rest.split_at_checked(NONCE).ok_or(Error::Unsealable)?;
        let nonce = <[u8; NONCE]>::try_from(nonce).map_err(|_| Error::Unsealable)?;
        let key = self.live().find(|key| id(key) == key_id).ok_or(Error::Unsealable)?;
        if format != FORMAT {
            return Err(Error::Unsealable);
        }
        XChaCha20Poly1305::new(&(*key).into())
            .decrypt(&XNonce::from(nonce), Payload { msg: ciphertext, aad: context })
            .map_err(|_| Error::Unsealable)
    }

    pub(super) fn digest(&self, secret: &[u8]) -> [u8; 32] {
        mac(&self.current, secret).finalize().into_bytes().into()
    }

    pub(super) fn matches(&self, secret: &[u8], stored: &[u8]) -> bool {
        self.live().any(|key| mac(key, secret).verify_slice(stored).is_ok())
    }

    fn live(&self) -> impl Iterator<Item = &[u8; 32]> {
        std::iter::once(&self.current).chain(&self.previous)
    }
}

fn mac(key: &[u8; 32], secret: &[u8]) -> Hmac<Sha256> {
    let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new(&padded(key).into());
    mac.update(secret);
    mac
}

/// HMAC takes a block of 64 bytes; a shorter key is filled with zeros (RFC 2104).
fn padded(key: &[u8; 32]) -> [u8; 64] {
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    block
}

/// Names a key without telling it, so that the right version is tried.
fn id(key: &[u8; 32]) -> [u8; ID] {
    let digest = Sha256::new().chain_update(b"roster key id").chain_update(key).finalize();
    std::array::from_fn(|index| digest[index])
}
