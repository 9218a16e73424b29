//! A password hash as it is stored: Argon2id in the PHC string format.
//!
//! `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<hash>`, base64 without padding. What is read back is bounded:
//! a row that asks for a gigabyte of memory is broken, not obeyed.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// What a hash costs (RFC 9106).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// KiB.
    pub memory: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

/// Salt, cost and result.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredHash {
    /// What it cost.
    pub cost: Cost,
    /// Random bytes of this hash alone.
    pub salt: Vec<u8>,
    /// The result.
    pub hash: Vec<u8>,
}

/// The text is no hash that we would compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an Argon2id hash within bounds")]
pub struct Malformed;

impl Cost {
    /// Whether computing it is reasonable.
    #[must_use]
    pub fn is_bearable(&self) -> bool {
        let lanes = (1..=4).contains(&self.lanes);
        lanes && (8 * self.lanes..=262_144).contains(&self.memory) && (1..=16).contains(&self.passes)
    }
}

impl StoredHash {
    /// From storage.
    ///
    /// # Errors
    /// [`Malformed`], also for costs out of bounds.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let parts: Vec<&str> = text.split('$').collect();
        let ["", "argon2id", "v=19", cost, salt, hash] = parts.as_slice() else { return Err(Malformed) };
        let stored = Self { cost: parse_cost(cost)?, salt: decode(salt)?, hash: decode(hash)? };
        let fits = (8..=64).contains(&stored.salt.len()) && (16..=64).contains(&stored.hash.len());
        fits.then_some(stored).ok_or(Malformed)
    }

    /// Whether `other` is the same result, in a time that does not depend on where they differ.
    #[must_use]
    pub fn equals(&self, other: &[u8]) -> bool {
        let differing = self.hash.iter().zip(other).fold(0, |differing, (a, b)| differing | (a ^ b));
        self.hash.len() == other.len() && differing == 0
    }
}

impl fmt::Display for StoredHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Cost { memory, passes, lanes } = self.cost;
        let (salt, hash) = (STANDARD_NO_PAD.encode(&self.salt), STANDARD_NO_PAD.encode(&self.hash));
        write!(formatter, "$argon2id$v=19$m={memory},t={passes},p={lanes}${salt}${hash}")
    }
}

impl fmt::Debug for StoredHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[hash]")
    }
}

fn parse_cost(text: &str) -> Result<Cost, Malformed> {
    let parts: Vec<&str> = text.split(',').collect();
    let [memory, passes, lanes] = parts.as_slice() else { return Err(Malformed) };
    let number = |part: &str, name: &str| part.strip_prefix(name)?.parse().ok();
    let (memory, passes) = (number(memory, "m="), number(passes, "t="));
    let cost = memory.zip(passes).zip(number(lanes, "p="));
    let cost = cost.map(|((memory, passes), lanes)| Cost { memory, passes, lanes });
    cost.filter(Cost::is_bearable).ok_or(Malformed)
}

fn decode(text: &str) -> Result<Vec<u8>, Malformed> {
    STANDARD_NO_PAD.decode(text).map_err(|_| Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_survives_storage() {
        let cost = Cost { memory: 19_456, passes: 2, lanes: 1 };
        let stored = StoredHash { cost, salt: vec![1; 16], hash: vec![2; 32] };
        assert_eq!(StoredHash::parse(&stored.to_string()), Ok(stored.clone()));
        assert!(stored.equals(&[2; 32]));
        assert!(!stored.equals(&[3; 32]) && !stored.equals(&[2; 31]));
    }

    #[test]
    fn costs_out_of_bounds_and_other_algorithms_are_broken_rows() {
        let (salt, hash) = ("AQEBAQEBAQEBAQEBAQEBAQ", "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI");
        for head in [
            "$argon2id$v=19$m=19456,t=2,p=9",
            "$argon2id$v=19$m=1048576,t=2,p=1",
            "$argon2id$v=19$m=19456,t=99,p=1",
            "$argon2i$v=19$m=19456,t=2,p=1",
            "$argon2id$v=16$m=19456,t=2,p=1",
            "$argon2id$v=19$t=2,m=19456,p=1",
        ] {
            assert_eq!(StoredHash::parse(&format!("{head}${salt}${hash}")), Err(Malformed), "{head}");
        }
        assert_eq!(StoredHash::parse("plain"), Err(Malformed));
    }
}
