//! Pages for people who are not signed in, and the development mailbox.

use askama::Template;

use gateway::console::view::form::Form;
use gateway::console::view::list::{Empty, List};
use gateway::console::view::page::{Flash, Link};
use gateway::console::view::text::Count;
use gateway::console::view::{
    activate, claim, error, landing, mailbox, organizations, reset, setup, sign_in,
};

use super::sample::{World, at, list};

const CODE: &str = "act_5Zx1mYw0pQe7rT2uVb9nKd4sLg8hJf6c";
const MAIL: &str = "Hello,\n\nAcme made an account for you. Set your password here:\n\nhttp://127.0.0.1:8080/activate#act_5Zx1mYw0pQe7rT2uVb9nKd4sLg8hJf6c\n\nThe link works until 21 December 2026.";

pub fn pages(world: &World) -> Vec<(&'static str, String)> {
    let mut all = first_start(world);
    all.extend(entrance(world));
    all.extend(activation(world));
    all.extend(claiming(world));
    all.extend(dead_claims(world));
    all.extend(mails(world));
    all
}

/// Pages of a server that nobody has set up, and what is there afterwards.
fn first_start(world: &World) -> Vec<(&'static str, String)> {
    let mut form = Form::with([
        ("organization", world.acme.as_str()),
        ("email", &world.people[0].1),
        ("password", "typed-secret"),
    ]);
    form.refuse("password", "Use at least 6 characters.");
    form.refuse("password_again", "The two passwords differ.");
    let setup = setup::Setup { page: world.page("Set up"), password_minimum: 6, ..Default::default() };
    let wrong = setup::Setup { form, page: world.page("Set up"), ..Default::default() };
    let done = setup::Setup { is_complete: true, page: world.page("Set up"), ..Default::default() };
    let new = landing::Landing { page: world.page("Welcome"), is_new: true, links: Vec::new() };
    vec![
        ("setup", setup.render().unwrap()),
        ("setup-wrong", wrong.render().unwrap()),
        ("setup-done", done.render().unwrap()),
        ("landing-new", new.render().unwrap()),
    ]
}

fn entrance(world: &World) -> Vec<(&'static str, String)> {
    let sign_in = sign_in::SignIn { page: world.page("Sign in"), ..Default::default() };
    let mut form = Form::with([("email", &world.people[0].1), ("password", &"typed-secret".to_owned())]);
    form.refuse("", sign_in::REFUSED);
    let refused = sign_in::SignIn { page: world.page("Sign in"), form, next: "/o/1".into() };
    let mut after = world.page("Sign in");
    after.flash = Some(Flash::good("You are signed out."));
    let out = sign_in::SignIn { page: after, ..Default::default() };
    let mut form = Form::with([("email", &world.people[0].1)]);
    form.refuse("code", "We do not know this code.");
    let reset = reset::Ask { page: world.page("Reset your password"), form };
    let renewed = reset::Choose {
        page: world.page("Choose a new password"),
        email_masked: world.people[0].1.clone(),
        password_minimum: 6,
        expires: Some(at(21)),
        ..Default::default()
    };
    let landing = landing::Landing {
        page: world.page("Welcome"),
        is_new: false,
        links: vec![Link::new("Development mailbox", "/dev/mailbox")],
    };
    let search = world.search("Search organizations", "Name or account number");
    let list = List { rows: vec![world.organization(); 4], paging: None, empty: None };
    let choose = organizations::Organizations { page: world.page("Organizations"), search, list };
    let mut all = vec![
        ("sign-in", sign_in.render().unwrap()),
        ("reset", reset.render().unwrap()),
        ("reset-choose", renewed.render().unwrap()),
        ("sign-in-refused", refused.render().unwrap()),
        ("sign-in-out", out.render().unwrap()),
        ("landing", landing.render().unwrap()),
        ("organizations", choose.render().unwrap()),
    ];
    for (name, status) in [
        ("error-400", 400),
        ("error-403", 403),
        ("error-404", 404),
        ("error-409", 409),
        ("error-429", 429),
        ("error-500", 500),
        ("error-503", 503),
    ] {
        let mut error = error::Error::of(world.page(""), status, "/o/1/users");
        error.request = "0198d2c4-91ab".into();
        all.push((name, error.render().unwrap()));
    }
    all
}

fn activation(world: &World) -> Vec<(&'static str, String)> {
    let page = || world.page("Activate your account");
    let code = activate::Code { page: page(), form: Form::with([("code", CODE)]) };
    let password = activate::Password {
        page: page(),
        form: Form::default(),
        code: CODE.into(),
        organization: world.acme.clone(),
        email_masked: "a…@example.com".into(),
        email: world.people[0].1.clone(),
        password_minimum: 6,
        expires: Some(at(21)),
    };
    let accept = activate::Accept {
        page: page(),
        code: CODE.into(),
        organization: world.acme.clone(),
        email_masked: "a…@example.com".into(),
        ..Default::default()
    };
    let mut all = vec![
        ("activate", code.render().unwrap()),
        ("activate-password", password.render().unwrap()),
        ("activate-accept", accept.render().unwrap()),
    ];
    let fates = [
        ("activate-expired", activate::Fate::Expired(at(21))),
        ("activate-used", activate::Fate::Used),
        ("activate-revoked", activate::Fate::Revoked),
        ("activate-unknown", activate::Fate::Unknown),
        ("claim-cancelled", activate::Fate::Cancelled),
    ];
    for (name, fate) in fates {
        let resend_action = if matches!(fate, activate::Fate::Expired(_)) {
            "/activate/resend".into()
        } else {
            String::new()
        };
        let dead = activate::Dead { page: page(), fate, code: CODE.into(), resend_action, resent: false };
        all.push((name, dead.render().unwrap()));
    }
    let resent = activate::Dead {
        page: page(),
        fate: activate::Fate::Used,
        code: CODE.into(),
        resend_action: String::new(),
        resent: true,
    };
    all.push(("activate-resent", resent.render().unwrap()));
    all
}

fn claiming(world: &World) -> Vec<(&'static str, String)> {
    let page = || world.page("Map your purchase");
    let bought = || {
        vec![
            claim::Bought { product: "Meet".into(), seats: Count(25) },
            claim::Bought { product: "IP Phone".into(), seats: Count(1) },
        ]
    };
    let changes = || vec![claim::Change { product: "Meet".into(), before: Count(50), after: Count(75) }];
    let target = |value: &str, selected| claim::Target {
        value: value.into(),
        organization: world.organization(),
        changes: changes(),
        selected,
    };
    let account = |account_exists| claim::Account {
        page: page(),
        form: Form::with([("email", &world.people[0].1)]),
        code: CODE.into(),
        bought: bought(),
        buyer_masked: "a…@example.com".into(),
        account_exists,
        password_minimum: 6,
    };
    let choose = |targets| claim::Choose {
        page: page(),
        form: Form::default(),
        code: CODE.into(),
        bought: bought(),
        targets,
    };
    let confirm = claim::Confirm {
        page: page(),
        hidden: vec![("code".into(), CODE.into()), ("organization".into(), world.acme.clone())],
        organization: world.organization().label(),
        changes: changes(),
        back_href: "/claim".into(),
        ..Default::default()
    };
    let done = claim::Done {
        page: page(),
        organization: world.organization(),
        changes: changes(),
        base: "/o/1".into(),
    };
    let mapped = claim::Mapped {
        page: page(),
        organization: Some(Link::new(world.organization().label(), "/o/1/licenses")),
    };
    vec![
        ("claim", claim::Code { page: page(), form: Form::default() }.render().unwrap()),
        ("claim-account", account(false).render().unwrap()),
        ("claim-sign-in", account(true).render().unwrap()),
        ("claim-choose", choose(vec![target("1", true), target("2", false)]).render().unwrap()),
        ("claim-choose-first", choose(Vec::new()).render().unwrap()),
        ("claim-confirm", confirm.render().unwrap()),
        ("claim-done", done.render().unwrap()),
        ("claim-mapped", mapped.render().unwrap()),
        ("claim-mapped-elsewhere", claim::Mapped { page: page(), organization: None }.render().unwrap()),
    ]
}

fn dead_claims(world: &World) -> Vec<(&'static str, String)> {
    let expired = activate::Dead {
        page: world.page("This link does not work"),
        fate: activate::Fate::Expired(at(21)),
        code: CODE.into(),
        resend_action: "/claim/renew".into(),
        resent: false,
    };
    let renewed = claim::Renewed { page: world.page("A new link is on its way") };
    vec![("claim-expired", expired.render().unwrap()), ("claim-renewed", renewed.render().unwrap())]
}

fn mails(world: &World) -> Vec<(&'static str, String)> {
    let search = || world.search("Search mails", "Recipient or subject");
    let row = |(name, email): &(String, String)| mailbox::Row {
        href: "/dev/mailbox/1".into(),
        subject: format!("Your account has been created! {name}"),
        to: email.clone(),
        at: at(3),
    };
    let rows = world.people.iter().map(row).collect();
    let full = mailbox::Mailbox { page: world.page("Mailbox"), search: search(), list: list(rows) };
    let none =
        List::none(Empty::nothing_yet("No mail yet", "Invite a user, and the mail appears here.", None));
    let empty = mailbox::Mailbox { page: world.page("Mailbox"), search: search(), list: none };
    let mail = mailbox::Mail {
        page: world.page("Mail"),
        subject: "Your account has been created!".into(),
        from: "Roster <no-reply@example.com>".into(),
        to: world.people[0].1.clone(),
        at: at(3),
        links: vec![format!("http://127.0.0.1:8080/activate#{CODE}")],
        text: format!("{MAIL}\n{}", world.people[0].0),
        html_href: "/activate.html".into(),
    };
    vec![
        ("mailbox", full.render().unwrap()),
        ("mailbox-empty", empty.render().unwrap()),
        ("mail", mail.render().unwrap()),
    ]
}
