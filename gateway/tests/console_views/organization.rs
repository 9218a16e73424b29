//! Pages of one organization except imports.

use askama::Template;

use gateway::console::view::badge::{Badge, Tone};
use gateway::console::view::form::{Choice, Form};
use gateway::console::view::list::{Empty, List};
use gateway::console::view::page::{Flash, Here, Link, Shell};
use gateway::console::view::pool::Pool;
use gateway::console::view::run::{Progress, Run};
use gateway::console::view::text::Count;
use gateway::console::view::{activation, confirm, licenses, members, roles, user, users};

use super::sample::{World, list, tabs};

const STATES: [(&str, &str); 7] = [
    ("ACTIVE", "ACCEPTED"),
    ("PENDING", "NOT_SENT"),
    ("PENDING", "SENT"),
    ("PENDING", "BOUNCED"),
    ("DEACTIVATED", "REVOKED"),
    ("PENDING", "EXPIRED"),
    ("ACTIVE", "ACCEPTED"),
];

pub fn pages(world: &World) -> Vec<(&'static str, String)> {
    let mut all = user_pages(world);
    all.extend(user_page(world));
    all.push(members_page(world));
    all.extend(new_member(world));
    all.extend(sending(world));
    all.extend(license_pages(world));
    all
}

fn pool(name: &str, purchased: u64, used: u64) -> Pool {
    Pool {
        product: name.to_lowercase(),
        name: name.into(),
        purchased: Count(purchased),
        used: Count(used),
        reserved: Count(0),
        free: Count(purchased - used),
        href: "/o/1/licenses/meet".into(),
    }
}

fn rows(world: &World) -> Vec<users::Row> {
    let row = |(index, (name, email)): (usize, &(String, String))| users::Row {
        href: format!("/o/1/users/{index}"),
        name: name.clone(),
        email: email.clone(),
        associated_with: world.organization().label(),
        status: Some(Badge::member(STATES[index].0)),
        invitation: (STATES[index].0 == "PENDING").then(|| Badge::invitation(STATES[index].1)),
        licenses: if index % 2 == 0 { vec!["Meet".into(), "IP Phone".into()] } else { Vec::new() },
    };
    world.people.iter().enumerate().map(row).collect()
}

fn users_page(world: &World, shell: Shell, list: List<users::Row>, add: users::Add) -> users::Users {
    let pools = vec![pool("Meet", 50, 41), pool("IP Phone", 1200, 1200)];
    let search = world.search("Search users", "Name, e-mail or account number");
    let sorts = tabs(&[("Name", 0), ("E-Mail", 0)]);
    users::Users { page: world.page("Users"), shell, pools, add: Some(add), search, sorts, list }
}

fn add(world: &World) -> users::Add {
    let mut form = Form::default();
    form.refuse("lines[1].email", "\"ann@\" has no domain.");
    let line = |email: &str, licensed| users::Line { email: email.into(), licensed };
    let outcome = |email: &str, text: &str, tone, note: &str| users::Outcome {
        email: email.into(),
        result: Badge::new(text, tone),
        note: note.into(),
        href: "/o/1/users/1".into(),
    };
    users::Add {
        form,
        lines: vec![line(&world.people[0].1, true), line("ann@", true), line("", false)],
        product: "meet".into(),
        product_name: "Meet".into(),
        free: Count(9),
        limit: 200,
        request_id: "r-1".into(),
        results: vec![
            outcome(&world.people[1].1, "Invited", Tone::Good, "One seat used, invitation mailed"),
            outcome(&world.people[0].1, "Already a member", Tone::Calm, "since 3 December 2026"),
            outcome(&world.people[2].1, "Added", Tone::Good, "No licence, for none is free; no mail."),
        ],
        ..Default::default()
    }
}

fn user_pages(world: &World) -> Vec<(&'static str, String)> {
    let plain = || users::Add {
        lines: vec![users::Line { email: String::new(), licensed: true }],
        results: Vec::new(),
        form: Form::default(),
        ..add(world)
    };
    let first = users_page(world, world.shell(Here::Users), list(rows(world)), plain());
    let mut adding = users_page(world, world.shell(Here::Users), list(rows(world)), add(world));
    adding.page.flash = Some(Flash {
        tone: Tone::Warn,
        text: "1 user got no Meet licence: none is free.".into(),
        link: Some(Link::new("Manage licences", "/o/1/licenses/meet")),
    });
    let customer = users_page(world, world.customer(Here::Users), list(rows(world)), plain());
    let empties = [
        (
            "users-empty",
            Empty::nothing_yet(
                "No users yet",
                "Add the first ones by e-mail above, or import a CSV file.",
                Some(Link::new("Import a CSV file", "/o/1/imports/new")),
            ),
        ),
        ("users-nothing", Empty::nothing_matches("/o/1/users")),
        ("users-forbidden", Empty::no_right()),
        ("users-failed", Empty::failed("/o/1/users")),
    ];
    let mut all = vec![
        ("users", first.render().unwrap()),
        ("users-add", adding.render().unwrap()),
        ("users-customer", customer.render().unwrap()),
    ];
    for (name, empty) in empties {
        all.push((
            name,
            users_page(world, world.shell(Here::Users), List::none(empty), plain()).render().unwrap(),
        ));
    }
    all
}

fn user_page(world: &World) -> Vec<(&'static str, String)> {
    let form = Form::with([
        ("given_name", world.people[0].0.as_str()),
        ("family_name", "Lee"),
        ("email", &world.people[0].1),
        ("active", "true"),
        ("admin", "true"),
    ]);
    let edit = user::Edit {
        page: world.page("User"),
        shell: world.shell(Here::Users),
        form,
        heading: world.people[0].0.clone(),
        status: Some(Badge::member("ACTIVE")),
        organizations: vec![
            Choice::new("1", world.organization().label(), "").picked(true),
            Choice::new("2", "Globex (731802)", ""),
        ],
        may_change_email: true,
        may_set_password: true,
        may_edit: true,
        deactivate_href: "/o/1/users/1/deactivate".into(),
        warns_admin_without_portal: true,
        back_href: "/o/1/users".into(),
        ..Default::default()
    };
    let confirm = confirm::Confirm {
        page: world.page("Deactivate"),
        shell: world.shell(Here::Users),
        heading: format!("Deactivate {}?", world.people[0].0),
        paragraphs: vec!["The user is signed out everywhere and cannot sign in again. The user still appears in your user list and can be reactivated.".into()],
        facts: vec![("E-mail".into(), world.people[0].1.clone()), ("Licences".into(), "Meet: stays held".into())],
        button: "Deactivate".into(),
        ..Default::default()
    };
    vec![("user", edit.render().unwrap()), ("confirm", confirm.render().unwrap())]
}

fn members_page(world: &World) -> (&'static str, String) {
    let row = |(index, (name, email)): (usize, &(String, String))| members::Row {
        id: index.to_string(),
        href: format!("/o/1/users/{index}"),
        name: name.clone(),
        email: email.clone(),
        role: ["Owner", "Admin", "Member"][index.min(2)].into(),
        access: "Portal Access".into(),
        status: Some(Badge::member(STATES[index].0)),
        invitation: (STATES[index].0 == "PENDING").then(|| Badge::invitation(STATES[index].1)),
        note: if STATES[index].1 == "SENT" { "expires in 12 days".into() } else { String::new() },
        selectable: index > 0,
    };
    let members = members::Members {
        page: world.page("Members"),
        shell: world.shell(Here::Members),
        tabs: tabs(&[("All", 1234), ("Pending", 294), ("Active", 930), ("Deactivated", 10)]),
        states: tabs(&[("All pending", 294), ("Bounced", 2)]),
        search: world.search("Search members", "Name or e-mail"),
        list: list(world.people.iter().enumerate().map(row).collect()),
        may_create: true,
        may_send: true,
        matching: Count(294),
        keep: vec![("status".into(), "PENDING".into())],
    };
    ("members", members.render().unwrap())
}

fn new_member(world: &World) -> Vec<(&'static str, String)> {
    let portal =
        Choice::new("portal", "Portal Access", "Allows users to log in to the web portal.").picked(true);
    let none =
        Choice::new("none", "No Portal Access", "Creates login-less users, for instance for IP phones.");
    let new = members::New {
        page: world.page("Create member"),
        shell: world.shell(Here::Members),
        form: Form::default(),
        kinds: vec![portal, none],
        roles: vec![Choice::new("admin", "Admin", ""), Choice::new("member", "Member", "").picked(true)],
        ways: vec![
            Choice::new("pending", "Send an activation email later", "Listed under Pending.").picked(true),
            Choice::new("password", "Set the password now", "Active at once."),
        ],
        password_minimum: 6,
        teams: vec![Choice::new("", "No Team", "").picked(true), Choice::new("1", "Support", "")],
        request_id: "r-1".into(),
    };
    let roles = roles::Roles {
        page: world.page("Roles"),
        shell: world.shell(Here::Members),
        admins_may_invite_admins: true,
    };
    vec![("member-new", new.render().unwrap()), ("roles", roles.render().unwrap())]
}

fn sending(world: &World) -> Vec<(&'static str, String)> {
    let confirm = |count| activation::Activation {
        page: world.page("Send activation emails"),
        shell: world.shell(Here::Members),
        count: Count(count),
        skipped: vec![activation::Skipped { count: Count(12), why: "are active already".into() }],
        organization: world.organization().name,
        back_href: "/o/1/members?status=PENDING".into(),
        ..Default::default()
    };
    let run = |progress: Option<Progress>| Run {
        page: world.page("Sending"),
        shell: world.shell(Here::Members),
        heading: "Activation emails".into(),
        cancel_action: if progress.is_some() { "/o/1/runs/1/cancel".into() } else { String::new() },
        request_id: "r-1".into(),
        state: if progress.is_some() {
            Badge::new("Running", Tone::Info)
        } else {
            Badge::new("Finished", Tone::Good)
        },
        progress,
        figures: vec![
            ("Sent".into(), Count(172)),
            ("Skipped".into(), Count(10)),
            ("Failed".into(), Count(0)),
        ],
        back: Link::new("Members", "/o/1/members"),
    };
    let progress = Progress {
        done: Count(182),
        total: Count(294),
        text: "182 of 294 members".into(),
        events_href: String::new(),
        refresh_href: "/o/1/runs/1".into(),
    };
    vec![
        ("activation", confirm(282).render().unwrap()),
        ("activation-nobody", confirm(0).render().unwrap()),
        ("run", run(Some(progress)).render().unwrap()),
        ("run-done", run(None).render().unwrap()),
    ]
}

fn license_pages(world: &World) -> Vec<(&'static str, String)> {
    let row = |(index, (name, email)): (usize, &(String, String))| licenses::Row {
        href: format!("/o/1/users/{index}"),
        name: name.clone(),
        email: email.clone(),
        status: Some(Badge::member(STATES[index].0)),
        on: index % 2 == 0,
        action: format!("/o/1/licenses/meet/{index}"),
        note: if index == 5 { "Held by an expired invitation".into() } else { String::new() },
        problem: if index == 3 { "No free seat: 50 of 50 are used.".into() } else { String::new() },
        ..Default::default()
    };
    let mut full = licenses::Licenses {
        page: world.page("Licenses"),
        shell: world.shell(Here::Licenses),
        products: tabs(&[("IP Phone", 3), ("Meet", 41)]),
        pool: Some(Pool { reserved: Count(3), free: Count(6), ..pool("Meet", 50, 41) }),
        search: world.search("Search by e-mail address", "E-mail address"),
        filters: tabs(&[("All", 1234), ("On", 41), ("Off", 1193)]),
        list: list(world.people.iter().enumerate().map(row).collect()),
        may_change: true,
    };
    full.page.flash = Some(Flash::good("Licence on. 41 of 50 seats used."));
    let none = Empty {
        icon: "licenses",
        ..Empty::nothing_yet(
            "No licences yet",
            "Licences appear here once a purchase is mapped to this organization.",
            None,
        )
    };
    let empty = licenses::Licenses {
        page: world.page("Licenses"),
        shell: world.shell(Here::Licenses),
        products: Vec::new(),
        pool: None,
        search: world.search("Search by e-mail address", "E-mail address"),
        filters: Vec::new(),
        list: List::none(none),
        may_change: true,
    };
    vec![("licenses", full.render().unwrap()), ("licenses-empty", empty.render().unwrap())]
}
