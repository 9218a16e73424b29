//! Cells and rows.

use import_svc::domain::problem::Code;

use crate::support::{codes, invites, users};

#[test]
fn f7_three_required_fields_are_enough_and_each_is_required() {
    assert_eq!(codes("Ann", "Miller", "ann@example.org"), []);
    assert_eq!(codes("", "Miller", "ann@example.org"), [Code::NameRequired]);
    assert_eq!(codes("Ann", " ", "ann@example.org"), [Code::NameRequired]);
    assert_eq!(codes("Ann", "Miller", "\u{a0}"), [Code::EmailRequired]);
    assert_eq!(codes("", "", "x"), [Code::NameRequired, Code::NameRequired, Code::EmailInvalid]);
}

#[test]
fn f7_a_short_row_lacks_its_last_cells() {
    let outcome = users("first name,last name,email,title\nAnn,Miller,ann@example.org\nBob,Hill\n");
    assert_eq!(outcome.problems(), ["3:email:EMAIL_REQUIRED"]);
}

#[test]
fn q13_addresses_that_are_accepted_and_how_they_are_kept() {
    let local = "a".repeat(64);
    let domain = format!("{0}.{0}.{1}.example", "b".repeat(63), "c".repeat(53));
    let longest = format!("{local}@{domain}");
    assert_eq!(longest.len(), 254);
    let table = [
        ("ann@example.org", "ann@example.org"),
        ("Ann.Miller@Example.ORG", "ann.miller@example.org"),
        ("  ann@example.org\u{a0}", "ann@example.org"),
        ("ann+tag@example.org", "ann+tag@example.org"),
        ("o'brien@example.org", "o'brien@example.org"),
        ("ANN@BÜCHER.example", "ann@bücher.example"),
        ("用户@例え.jp", "用户@例え.jp"),
        ("ann@xn--bcher-kva.example", "ann@xn--bcher-kva.example"),
        ("a@b.co", "a@b.co"),
        ("jose\u{301}@example.org", "josé@example.org"),
        (&longest, &longest),
    ];
    for (typed, kept) in table {
        let outcome = invites(format!("{typed},true\n"));
        assert_eq!(outcome.people().first().map(|person| person.email.as_str()), Some(kept), "{typed}");
    }
}

#[test]
fn q13_addresses_that_are_refused() {
    let long_local = format!("{}@example.org", "a".repeat(65));
    let table = [
        "ann",
        "12345",
        "4.93E+11",
        "ann@",
        "@example.org",
        "ann@@example.org",
        "ann@a@example.org",
        "ann@example",
        "ann@example.",
        "ann@.example.org",
        "ann@exa..mple.org",
        "ann@-example.org",
        "ann@example-.org",
        ".ann@example.org",
        "ann.@example.org",
        "a..b@example.org",
        "ann miller@example.org",
        "ann@exam ple.org",
        "ann@exam_ple.org",
        "ann@127.0.0.1",
        "ann@[127.0.0.1]",
        "\"ann\"@example.org",
        "Ann <ann@example.org>",
        "ann@example.org;bob@example.org",
        "ann\u{7}@example.org",
        "a(b)@example.org",
        "ann@example.org\u{200b}",
        "<script>alert(1)</script>",
        "ann\u{0}@example.org",
        "ann@exa\u{2028}mple.org",
        &long_local,
    ];
    for typed in table {
        assert_eq!(codes("Ann", "Miller", typed), [Code::EmailInvalid], "{typed}");
    }
}

#[test]
fn q13_an_address_of_255_characters_is_too_long() {
    let domain = format!("{0}.{0}.{1}.example", "b".repeat(63), "c".repeat(54));
    assert_eq!(codes("Ann", "Miller", &format!("{}@{domain}", "a".repeat(64))), [Code::TooLong]);
}

#[test]
fn p7_a_message_says_what_is_wrong_and_what_was_likely_meant() {
    let table = [
        ("ann@", "“ann@” has no domain.", None),
        ("ann", "“ann” has no @.", None),
        (
            "Ann Miller <ann@example.org>",
            "“Ann Miller <ann@example.org>” is not an e-mail address.",
            Some("ann@example.org"),
        ),
        ("ann@example.org,", "“ann@example.org,” is not an e-mail address.", Some("ann@example.org")),
        ("ann@example,org", "“ann@example,org” has no dot in its domain.", Some("ann@example.org")),
        (
            "mailto:ann@example.org",
            "“mailto:ann@example.org” is not an e-mail address.",
            Some("ann@example.org"),
        ),
    ];
    for (typed, message, suggestion) in table {
        let outcome = users(format!("first name,last name,email\nAnn,Miller,\"{typed}\"\n"));
        let problem = &outcome.rows[0].problems()[0];
        assert_eq!((problem.message.as_str(), problem.suggestion.as_deref()), (message, suggestion));
    }
}

#[test]
fn q9_only_true_and_false_in_any_letter_case_are_accepted() {
    for (cell, expected) in [
        ("true", true),
        ("TRUE", true),
        (" True ", true),
        ("false", false),
        ("FALSE", false),
        ("fAlSe\t", false),
    ] {
        assert_eq!(
            invites(format!("ann@example.org,{cell}\n")).people()[0].license,
            Some(expected),
            "{cell}"
        );
    }
    for (cell, suggestion) in [
        ("1", Some("true")),
        ("0", Some("false")),
        ("yes", Some("true")),
        ("wahr", Some("true")),
        ("FALSCH", Some("false")),
        ("vrai", Some("true")),
        ("", None),
        ("maybe", None),
        ("truе", None),
        ("=TRUE()", None),
    ] {
        let outcome = invites(format!("ann@example.org,{cell}\n"));
        assert_eq!(outcome.problems(), ["1:license:BOOLEAN_INVALID"], "{cell}");
        assert_eq!(outcome.rows[0].problems()[0].suggestion.as_deref(), suggestion);
    }
}

#[test]
fn q32_names_are_kept_as_typed_in_any_script() {
    for name in [
        "José",
        "O'Brien",
        "田中",
        "محمد",
        "von der Heide",
        "Mary-Jane",
        "X",
        "=SUM(A1)",
        "🙂",
        "Smith, Jr.",
        "<b>Ann</b>",
    ] {
        let outcome = users(format!("first name,last name,email\n\"{name}\",\"{name}\",ann@example.org\n"));
        let person = &outcome.people()[0];
        assert_eq!(person.given_name.as_deref(), Some(name));
        assert_eq!(person.display_name(), Some(format!("{name} {name}")));
    }
}

#[test]
fn q32_names_are_folded_to_what_can_be_seen() {
    let table = [
        (" Ann\u{a0} Marie ", "Ann Marie"),
        ("Ann\r\nMarie", "Ann Marie"),
        ("Jose\u{301}", "José"),
        ("\u{feff}Ann\u{200b}", "Ann"),
        ("\u{200f}نعم\u{200e}", "نعم"),
        ("نام\u{200c}ها", "نام\u{200c}ها"),
    ];
    for (typed, kept) in table {
        let outcome = users(format!("first name,last name,email\n\"{typed}\",Miller,ann@example.org\n"));
        assert_eq!(outcome.people()[0].given_name.as_deref(), Some(kept));
    }
}

#[test]
fn q32_names_are_bounded_and_have_no_control_characters() {
    let fits = "é".repeat(100);
    assert_eq!(codes(&fits, "Miller", "ann@example.org"), []);
    assert_eq!(codes(&format!("{fits}é"), "Miller", "ann@example.org"), [Code::TooLong]);
    for name in ["A\u{7}nn", "A\u{0}nn", "A\u{202e}nn", "A\u{2066}nn", "A\u{9b}nn", "A\u{fffd}nn"] {
        assert_eq!(codes(name, "Miller", "ann@example.org"), [Code::CharacterNotAllowed], "{name:?}");
    }
}

#[test]
fn c7_optional_fields_are_checked_and_may_be_blank() {
    let outcome = users(
        "first name,last name,email,title,office phone,mobile phone,fax,language\n\
         Ann,Miller,a@example.org,,,,,\n\
         Ann,Miller,b@example.org,Boss,+1 (202) 555-0143 ext. 7,0151/555 00 11,#31#12345,de_ch\n\
         Ann,Miller,c@example.org,Boss,4.93012E+11,12,'+49 30 123,german\n",
    );
    let person = &outcome.people()[1];
    assert_eq!(outcome.people()[0].title, None);
    assert_eq!(person.office_phone.as_deref(), Some("+1 (202) 555-0143 ext. 7"));
    assert_eq!(person.language.as_deref(), Some("de-CH"));
    let expected = [
        "4:office phone:PHONE_INVALID",
        "4:mobile phone:PHONE_INVALID",
        "4:fax:PHONE_INVALID",
        "4:language:LANGUAGE_INVALID",
    ];
    assert_eq!(outcome.problems(), expected);
    assert_eq!(outcome.rows[2].problems()[2].suggestion.as_deref(), Some("+49 30 123"));
}

#[test]
fn n4_codes_are_closed_and_read_back() {
    for code in Code::ALL {
        assert_eq!(Code::parse(code.as_str()), Some(code));
        assert!(code.summary().ends_with('.'));
    }
    assert_eq!(Code::parse("SOMETHING"), None);
}
