//! Template, example and guidelines come from the table that validates.

use import_svc::domain::guidelines::Guidelines;
use import_svc::domain::kind::Kind;
use import_svc::domain::limits::Limits;
use import_svc::domain::refusal::Reason;
use import_svc::domain::template::{example, template};

use crate::support::{read, refused};

#[test]
fn f5_the_template_is_the_exact_header_that_the_import_accepts() {
    assert_eq!(template(Kind::LicenseInvite), "\u{feff}email,license\r\n".as_bytes());
    let users = "\u{feff}first name,last name,email,title,office phone,mobile phone,fax,language\r\n";
    assert_eq!(template(Kind::LocationUsers), users.as_bytes());
    let mut filled = template(Kind::LocationUsers);
    filled.extend_from_slice(b"Ann,Miller,ann@example.org,,,,,\r\n");
    let outcome = read(Kind::LocationUsers, filled).unwrap();
    assert_eq!(outcome.people().len(), 1);
    assert!(outcome.summary.header.ignored.is_empty());
}

#[test]
fn f5_a_template_without_rows_says_so() {
    for kind in Kind::ALL {
        assert_eq!(refused(kind, template(kind)), Reason::NoRows);
    }
}

#[test]
fn b16_the_example_is_valid_and_its_addresses_are_reserved() {
    for kind in Kind::ALL {
        let outcome = read(kind, example(kind)).unwrap();
        assert_eq!(outcome.problems(), Vec::<String>::new());
        assert!(outcome.people().iter().all(|person| person.email.ends_with("@example.com")));
        assert_eq!(outcome.rows.len(), 2);
    }
}

#[test]
fn f6_guidelines_tell_each_column_and_its_example_is_accepted() {
    for kind in Kind::ALL {
        let guidelines = Guidelines::new(kind, Limits::default());
        assert!(
            guidelines.columns.iter().all(|column| !column.description.is_empty() && column.max_length > 0)
        );
        let headers: Vec<&str> = guidelines.columns.iter().map(|column| column.header).collect();
        let cells: Vec<&str> = guidelines.columns.iter().map(|column| column.example).collect();
        let outcome = read(kind, format!("{}\n{}\n", headers.join(","), cells.join(","))).unwrap();
        assert_eq!(outcome.problems(), Vec::<String>::new());
    }
}

#[test]
fn f7_exactly_three_columns_of_a_location_file_are_required() {
    let required = Kind::LocationUsers.profile().columns.iter().filter(|column| column.required);
    let required: Vec<&str> = required.map(|column| column.header).collect();
    assert_eq!(required, ["first name", "last name", "email"]);
}

#[test]
fn f8_the_guidelines_warn_that_the_last_row_wins() {
    let notes = Guidelines::new(Kind::LocationUsers, Limits::default()).notes.join(" ");
    assert!(notes.contains("unique e-mail address") && notes.contains("last row wins"));
}

#[test]
fn n6_every_alias_names_one_column_only() {
    for kind in Kind::ALL {
        for column in kind.profile().columns {
            for name in std::iter::once(&column.header).chain(column.aliases) {
                let named = kind.profile().columns.iter().filter(|other| other.is_named(name));
                assert_eq!(named.count(), 1, "{name}");
            }
        }
    }
}
