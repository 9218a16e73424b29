//! Knows other formats by their first bytes, whatever the file is called (B13, ASVS 5.2.2).

use super::refusal::{Reason, Refusal};

const SIGNATURES: &[(&[u8], &str)] = &[
    (b"PK\x03\x04", "a workbook or zip archive"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", "an old Excel workbook"),
    (b"\x1F\x8B", "a gzip archive"),
    (b"BZh91AY&SY", "a bzip2 archive"),
    (b"\xFD7zXZ\x00", "an xz archive"),
    (b"7z\xBC\xAF\x27\x1C", "a 7-Zip archive"),
    (b"\x28\xB5\x2F\xFD", "a Zstandard archive"),
    (b"Rar!\x1A\x07", "a RAR archive"),
    (b"%PDF-", "a PDF document"),
    (b"{\\rtf", "an RTF document"),
    (b"\x89PNG\r\n\x1A\n", "a picture"),
    (b"\xFF\xD8\xFF", "a picture"),
    (b"GIF87a", "a picture"),
    (b"GIF89a", "a picture"),
    (b"SQLite format 3\x00", "a database"),
    (b"\x7FELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"<!DOCTYPE", "a web page"),
    (b"<!doctype", "a web page"),
    (b"<html", "a web page"),
    (b"<?xml", "an XML document"),
];

/// Refuses a file whose first bytes are those of another format.
pub(super) fn check(head: &[u8]) -> Result<(), Refusal> {
    let Some((_, what)) = SIGNATURES.iter().find(|(magic, _)| head.starts_with(magic)) else {
        return Ok(());
    };
    Err(not_csv(what))
}

/// Refuses text of which more than one character in twenty is a control character.
pub(super) fn check_text(text: &str) -> Result<(), Refusal> {
    let controls = text.bytes().filter(|byte| matches!(byte, 0..=8 | 11 | 12 | 14..=31 | 127)).count();
    if controls * 20 > text.len() {
        return Err(not_csv("binary data"));
    }
    Ok(())
}

fn not_csv(what: &str) -> Refusal {
    let message =
        format!("The file is {what}, not CSV. In the spreadsheet choose “Save as” and “CSV UTF-8”.");
    Refusal::new(Reason::NotCsv, message)
}
