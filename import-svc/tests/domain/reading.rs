//! Bytes become rows, however they arrive.

use import_svc::domain::kind::Kind;
use import_svc::domain::limits::Limits;
use import_svc::domain::reader::Reader;
use proptest::prelude::*;

use crate::people;
use crate::support::{invites, read, read_in_chunks, users};

/// Line and cells of each record, or the refusal.
fn records(file: &[u8], size: usize) -> Vec<String> {
    let mut found = Vec::new();
    let mut reader = Reader::new(Limits::default());
    let mut take = |record: import_svc::domain::reader::Record<'_>| {
        found.push(format!("{} {:?}", record.line, record.cells().collect::<Vec<_>>()));
        Ok(())
    };
    let fed = file.chunks(size.max(1)).try_for_each(|chunk| reader.feed(chunk, &mut take));
    let end = fed.and_then(|()| reader.finish(&mut take));
    found.push(format!("{end:?}"));
    found
}

#[test]
fn n6_lines_are_numbered_as_a_spreadsheet_shows_them() {
    let file = "first name,last name,email\n\nA,\"Mil\nler\",bad1\r\n\r\n,,\nB,B,bad2\n\n\nC,C,bad3";
    let outcome = users(file);
    let numbers: Vec<_> = outcome.rows.iter().map(|row| (row.line, row.number)).collect();
    assert_eq!(numbers, [(3, 1), (6, 2), (9, 3)]);
}

#[test]
fn n6_line_numbers_do_not_depend_on_line_ends() {
    let lines = ["first name,last name,email", "", "A,A,bad", "", "", "B,B,bad", ""];
    for end in ["\n", "\r\n", "\r"] {
        let outcome = users(lines.join(end));
        assert_eq!(outcome.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [3, 6], "{end:?}");
    }
}

#[test]
fn n6_excels_separator_line_is_no_row() {
    for file in
        ["sep=;\r\na@example.org;true\r\n", "SEP=;\na@example.org;true", "\"sep=;\"\ra@example.org;true"]
    {
        let outcome = invites(file);
        assert_eq!((outcome.rows[0].line, outcome.people().len()), (1, 1));
    }
}

#[test]
fn n6_the_delimiter_is_found_though_others_stand_in_cells() {
    let table = [
        ("first name,last name,email,title\nA,B,a@example.org,\"x;y;z\"\n", b','),
        (
            "first name;last name;email;title\nA;Smith, Jr.;a@example.org;x, y\nB;Lee, Sr.;b@example.org;\n",
            b';',
        ),
        ("first name\tlast name\temail\nA\tSmith, Jr.\ta@example.org\n", b'\t'),
        ("first name|last name|email\nA, B|C; D|a@example.org\n", b'|'),
        ("email;first name;last name\na@example.org;\"A \"\"the; best\"\" B\";C\n", b';'),
    ];
    for (file, delimiter) in table {
        let outcome = users(file);
        assert_eq!(
            (outcome.summary.dialect.delimiter, outcome.people().len()),
            (delimiter, outcome.rows.len()),
            "{file}"
        );
    }
}

#[test]
fn n6_a_lone_umlaut_far_down_is_read_right() {
    let ascii = people::license_invite(9_000);
    let head = ascii.replace("email,license", "email,license,name");
    assert!(head.len() > 3 * 64 * 1024);
    for (tail, encoding) in [
        (b"last@example.org,true,J\xfcrgen\n".as_slice(), "windows-1252"),
        ("last@example.org,true,Jürgen\n".as_bytes(), "UTF-8"),
    ] {
        let file = [head.as_bytes(), tail].concat();
        let outcome = read(Kind::LicenseInvite, &file).unwrap();
        assert_eq!((outcome.rows.len(), outcome.summary.dialect.encoding), (9_001, encoding));
    }
}

#[test]
fn b13_memory_is_bounded_whatever_the_cell() {
    let mut reader = Reader::new(Limits { cell_bytes: 1 << 10, ..Limits::default() });
    let mut take = |_: import_svc::domain::reader::Record<'_>| Ok(());
    let chunk = vec![b'x'; 1 << 16];
    let refused = (0..4).find_map(|_| reader.feed(&chunk, &mut take).err());
    assert_eq!(refused.unwrap().reason.as_str(), "CELL_TOO_LARGE");
}

#[test]
fn q9_a_two_column_file_may_lack_its_header() {
    for file in [
        "a@example.org,true\nb@example.org,false\n",
        "email,license\na@example.org,true\nb@example.org,false\n",
        "License Enabled;E-MAIL ADDRESS\nTRUE;a@example.org\nFALSE;b@example.org\n",
    ] {
        let people = invites(file).people();
        assert_eq!(
            people.iter().map(|person| person.license).collect::<Vec<_>>(),
            [Some(true), Some(false)],
            "{file}"
        );
    }
}

#[test]
fn q9_a_first_row_with_a_typing_error_is_no_header() {
    assert_eq!(invites("ann,true\nb@example.org,false\n").problems(), ["1:email:EMAIL_INVALID"]);
}

#[test]
fn f2_ten_thousand_people_of_many_scripts_are_read_unharmed() {
    let outcome = read_in_chunks(
        Kind::LocationUsers,
        people::location_users(10_000).as_bytes(),
        4_099,
        Limits::default(),
    )
    .unwrap();
    assert_eq!((outcome.people().len(), outcome.rows[9_999].line), (10_000, 10_001));
    assert_eq!(outcome.people()[9].family_name.as_deref(), Some("Wiśniewski"));
}

fn csv_like() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        b"\"".as_slice(),
        b"\"\"",
        b",",
        b";",
        b"\t",
        b"|",
        b"\n",
        b"\r\n",
        b"\r",
        b"a",
        b"ann@example.org",
        b"true",
        b" ",
        b"\xfc",
        "ü".as_bytes(),
        b"\0",
        b"sep=;",
        b"email",
        b"first name,last name,email\n",
        b"\xff\xfe",
        b"'=",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn n6_the_reader_never_panics_and_chunks_do_not_matter(file in csv_like(), size in 1_usize..40) {
        prop_assert_eq!(records(&file, size), records(&file, usize::MAX));
    }

    #[test]
    fn n6_random_bytes_never_panic(file in prop::collection::vec(any::<u8>(), 0..600)) {
        for kind in Kind::ALL {
            let _ = read(kind, &file);
        }
    }

    #[test]
    fn n6_quoted_cells_come_back_as_written(cells in prop::collection::vec("[a-z,;|\"\n ]{1,8}", 2..6), size in 1_usize..9) {
        let quoted: Vec<String> = cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
        let file = format!("a,b\n{}\n", quoted.join(","));
        let expected = format!("2 {cells:?}");
        let found = records(file.as_bytes(), size);
        prop_assert!(found.contains(&expected), "{:?}", found);
    }
}

#[test]
fn n6_blocks_do_not_matter_either() {
    let people = people::location_users(3_000);
    for shift in 0..40 {
        let file = format!("{}first name,last name,email,title,office phone\r\n{people}", "\n".repeat(shift));
        let file = file.replacen(
            "first name,last name,email,title,office phone\r\n",
            "",
            usize::from(shift % 2 == 0),
        );
        assert!(users(&file).people().len() >= 2_999);
    }
}
