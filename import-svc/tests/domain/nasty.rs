//! Files that go wrong on purpose: each is refused for the right reason, or read right.

use import_svc::domain::kind::Kind::{self, LicenseInvite, LocationUsers};
use import_svc::domain::refusal::Reason;

use crate::support::{invites, read, refused, users};

const HEADER: &str = "first name,last name,email\n";

fn utf16(text: &str, big_endian: bool) -> Vec<u8> {
    let bytes = |unit: u16| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() };
    text.encode_utf16().flat_map(bytes).collect()
}

fn with_columns(count: usize) -> String {
    let more: Vec<String> = (3..count).map(|number| format!("extra{number}")).collect();
    format!("first name,last name,email,{}\nAnn,Miller,a@example.org\n", more.join(","))
}

/// What it is, as what it is uploaded, the file, and why it is refused.
type Refused = (&'static str, Kind, Vec<u8>, Reason);

#[test]
fn b13_files_that_are_refused_and_why() {
    let tables = [nothing_to_import(), other_formats(), unreadable(), oversized(), wrong_headers()];
    for (name, kind, file, reason) in tables.into_iter().flatten() {
        assert_eq!(refused(kind, file), reason, "{name}");
    }
}

fn nothing_to_import() -> Vec<Refused> {
    vec![
        ("empty", LocationUsers, vec![], Reason::EmptyFile),
        ("empty invite", LicenseInvite, vec![], Reason::EmptyFile),
        ("byte order mark only", LocationUsers, b"\xef\xbb\xbf".to_vec(), Reason::EmptyFile),
        ("utf-16 mark only", LocationUsers, b"\xff\xfe".to_vec(), Reason::EmptyFile),
        ("line ends only", LocationUsers, b"\r\n\r\n\n".to_vec(), Reason::EmptyFile),
        ("spaces only", LocationUsers, b"   \n  ".to_vec(), Reason::EmptyFile),
        ("delimiters only", LocationUsers, b";;;\n;;;\n".to_vec(), Reason::EmptyFile),
        ("header only", LocationUsers, HEADER.into(), Reason::NoRows),
        ("header and blank rows", LocationUsers, format!("{HEADER}\n,,\n").into(), Reason::NoRows),
        ("header only, invite", LicenseInvite, b"email,license".to_vec(), Reason::NoRows),
    ]
}

fn other_formats() -> Vec<Refused> {
    vec![
        ("zip", LocationUsers, b"PK\x03\x04\x14\0\0\0".to_vec(), Reason::NotCsv),
        (
            "xlsx renamed",
            LicenseInvite,
            b"PK\x03\x04\x14\0\x06\0[Content_Types].xml".to_vec(),
            Reason::NotCsv,
        ),
        ("xls", LocationUsers, b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0".to_vec(), Reason::NotCsv),
        ("gzip bomb", LocationUsers, b"\x1f\x8b\x08\0\0\0\0\0".to_vec(), Reason::NotCsv),
        ("pdf", LocationUsers, b"%PDF-1.7\n%\xe2\xe3".to_vec(), Reason::NotCsv),
        ("png", LocationUsers, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), Reason::NotCsv),
        ("elf", LocationUsers, b"\x7fELF\x02\x01".to_vec(), Reason::NotCsv),
        ("html", LocationUsers, b"<!DOCTYPE html><table>".to_vec(), Reason::NotCsv),
        ("rtf", LocationUsers, b"{\\rtf1\\ansi".to_vec(), Reason::NotCsv),
        ("control characters", LocationUsers, vec![1, 2, 3, 4, 5, b'a', b'\n'], Reason::NotCsv),
        ("zero bytes", LocationUsers, vec![0; 4096], Reason::NotCsv),
    ]
}

fn unreadable() -> Vec<Refused> {
    vec![
        ("utf-32", LocationUsers, b"\xff\xfe\0\0e\0\0\0".to_vec(), Reason::EncodingUnreadable),
        (
            "odd utf-16",
            LocationUsers,
            [b"\xff\xfe".as_slice(), &utf16(HEADER, false), b"x"].concat(),
            Reason::EncodingUnreadable,
        ),
        (
            "half a surrogate",
            LocationUsers,
            [b"\xff\xfe".as_slice(), &utf16(HEADER, false), b"\0\xd8a\0"].concat(),
            Reason::EncodingUnreadable,
        ),
        (
            "utf-8 mark, then windows-1252",
            LocationUsers,
            [b"\xef\xbb\xbf", HEADER.as_bytes(), b"J\xfcrgen,M,a@b.co\n"].concat(),
            Reason::EncodingUnreadable,
        ),
        (
            "two encodings glued",
            LocationUsers,
            [HEADER.as_bytes(), "Jürgen,Müller,a@b.co\n".as_bytes(), b"J\xfcrgen,M,b@b.co\n"].concat(),
            Reason::EncodingUnreadable,
        ),
        (
            "unknown separator line",
            LocationUsers,
            b"sep=x\nfirst name,last name,email\n".to_vec(),
            Reason::DelimiterUnknown,
        ),
    ]
}

fn oversized() -> Vec<Refused> {
    let quote = format!("{HEADER}Ann,\"Miller,a@example.org\nBob,Hill,b@example.org\n");
    let big_cell = format!("{HEADER}Ann,{},a@example.org\n", "x".repeat(10 << 20));
    vec![
        ("quote open to the end", LocationUsers, quote.into(), Reason::QuoteNotClosed),
        ("a cell of 10 MiB", LocationUsers, big_cell.into(), Reason::CellTooLarge),
        (
            "a quoted cell of 70 KiB",
            LocationUsers,
            format!("{HEADER}\"{}", "x\n".repeat(35 << 10)).into(),
            Reason::CellTooLarge,
        ),
        ("201 columns", LocationUsers, with_columns(201).into(), Reason::TooManyColumns),
        (
            "201 cells in a row",
            LocationUsers,
            format!("{HEADER}Ann{}\n", ",".repeat(200)).into(),
            Reason::TooManyColumns,
        ),
    ]
}

fn wrong_headers() -> Vec<Refused> {
    vec![
        ("missing header", LocationUsers, b"Ann,Miller,a@example.org\n".to_vec(), Reason::ColumnMissing),
        (
            "renamed header",
            LocationUsers,
            b"first name,last name,contact\nA,B,a@example.org\n".to_vec(),
            Reason::ColumnMissing,
        ),
        (
            "one column missing",
            LocationUsers,
            b"last name,email\nB,a@example.org\n".to_vec(),
            Reason::ColumnMissing,
        ),
        ("licence column missing", LicenseInvite, b"email\na@example.org\n".to_vec(), Reason::ColumnMissing),
        ("prose", LicenseInvite, b"Dear colleagues, please find attached.\n".to_vec(), Reason::ColumnMissing),
        ("json", LocationUsers, b"[{\"email\": \"a@example.org\"}]".to_vec(), Reason::ColumnMissing),
        (
            "duplicate header",
            LocationUsers,
            b"first name,last name,email,E-Mail\nA,B,a@example.org,\n".to_vec(),
            Reason::ColumnDuplicate,
        ),
        ("too many bytes", LicenseInvite, b"a@example.org,true\n".repeat(4 << 20), Reason::FileTooLarge),
    ]
}

#[test]
fn n6_files_that_are_read_right() {
    let row = "Ann,Miller,a@example.org\n";
    let one = |file: String| (file, 1);
    let table: Vec<(&str, (String, usize))> = vec![
        ("plain", one(format!("{HEADER}{row}"))),
        ("byte order mark", one(format!("\u{feff}{HEADER}{row}"))),
        ("carriage returns", one(format!("{HEADER}{row}").replace('\n', "\r"))),
        ("both", one(format!("{HEADER}{row}").replace('\n', "\r\n"))),
        ("mixed line ends", (format!("{HEADER}{row}\rBob,Hill,b@example.org\r\n\nCy,Lee,c@example.org"), 3)),
        ("no final line end", one(format!("{HEADER}{}", row.trim()))),
        ("blank lines", one(format!("\n\n{HEADER}\n\n{row}\n\n"))),
        ("quotes in quotes", one(format!("{HEADER}\"Ann \"\"the best\"\"\",Miller,a@example.org\n"))),
        ("quote in the middle", one(format!("{HEADER}Ann \"x\" B,Miller,a@example.org\n"))),
        ("text behind a quote", one(format!("{HEADER}\"Ann\"x,Miller,a@example.org\n"))),
        ("quoted line end", one(format!("{HEADER}\"Ann\nMarie\",Miller,a@example.org\n"))),
        (
            "all quoted",
            one("\"first name\",\"last name\",\"email\"\n\"Ann\",\"Miller\",\"a@example.org\"\n".into()),
        ),
        ("semicolons", one(format!("{HEADER}{row}").replace(',', ";"))),
        ("tabs", one(format!("{HEADER}{row}").replace(',', "\t"))),
        ("bars", one(format!("{HEADER}{row}").replace(',', "|"))),
        ("200 columns", one(with_columns(200))),
        ("trailing delimiters", one("first name,last name,email,,,\nAnn,Miller,a@example.org,,,\n".into())),
        ("trailing blank cells in a row", one(format!("{HEADER}Ann,Miller,a@example.org,, ,\n"))),
        ("reordered", one("email,last name,first name\na@example.org,Miller,Ann\n".into())),
        ("german header", one("Vorname;Nachname;E-Mail-Adresse\nAnn;Miller;a@example.org\n".into())),
        ("french header", one("Prénom;Nom;Courriel\nAnn;Miller;a@example.org\n".into())),
        ("loud header", one("FIRST_NAME *;Last-Name;  e MAIL \nAnn;Miller;a@example.org\n".into())),
        ("decomposed header", one("Pre\u{301}nom;Nom;Courriel\nAnn;Miller;a@example.org\n".into())),
        ("unknown column", one("first name,last name,email,shoe size\nAnn,Miller,a@example.org,42\n".into())),
        (
            "index column without a name",
            one(",first name,last name,email\n0,Ann,Miller,a@example.org\n".into()),
        ),
        ("formula", one(format!("{HEADER}=1+1,@SUM(A1),a@example.org\n"))),
        ("script", one(format!("{HEADER}<script>alert(1)</script>,Miller,a@example.org\n"))),
        ("file-like names", one(format!("{HEADER}../../etc/passwd,C:\\x,a@example.org\n"))),
        ("sql", one(format!("{HEADER}Robert'); DROP TABLE users;--,Miller,a@example.org\n"))),
        ("right to left", one(format!("{HEADER}\u{200f}محمد,الخطيب,a@example.org\n"))),
        ("emoji", one(format!("{HEADER}👩‍🚀,Miller,a@example.org\n"))),
        ("spaces around", one("first name , last name , email \n Ann , Miller , a@example.org \n".into())),
        (
            "a cell of 64 KiB that is not imported",
            one(format!(
                "first name,last name,email,notes\nAnn,Miller,a@example.org,{}\n",
                "x".repeat(64 << 10)
            )),
        ),
    ];
    for (name, (file, people)) in table {
        let outcome = read(LocationUsers, file).unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"));
        assert_eq!((outcome.people().len(), outcome.problems()), (people, vec![]), "{name}");
    }
}

#[test]
fn n6_encodings_that_are_read_right() {
    let text = "first name,last name,email\r\nJürgen,Müller,a@example.org\r\nRenée,Noël,b@example.org\r\n";
    let windows: Vec<u8> =
        text.chars().map(|character| u8::try_from(u32::from(character)).unwrap()).collect();
    let files = [
        ("utf-8", text.as_bytes().to_vec()),
        ("utf-16 le", [b"\xff\xfe".to_vec(), utf16(text, false)].concat()),
        ("utf-16 be", [b"\xfe\xff".to_vec(), utf16(text, true)].concat()),
        ("utf-16 le without mark", utf16(text, false)),
        ("utf-16 be without mark", utf16(text, true)),
        ("windows-1252", windows),
    ];
    for (name, file) in files {
        let outcome = read(LocationUsers, file).unwrap_or_else(|refusal| panic!("{name}: {refusal:?}"));
        assert_eq!(outcome.people()[0].family_name.as_deref(), Some("Müller"), "{name}");
    }
}

#[test]
fn n6_rows_that_fail_beside_rows_that_do_not() {
    let table = [
        ("Ann,Mil\0ler,a@example.org", "2:last name:CHARACTER_NOT_ALLOWED"),
        ("Ann,Miller,a@example.org,shifted", "2::TOO_MANY_CELLS"),
        ("Smith, Jr.,Ann,Miller,a@example.org", "2:email:EMAIL_INVALID"),
        ("Ann,Miller,12345", "2:email:EMAIL_INVALID"),
        ("Ann,Miller,ann\u{200b}@example.org", "2:email:EMAIL_INVALID"),
        ("Ann", "2:last name:NAME_REQUIRED"),
    ];
    for (row, problem) in table {
        let outcome = users(format!("{HEADER}{row}\nBob,Hill,b@example.org\n"));
        assert_eq!(outcome.problems().first().map(String::as_str), Some(problem), "{row}");
        assert_eq!(outcome.people().len(), 1, "{row}");
    }
}

#[test]
fn n6_refusals_name_the_place_and_the_remedy() {
    let refusal = read(LocationUsers, format!("{HEADER}A,B,a@example.org\nAnn,\"Miller")).err().unwrap();
    assert_eq!(
        (refusal.line, refusal.to_string().as_str()),
        (Some(3), "Row 3 opens a quote that is never closed.")
    );
    let refusal = read(LocationUsers, "Ann,Miller,a@example.org\n").err().unwrap();
    assert_eq!(
        refusal.to_string(),
        "The header has no column “first name”, “last name”, “email”. It reads: Ann, Miller, a@example.org"
    );
    let refusal = read(LocationUsers, "first name,Vorname\n").err().unwrap();
    assert_eq!(
        refusal.to_string(),
        "The columns “first name” and “Vorname” are both “first name”. Remove one."
    );
}

#[test]
fn n6_an_unknown_column_is_a_warning_that_names_it() {
    let outcome = users("first name,last name,email,mobile phnoe,shoe size\nAnn,Miller,a@example.org,1,42\n");
    let ignored: Vec<_> =
        outcome.summary.header.ignored.iter().map(|it| (it.header.as_str(), it.suggestion)).collect();
    assert_eq!(ignored, [("mobile phnoe", Some("mobile phone")), ("shoe size", None)]);
}

#[test]
fn q9_invite_rows_at_their_limits() {
    let outcome = invites("a@example.org;TRUE;\nb@example.org;\nc@example.org;wahr\n");
    assert_eq!(outcome.problems(), ["2:license:BOOLEAN_INVALID", "3:license:BOOLEAN_INVALID"]);
}
