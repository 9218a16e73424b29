//! Short stand-ins for long text: a hundred thousand rows are compared without keeping them.

use proto::print::print;
use sha2::{Digest, Sha256};

/// The first 128 bits of the SHA-256 of a folded address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint([u8; 16]);

/// One number per importable field, in the order first name, last name, title, office phone,
/// mobile phone, fax, language: 0 for a blank field, else its [`print`].
///
/// One number a field instead of one a person, because a blank cell keeps what is stored (Q12):
/// only the filled cells of a row are compared. The directory answers look-ups with the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FieldPrints(pub [u64; FieldPrints::FIELDS]);

impl Fingerprint {
    /// The stand-in for an address that was folded by this domain.
    pub fn of(folded_email: &str) -> Self {
        let digest = Sha256::digest(folded_email.as_bytes());
        let mut bits = [0; 16];
        bits.copy_from_slice(&digest[..16]);
        Self(bits)
    }

    /// The 16 bytes, to be stored.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }
}

impl FieldPrints {
    /// Number of fields.
    pub const FIELDS: usize = 7;

    /// Prints of the fields in the order above; `None` and blank are the same.
    pub fn of(fields: [Option<&str>; Self::FIELDS]) -> Self {
        Self(fields.map(|field| print(field.unwrap_or_default())))
    }

    /// Whether writing the filled cells of `row` over `self` changes nothing.
    pub fn covers(&self, row: &Self) -> bool {
        self.0.iter().zip(row.0).all(|(stored, cell)| cell == 0 || cell == *stored)
    }
}
