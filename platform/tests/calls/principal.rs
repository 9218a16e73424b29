use platform::caller::Principal;
use uuid::Uuid;

#[test]
fn a_principal_survives_its_text() {
    let (one, two) = (Uuid::now_v7(), Uuid::now_v7());
    let principals = [
        Principal::Account { account: one, user: None, session: None },
        Principal::Account { account: one, user: Some(two), session: Some(one) },
        Principal::Client { client: one, organization: None, user: None },
        Principal::Client { client: one, organization: Some(two), user: Some(one) },
        Principal::Service { name: "license".to_owned() },
        Principal::Anonymous,
    ];
    for principal in principals {
        assert_eq!(principal.to_string().parse::<Principal>().unwrap(), principal);
    }
}

#[test]
fn another_text_is_no_principal() {
    let id = Uuid::now_v7();
    let texts = [
        String::new(),
        "account".to_owned(),
        "account:1".to_owned(),
        format!("root:{id}"),
        format!("account:{id};role=owner"),
        format!("account:{id};user={id};role={id}"),
        format!("account:{id};user={id};user={id}"),
        "service:".to_owned(),
        "service:Li cense".to_owned(),
    ];
    for text in texts {
        assert!(text.parse::<Principal>().is_err(), "{text}");
    }
}
