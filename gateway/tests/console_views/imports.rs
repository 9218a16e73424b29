//! The import wizard.

use askama::Template;

use gateway::console::view::badge::Badge;
use gateway::console::view::form::{Choice, Form};
use gateway::console::view::list::{Empty, List};
use gateway::console::view::page::Here;
use gateway::console::view::run::Progress;
use gateway::console::view::text::Count;
use gateway::console::view::{import, imports, results};

use super::sample::{World, at, list, tabs};

pub fn pages(world: &World) -> Vec<(&'static str, String)> {
    let mut all = starting(world);
    all.extend(working(world));
    all.push(done(world));
    all.extend(listed(world));
    all.extend(reviewing(world));
    all
}

fn column(header: &str, required: bool, description: &str, example: &str) -> import::Column {
    import::Column {
        header: header.into(),
        required,
        description: description.into(),
        example: example.into(),
        max_length: 200,
        ..Default::default()
    }
}

fn kinds(licenses: bool) -> Vec<Choice> {
    let invite = Choice::new(
        "license_invite",
        "Invitations with licences",
        "Two columns: e-mail address and true or false.",
    );
    let users = Choice::new(
        "location_users",
        "Users with Portal Access",
        "First name, last name and e-mail; the rest is optional.",
    );
    vec![
        invite.picked(licenses).leading_to("?kind=license_invite"),
        users.picked(!licenses).leading_to("?kind=location_users"),
    ]
}

fn starting(world: &World) -> Vec<(&'static str, String)> {
    let cells = |rows: &[&[&str]]| {
        rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect()
    };
    let users = import::New {
        page: world.page("Import"),
        shell: world.shell(Here::Import),
        kinds: kinds(false),
        kind: "location_users".into(),
        button: "Upload and import".into(),
        template_href: "/o/1/imports/templates/location_users.csv".into(),
        columns: vec![
            column("first name", true, "The person's first name.", "Ann"),
            column("last name", true, "The person's last name.", "Lee"),
            column("email", true, "Used for communication and as the user name.", "ann.lee@example.com"),
            column("title", false, "Job title.", "Engineer"),
        ],
        notes: vec!["The order of columns does not matter.".into(), "Warning: each user must have a unique email address, otherwise records will be updated based on the last email address provided for that user.".into()],
        example: cells(&[&["first name", "last name", "email"], &["Ann", "Lee", "ann.lee@example.com"], &["Béla", "Őrsi", "bela@example.com"]]),
        max_bytes: 64 << 20,
        limits: "CSV, at most 64 MiB and 100,000 rows.".into(),
        ..Default::default()
    };
    let mut form = Form::default();
    form.refuse(
        "file",
        format!("{} is a spreadsheet (XLSX). Save it as CSV and upload that file.", world.people[0].0),
    );
    let licenses = import::New {
        page: world.page("Import"),
        shell: world.shell(Here::Import),
        form,
        kinds: kinds(true),
        products: vec![Choice::new("meet", "Meet", "").picked(true), Choice::new("ip-phone", "IP Phone", "")],
        button: "Add users".into(),
        columns: vec![import::Column {
            allowed: vec!["true".into(), "false".into()],
            ..column("license", true, "Whether the licence is on.", "true")
        }],
        example: cells(&[&["ann.lee@example.com", "true"], &["bela@example.com", "false"]]),
        max_bytes: users.max_bytes,
        limits: users.limits.clone(),
        ..Default::default()
    };
    vec![("import-new", users.render().unwrap()), ("import-new-licenses", licenses.render().unwrap())]
}

fn working(world: &World) -> Vec<(&'static str, String)> {
    let page = |importing, total| import::Working {
        page: world.page("Import"),
        shell: world.shell(Here::Import),
        file_name: format!("{}.csv", world.acme),
        importing,
        progress: Progress {
            done: Count(3200),
            total: Count(total),
            text: "3,200 of 5,000 rows".into(),
            events_href: String::new(),
            refresh_href: "/o/1/imports/1".into(),
        },
        cancel_action: "/o/1/imports/1/cancel".into(),
        request_id: "r-1".into(),
    };
    vec![
        ("import-checking", page(false, 0).render().unwrap()),
        ("import-importing", page(true, 5000).render().unwrap()),
    ]
}

fn done(world: &World) -> (&'static str, String) {
    let person = |(index, (name, email)): (usize, &(String, String))| import::Person {
        href: if index == 1 { String::new() } else { format!("/o/1/users/{index}") },
        name: name.clone(),
        email: email.clone(),
        outcome: Badge::row(["NEW", "UPDATED", "UNCHANGED"][index % 3]),
        line: Count(index as u64 + 2),
    };
    let done = import::Done {
        page: world.page("Import"),
        shell: world.shell(Here::Import),
        heading: "4,997 users imported".into(),
        text: "3 rows were left out".into(),
        state: Badge::import("SUCCEEDED"),
        file_name: format!("{}.csv", world.acme),
        figures: vec![
            ("New".into(), Count(4890)),
            ("Updated".into(), Count(100)),
            ("Unchanged".into(), Count(7)),
            ("Left out".into(), Count(3)),
            ("Seats taken".into(), Count(2400)),
        ],
        again_href: "/o/1/imports/new?kind=location_users".into(),
        errors_href: "/o/1/imports/1/errors.csv".into(),
        activation_href: "/o/1/members?status=PENDING".into(),
        list: list(world.people.iter().enumerate().map(person).collect()),
    };
    ("import-done", done.render().unwrap())
}

fn listed(world: &World) -> Vec<(&'static str, String)> {
    let row = |(index, state): (usize, &str)| imports::Row {
        href: format!("/o/1/imports/{index}"),
        file_name: format!("{} {index}.csv", world.acme),
        kind: "Users of a location".into(),
        state: Badge::import(state),
        rows: Count(5000),
        errors: Count(index as u64),
        by: world.people[0].0.clone(),
        at: at(index as u32 + 1),
    };
    let states =
        ["AWAITING_ACCEPTANCE", "IMPORTING", "SUCCEEDED", "COMPLETED_WITH_ERRORS", "CANCELLED", "REJECTED"];
    let full = imports::Imports {
        page: world.page("Import"),
        shell: world.shell(Here::Import),
        may_import: true,
        list: list(states.into_iter().enumerate().map(row).collect()),
    };
    let none = Empty {
        icon: "import",
        ..Empty::nothing_yet("Nothing imported yet", "Download a template, fill it in and upload it.", None)
    };
    let empty = imports::Imports {
        page: world.page("Import"),
        shell: world.shell(Here::Import),
        may_import: true,
        list: List::none(none),
    };
    vec![("imports", full.render().unwrap()), ("imports-empty", empty.render().unwrap())]
}

fn judged(world: &World) -> Vec<results::Row> {
    let row = |(index, (name, email)): (usize, &(String, String))| results::Row {
        line: Count(index as u64 + 2),
        cells: vec![name.clone(), "Lee".into(), email.clone()],
        outcome: Badge::row(["NEW", "ERROR", "SUPERSEDED", "UPDATED", "UNCHANGED"][index % 5]),
        problems: if index == 1 {
            vec!["Line 3, column email: 'ann@' has no domain.".into()]
        } else {
            Vec::new()
        },
    };
    world.people.iter().enumerate().map(row).collect()
}

fn causes(world: &World) -> Vec<results::Cause> {
    let cause = |message: &str, count: u64, lines: &str| results::Cause {
        message: message.into(),
        column: "email".into(),
        count: Count(count),
        lines: lines.into(),
        href: "?cause=1".into(),
    };
    vec![
        cause("The e-mail address has no domain", 2, "Lines 3 and 17"),
        cause(&world.people[0].0, 1, "Line 42"),
    ]
}

fn accept(errors: u64, shortfall: u64, button: &str) -> results::Accept {
    results::Accept {
        action: "/o/1/imports/1/accept".into(),
        cancel_action: "/o/1/imports/1/cancel".into(),
        button: button.into(),
        accepted: Count(if errors == 5000 { 0 } else { 4997 }),
        rejected: Count(errors),
        waits_for_mail: shortfall == 0,
        mails: Count(shortfall * 5),
        ..Default::default()
    }
}

fn review(world: &World, errors: u64, shortfall: u64, button: &str) -> results::Results {
    let file_name = format!("{}.csv", world.acme);
    let needs = |shortfall: u64| results::Seats {
        product: "Meet".into(),
        required: Count(120),
        free: Count(120 - shortfall),
        shortfall: Count(shortfall),
    };
    let counts = results::Counts {
        new: Count(4890),
        updated: Count(100),
        unchanged: Count(7),
        superseded: Count(12),
        errors: Count(errors),
    };
    results::Results {
        page: world.page("Import"),
        shell: world.shell(Here::Import),
        form: Form::default(),
        file_name,
        read_as: "UTF-8, comma, 5,000 rows".into(),
        counts,
        seats: (shortfall > 0).then(|| needs(shortfall)),
        causes: if errors > 0 { causes(world) } else { Vec::new() },
        warnings: vec![
            "Column “phon”: This column is not imported. Perhaps “office phone” was meant.".into(),
        ],
        errors_href: if errors > 0 { "/o/1/imports/1/errors.csv".into() } else { String::new() },
        filters: tabs(&[
            ("All", 5000),
            ("Errors", errors),
            ("New", 4890),
            ("Updated", 100),
            ("Unchanged", 7),
            ("Superseded", 12),
        ]),
        headers: vec!["first name".into(), "last name".into(), "email".into()],
        list: list(judged(world)),
        accept: accept(errors, shortfall, button),
    }
}

fn reviewing(world: &World) -> Vec<(&'static str, String)> {
    let mut stale = review(world, 3, 0, "Import accepted users");
    stale.form.refuse("", "The organization changed since the file was checked. These are the new results.");
    vec![
        ("import-results", review(world, 3, 0, "Import accepted users").render().unwrap()),
        ("import-results-clean", review(world, 0, 0, "Import accepted users").render().unwrap()),
        ("import-results-seats", review(world, 0, 20, "Finish").render().unwrap()),
        ("import-results-stale", stale.render().unwrap()),
        ("import-results-none", review(world, 5000, 0, "Import accepted users").render().unwrap()),
    ]
}
