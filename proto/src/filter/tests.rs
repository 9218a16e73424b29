use proptest::prelude::*;

use super::*;

const FIELDS: &[Field] = &[
    Field { name: "state", kind: Kind::Enum(&["STATE_PENDING", "STATE_ACTIVE"]) },
    Field { name: "create_time", kind: Kind::Time },
    Field { name: "held", kind: Kind::Bool },
    Field { name: "email", kind: Kind::Text },
];

fn parsed(text: &str) -> Filter {
    parse(text, FIELDS).unwrap_or_else(|refusal| panic!("{text}: {refusal}"))
}

fn word(text: &str) -> Filter {
    Filter::Word(text.into())
}

fn state(name: &'static str) -> Filter {
    Filter::Compare { field: "state", operator: Operator::Equal, value: Value::Enum(name) }
}

#[test]
fn what_people_type_means_what_they_expect() {
    assert_eq!(parsed(""), Filter::All);
    assert_eq!(parsed("ann-marie"), word("ann-marie"));
    assert_eq!(parsed("ann@example.com"), word("ann@example.com"));
    assert_eq!(parsed("\"lee, ann\""), word("lee, ann"));
    assert_eq!(parsed("ann state = STATE_PENDING"), Filter::And(vec![word("ann"), state("STATE_PENDING")]));
    assert_eq!(parsed("-ann"), Filter::Not(Box::new(word("ann"))));
    assert_eq!(parsed("%"), word("%"));
}

#[test]
fn or_binds_tighter_than_and() {
    let either = Filter::Or(vec![word("b"), word("c")]);
    assert_eq!(parsed("a AND b OR c"), Filter::And(vec![word("a"), either.clone()]));
    assert_eq!(parsed("a (b OR c)"), Filter::And(vec![word("a"), either]));
}

#[test]
fn a_time_needs_no_quotes() {
    let time = DateTime::from_timestamp(1_767_225_600, 0).expect("in range");
    let expected = Filter::Compare {
        field: "create_time",
        operator: Operator::GreaterOrEqual,
        value: Value::Time(time),
    };
    assert_eq!(parsed("create_time >= 2026-01-01T00:00:00Z"), expected);
    assert_eq!(parsed("create_time>=\"2026-01-01T00:00:00Z\""), expected);
}

#[test]
fn a_bad_filter_is_refused_with_its_position() {
    let cases = [
        ("nme = x", "0"),
        ("a nme = x", "2"),
        ("state = STATE_GONE", "8"),
        ("state < STATE_ACTIVE", "6"),
        ("held = maybe", "7"),
        ("(a", "0"),
        ("a)", "1"),
        ("\"a", "0"),
        ("a OR", "4"),
        ("state =", "7"),
        ("= x", "0"),
        ("((((((a))))))", "4"),
        // PostgreSQL would fail on it.
        ("ab\0", "2"),
    ];
    for (text, position) in cases {
        let refusal = parse(text, FIELDS).expect_err(text);
        assert_eq!(refusal.reason, Reason::BadFilter, "{text}");
        assert_eq!(refusal.metadata, [("position", position.to_owned())], "{text}");
    }
}

#[test]
fn expressions_are_limited() {
    assert!(parse(&"a ".repeat(21), FIELDS).is_err());
    assert!(parse(&"a".repeat(1025), FIELDS).is_err());
    assert!(parse(&"a ".repeat(20), FIELDS).is_ok());
}

proptest! {
    #[test]
    fn no_text_panics(text in ".{0,200}") {
        let _ = parse(&text, FIELDS);
    }

    #[test]
    fn a_quoted_word_is_itself(text in "[^\\\\\"\\x00]{0,50}") {
        prop_assert_eq!(parsed(&format!("\"{text}\"")), word(&text));
    }
}
