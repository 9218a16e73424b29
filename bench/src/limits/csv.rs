//! Reading a file and nothing else: the csv crate with one reused record, one check of the address by
//! table, a set of 128-bit fingerprints that finds duplicates. One core.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};
use std::time::Instant;

use anyhow::{Context, ensure};

/// So often: once takes less time than the processor needs to settle on a speed.
const TIMES: usize = 10;

/// The file's rows a second; all addresses are good and different.
pub fn rows_per_second(file: &[u8], rows: usize) -> anyhow::Result<f64> {
    let began = Instant::now();
    for _ in 0..TIMES {
        read(file, rows)?;
    }
    Ok((TIMES * rows) as f64 / began.elapsed().as_secs_f64())
}

fn read(file: &[u8], rows: usize) -> anyhow::Result<()> {
    let mut reader = csv::ReaderBuilder::new().from_reader(file);
    let column =
        reader.byte_headers()?.iter().position(|name| name == b"email").context("no column email")?;
    let mut record = csv::ByteRecord::new();
    let mut seen: HashSet<u128, BuildHasherDefault<Folded>> = HashSet::default();
    let mut folded = Vec::with_capacity(128);
    while reader.read_byte_record(&mut record)? {
        folded.clear();
        folded.extend(record.get(column).unwrap_or_default().iter().map(u8::to_ascii_lowercase));
        ensure!(is_address(&folded), "not an address: {}", String::from_utf8_lossy(&folded));
        seen.insert(fingerprint(&folded));
    }
    ensure!(seen.len() == rows, "{} different addresses of {rows}", seen.len());
    Ok(())
}

static FITS: [bool; 256] = table();

const fn table() -> [bool; 256] {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        let sign = byte as u8;
        table[byte] =
            sign.is_ascii_alphanumeric() || sign >= 0x80 || matches!(sign, b'.' | b'-' | b'_' | b'+');
        byte += 1;
    }
    table
}

fn is_address(folded: &[u8]) -> bool {
    let Some(at) = folded.iter().rposition(|byte| *byte == b'@') else { return false };
    let (local, domain) = (&folded[..at], &folded[at + 1..]);
    let fits = |part: &[u8]| !part.is_empty() && part.iter().all(|byte| FITS[usize::from(*byte)]);
    fits(local) && fits(domain) && domain.contains(&b'.')
}

/// Two multiplications a word, folded.
fn fingerprint(text: &[u8]) -> u128 {
    let (mut low, mut high) = (0x9E37_79B9_7F4A_7C15_u64, 0xC2B2_AE3D_27D4_EB4F_u64);
    for word in text.chunks(8) {
        let mut bytes = [0; 8];
        bytes[..word.len()].copy_from_slice(word);
        let word = u64::from_le_bytes(bytes);
        let (one, other) =
            (u128::from(low ^ word) * 0xA076_1D64_78BD_642F, u128::from(high ^ word) * 0xE703_7ED1_A0B4_28DB);
        low = (one >> 64) as u64 ^ one as u64;
        high = (other >> 64) as u64 ^ other as u64;
    }
    u128::from(low) << 64 | u128::from(high)
}

/// A fingerprint is its own hash.
#[derive(Default)]
struct Folded(u64);

impl Hasher for Folded {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {}

    fn write_u128(&mut self, number: u128) {
        self.0 = number as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::harness::people;

    #[test]
    fn a_generated_file_holds_good_and_different_addresses() {
        assert!(rows_per_second(&people::location_users(0, 20_000), 20_000).is_ok());
        assert!(!is_address(b"nobody") && !is_address(b"a@b") && !is_address(b"a b@c.d"));
    }
}
