//! Real files: the same people, as spreadsheets of the world save them (N6).

use std::path::PathBuf;

use import_svc::domain::kind::Kind;
use import_svc::domain::plan::Counts;

use crate::support::{Outcome, nobody, plan, read};

const USERS: [(&str, &str, u8); 22] = [
    ("excel-en-csv-utf8.csv", "UTF-8", b','),
    ("excel-en-csv.csv", "windows-1252", b','),
    ("excel-de-csv-utf8.csv", "UTF-8", b';'),
    ("excel-de-csv.csv", "windows-1252", b';'),
    ("excel-fr-csv.csv", "windows-1252", b';'),
    ("excel-unicode-text.txt", "UTF-16LE", b'\t'),
    ("excel-sep-line.csv", "windows-1252", b';'),
    ("excel-mac.csv", "UTF-8", b';'),
    ("google-sheets.csv", "UTF-8", b','),
    ("numbers.csv", "UTF-8", b';'),
    ("unix.csv", "UTF-8", b','),
    ("pipes.csv", "UTF-8", b'|'),
    ("utf16-be.csv", "UTF-16BE", b','),
    ("utf16-le-no-mark.csv", "UTF-16LE", b';'),
    ("no-final-line-end.csv", "UTF-8", b','),
    ("stray-blank-lines.csv", "UTF-8", b';'),
    ("reordered-extra-column.csv", "UTF-8", b'\t'),
    ("spaces-around.csv", "UTF-8", b','),
    ("libreoffice-utf8.csv", "UTF-8", b','),
    ("libreoffice-utf8-semicolon-quoted.csv", "UTF-8", b';'),
    ("libreoffice-windows-1252.csv", "windows-1252", b';'),
    ("libreoffice-utf16-tab.csv", "UTF-16LE", b'\t'),
];

const INVITES: [&str; 4] =
    ["invite-with-header.csv", "invite-no-header.csv", "invite-excel-de.csv", "invite-unicode-text.txt"];

fn load(kind: Kind, name: &str) -> Outcome {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../roster/tests/data").join(name);
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    read(kind, bytes).unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"))
}

#[test]
fn n6_files_of_excel_libreoffice_sheets_and_numbers_give_the_identical_plan() {
    let expected = load(Kind::LocationUsers, USERS[0].0);
    assert_eq!(plan(&expected.rows, nobody).counts, Counts { rows: 50, new: 50, ..Counts::default() });
    assert_eq!(expected.people()[3].family_name.as_deref(), Some("Lefèvre"));
    assert_eq!(expected.people()[2].title.as_deref(), Some("Head of Operations"));
    for (name, encoding, delimiter) in USERS {
        let outcome = load(Kind::LocationUsers, name);
        let dialect = outcome.summary.dialect;
        assert_eq!((dialect.encoding, dialect.delimiter), (encoding, delimiter), "{name}");
        assert_eq!(outcome.problems(), Vec::<String>::new(), "{name}");
        for (found, wanted) in outcome.people().iter().zip(expected.people()) {
            assert_eq!(*found, wanted, "{name}");
        }
        assert_eq!(plan(&outcome.rows, nobody).counts, plan(&expected.rows, nobody).counts, "{name}");
    }
}

#[test]
fn b12_invite_files_with_and_without_header_give_the_identical_plan() {
    let expected = load(Kind::LicenseInvite, INVITES[0]);
    let counts = Counts { rows: 50, new: 50, seats_required: 25, ..Counts::default() };
    for name in INVITES {
        let outcome = load(Kind::LicenseInvite, name);
        assert_eq!(outcome.people(), expected.people(), "{name}");
        assert_eq!(plan(&outcome.rows, nobody).counts, counts, "{name}");
    }
}

#[test]
fn n6_an_extra_column_is_named_as_ignored() {
    let outcome = load(Kind::LocationUsers, "reordered-extra-column.csv");
    assert_eq!(outcome.summary.header.ignored[0].header, "employee no.");
}
