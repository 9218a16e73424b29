//! Failed rows out, fixed rows in.

use import_svc::domain::error_file::Writer;
use import_svc::domain::kind::Kind;
use proptest::prelude::*;

use crate::support::{Outcome, read, users};

const FORMULA_STARTS: [char; 9] = ['=', '+', '-', '@', '\0', '＝', '＋', '－', '＠'];

fn error_file(outcome: &Outcome) -> Vec<u8> {
    let names = &outcome.summary.header.names;
    let failures = outcome.failures();
    let widest = failures.iter().map(|failure| failure.cells.len()).max().unwrap_or(0);
    let writer = Writer::new(outcome.summary.dialect.delimiter, names.len(), widest);
    let mut file = writer.header(names);
    for failure in failures {
        file.extend(writer.row(&failure.cells, &failure.problems));
    }
    file
}

fn text(file: &[u8]) -> String {
    String::from_utf8(file.to_vec()).unwrap()
}

#[test]
fn n4_the_error_file_has_the_failed_rows_with_row_column_code_and_message() {
    let outcome = users(
        "Vorname;Nachname;Personalnummer;E-Mail\nAnn;Miller;1;ann@example.org\n;Hill;2;bob@\nCy;Lee;3;cy\n",
    );
    let expected = "\u{feff}Vorname;Nachname;Personalnummer;E-Mail;row;column;code;message\r\n\
        ;Hill;2;bob@;3;\"first name; email\";\"NAME_REQUIRED; EMAIL_INVALID\";\"The first name is missing.; “bob@” has no domain.\"\r\n\
        Cy;Lee;3;cy;4;email;EMAIL_INVALID;“cy” has no @.\r\n";
    assert_eq!(text(&error_file(&outcome)), expected);
}

#[test]
fn n4_fixing_the_cells_and_uploading_the_error_file_imports_them() {
    let outcome = users("first name,last name,email\nAnn,Miller,ann@\nBob,Hill,bob@example.org\n");
    let fixed = text(&error_file(&outcome)).replace("ann@,", "ann@example.org,");
    let again = read(Kind::LocationUsers, fixed).unwrap();
    assert!(again.summary.header.is_error_file);
    assert_eq!(again.summary.header.ignored, []);
    assert_eq!(
        again.people().iter().map(|person| person.email.as_str()).collect::<Vec<_>>(),
        ["ann@example.org"]
    );
}

#[test]
fn n4_an_unfixed_error_file_fails_for_the_same_reasons_and_stays_the_same() {
    let outcome = users(
        "first name,last name,email,notes\n=1+1,Miller,x,'=2\nAnn,,y@example.org,-3\nZ,Z,z,a,overflow\n",
    );
    let first = error_file(&outcome);
    let again = users(&first);
    let cells = |outcome: &Outcome| {
        outcome.failures().iter().map(|failure| failure.cells.clone()).collect::<Vec<_>>()
    };
    let padded: Vec<Vec<String>> = cells(&outcome)
        .into_iter()
        .map(|mut row| {
            row.resize(5, String::new());
            row
        })
        .collect();
    assert_eq!(cells(&again), padded);
    assert_eq!(again.summary.header.names, ["first name", "last name", "email", "notes", ""]);
    assert!(again.problems().iter().any(|problem| problem.ends_with("TOO_MANY_CELLS")));
}

#[test]
fn n4_a_file_without_header_gets_one_in_its_error_file() {
    let outcome = read(Kind::LicenseInvite, "ann@example.org,true\nbob,true\n").unwrap();
    let file = text(&error_file(&outcome));
    assert!(
        file.starts_with("\u{feff}email,license,row,column,code,message\r\nbob,true,2,email,EMAIL_INVALID,")
    );
    let again = read(Kind::LicenseInvite, file.replace("bob,", "bob@example.org,")).unwrap();
    assert_eq!(again.people().len(), 1);
}

/// Cells that a spreadsheet would run, whichever delimiter it splits at.
fn formulas(file: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for delimiter in *b",;\t|" {
        let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(file);
        let cells =
            reader.records().flat_map(|record| record.unwrap().iter().map(str::to_owned).collect::<Vec<_>>());
        found.extend(
            cells.filter(|cell| cell.trim_start_matches(['\t', '\r', '\n']).starts_with(FORMULA_STARTS)),
        );
    }
    found
}

#[test]
fn n4_formulas_come_back_as_text_and_round_trip() {
    let cells = [
        "=cmd|' /C calc'!A0",
        "+1+1",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "\0=1",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        "'=1",
        "''=1",
        "a;=1+1",
        "a,'=1+1",
        "a|'=1\";+1",
        "x\n=1",
        "\"=1",
        "\t'\t=1",
        "Robert');--",
        "'quoted'",
        "=HYPERLINK(\"http://example.com\";\"x\")",
    ];
    for cell in cells {
        let quoted = cell.replace('"', "\"\"");
        let outcome = users(format!("first name,last name,email,notes\nAnn,Miller,bad,\"{quoted}\"\n"));
        let file = error_file(&outcome);
        let mut plain = csv::ReaderBuilder::new().from_reader(file.as_slice());
        let record = plain.records().next().unwrap().unwrap();
        let shown = &record[3];
        assert!(
            !shown.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠']),
            "{shown:?}"
        );
        assert_eq!(users(&file).failures()[0].cells[3], cell);
    }
}

#[test]
fn n4_a_row_that_is_emptied_by_hand_is_left_out() {
    let outcome = users("first name,last name,email\nAnn,Miller,x\nBob,Hill,bob\n");
    let file = text(&error_file(&outcome))
        .replace("Ann,Miller,x,", ",,,")
        .replace("Hill,bob,", "Hill,bob@example.org,");
    assert_eq!(users(file).rows.len(), 1);
}

#[test]
fn n4_extra_columns_that_are_not_all_there_are_just_unknown_columns() {
    let outcome = users("first name,last name,email,row,code\nAnn,Miller,a@example.org,=1,x\n");
    assert!(!outcome.summary.header.is_error_file);
    assert_eq!(outcome.summary.header.ignored.len(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn n4_any_failed_cells_round_trip(
        rows in prop::collection::vec(prop::collection::vec("[ -~äß＝\t\r\n'=+@;,|\"-]{0,12}", 3), 1..8),
        delimiter in prop::sample::select(vec![b',', b';', b'\t', b'|']),
    ) {
        let names = ["first name", "last name", "email"].map(str::to_owned);
        let writer = Writer::new(delimiter, names.len(), names.len());
        let mut file = writer.header(&names);
        let mut kept = Vec::new();
        for cells in &rows {
            file.extend(writer.row(cells, &[]));
            if cells.iter().any(|cell| !cell.trim().is_empty()) {
                kept.push(cells.clone());
            }
        }
        // No cell of these is a valid address, so each row comes back as a failure with its cells.
        let read_back = match read(Kind::LocationUsers, &file) {
            Ok(outcome) => outcome.failures().iter().map(|failure| failure.cells.clone()).collect(),
            Err(_) => Vec::new(),
        };
        prop_assert_eq!(read_back, kept);
        prop_assert_eq!(formulas(&file), Vec::<String>::new());
    }
}
