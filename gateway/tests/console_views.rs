//! Every page of the console rendered from sample data: escaping, labels, empty lists, contrast.
//!
//! With `ROSTER_CONSOLE_PREVIEW=DIR` the pages are also written to a folder, light and dark, for a look in a browser.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "console_views/doors.rs"]
mod doors;
#[path = "console_views/imports.rs"]
mod imports;
#[path = "console_views/organization.rs"]
mod organization;
#[path = "console_views/sample.rs"]
mod sample;

use std::collections::BTreeMap;

use gateway::console::view::{assets, page::Theme};
use sample::World;

/// All pages by file name.
fn pages(world: &World) -> BTreeMap<&'static str, String> {
    let mut all = BTreeMap::new();
    all.extend(doors::pages(world));
    all.extend(organization::pages(world));
    all.extend(imports::pages(world));
    all
}

fn page(name: &str) -> String {
    pages(&World::friendly(Theme::Light)).remove(name).unwrap()
}

#[test]
fn hostile_texts_are_escaped_on_every_page() {
    for (name, html) in pages(&World::hostile(Theme::Light)) {
        assert!(!html.contains("<script>alert"), "{name} lets a script through");
        assert!(!html.contains("\"onmouseover"), "{name} lets an attribute be closed");
        assert!(!html.contains("<img src=x"), "{name} lets an element through");
    }
}

#[test]
fn pages_hold_nothing_that_the_content_security_policy_forbids() {
    for (name, html) in pages(&World::friendly(Theme::Light)) {
        assert!(!html.contains(" style="), "{name} has an inline style");
        assert!(!html.contains(" onclick"), "{name} has an inline handler");
        assert!(!html.contains("<style"), "{name} has a style element");
        assert_eq!(html.matches("<script").count(), 1, "{name}");
        assert!(!html.contains("http-equiv"), "{name} reloads by itself");
    }
}

#[test]
fn b18_every_page_names_support_and_can_be_skipped_to() {
    for (name, html) in pages(&World::friendly(Theme::Light)) {
        assert!(html.contains("mailto:support@example.com"), "{name}");
        assert!(html.contains("customers with disabilities"), "{name}");
        assert!(html.contains("href=\"#main\"") && html.contains("id=\"main\""), "{name}");
        assert!(html.contains("<html lang="), "{name}");
        assert_eq!(html.matches("<h1").count(), 1, "{name} has one first heading");
    }
}

#[test]
fn b18_ids_are_unique_and_labels_have_their_field() {
    for (name, html) in pages(&World::friendly(Theme::Light)) {
        let ids: Vec<&str> = attribute(&html, " id=\"");
        let mut seen = std::collections::BTreeSet::new();
        for id in &ids {
            assert!(seen.insert(*id), "{name}: id {id} twice");
        }
        for target in attribute(&html, " for=\"") {
            assert!(seen.contains(target), "{name}: label for {target} without a field");
        }
    }
}

fn attribute<'a>(html: &'a str, start: &str) -> Vec<&'a str> {
    html.split(start).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn d7_the_switcher_shows_name_and_number() {
    assert!(page("users").contains("Acme (731757)"));
    assert!(page("users-customer").contains("Managing <bdi>Globex</bdi>, a customer of you"));
}

#[test]
fn d2_the_list_has_the_columns_of_the_seed() {
    let html = page("users");
    for column in ["Name", "E-Mail", "Associated with", "View"] {
        assert!(html.contains(&format!(">{column}<")), "{column}");
    }
    assert!(html.contains("51-100 of 1,234"));
}

#[test]
fn b3_the_form_offers_more_lines_without_script() {
    let html = page("users-add");
    assert!(html.contains("name=\"add\" value=\"line\""));
    assert!(html.contains("+ add more"));
    assert!(html.contains("lines[2].email"));
    assert!(html.contains("Meet License"));
}

#[test]
fn b9_who_got_no_licence_is_told_with_a_way_to_one() {
    let html = page("users-add");
    let told =
        "<p>1 user got no Meet licence: none is free.</p><a href=\"/o/1/licenses/meet\">Manage licences</a>";
    assert!(html.contains("note note-warn") && html.contains(told));
    assert!(html.contains("No licence, for none is free; no mail."));
}

#[test]
fn b10_switches_are_named_after_licence_and_user() {
    let html = page("licenses");
    assert!(html.contains("role=\"switch\""));
    assert!(html.contains("aria-label=\"Meet licence for Ann Lee\""));
    assert!(html.contains("aria-checked=\"true\""));
}

#[test]
fn d6_d8_e6_e7_boxes_explain_themselves_in_the_words_of_the_seed() {
    let html = page("user");
    assert!(html.contains("Company and Account Type") && html.contains("Acme (731757)"));
    for name in ["active", "admin", "portal_access"] {
        assert!(html.contains(&format!("name=\"{name}\"")), "{name}");
    }
    assert!(html.contains("is allowed to edit deployments, the organization, all users, and manage your credit cards on file. Please note that if this is unchecked the user can still view deployments, organizations, and users."));
    assert!(
        html.contains("If this is unchecked, we will still allow them to login to other non-portal systems.")
    );
}

#[test]
fn c12_required_fields_are_marked_and_the_mark_is_explained() {
    for name in ["user", "member-new"] {
        let html = page(name);
        assert!(html.contains("* Indicates required field"), "{name}");
        assert!(html.contains("class=\"must\""), "{name}");
    }
}

#[test]
fn g2_role_types_and_their_differences_are_one_link_away() {
    for name in ["members", "member-new"] {
        assert!(page(name).contains("/roles\">Role types and their differences</a>"), "{name}");
    }
    for role in ["Owner", "Admin", "Member"] {
        assert!(page("roles").contains(&format!(">{role}<")), "{role}");
    }
}

#[test]
fn f4_the_import_page_has_the_three_doors() {
    let html = page("import-new");
    for label in ["Download template", "Upload and import", "Import guidelines"] {
        assert!(html.contains(label), "{label}");
    }
    assert!(page("import-new-licenses").contains("Add users"));
    assert!(page("import-results").contains("Download error file"));
    assert!(page("import-results").contains("Import the 4,997 accepted rows and leave 3"));
    assert!(page("import-results-clean").contains("Import accepted users"));
    assert!(page("import-results-seats").contains("Finish"));
}

#[test]
fn g12_the_preview_shows_the_exact_title() {
    assert!(page("activation").contains("<h2>Your account has been created!</h2>"));
}

#[test]
fn n9_an_expired_link_tells_its_day_and_asks_for_no_password() {
    let html = page("activate-expired");
    assert!(html.contains("This link expired on 21 December 2026"));
    assert!(!html.contains("type=\"password\""));
    assert!(html.contains("Send a new link"));
}

#[test]
fn q4_an_expired_link_of_a_purchase_offers_another_one() {
    let html = page("claim-expired");
    assert!(html.contains("This link expired on 21 December 2026"));
    assert!(html.contains("action=\"/claim/renew\"") && html.contains(">Send a new link</button>"));
    let html = page("claim-renewed");
    assert!(html.contains("If this purchase is not mapped yet, a mail goes to"));
    assert!(!html.contains("<form class=\"stack\""), "nothing is left to do");
}

#[test]
fn a5_the_confirm_page_shows_seats_before_and_after() {
    let html = page("claim-confirm");
    assert!(html.contains("<span class=\"from\">50</span>") && html.contains("75</span>"));
}

#[test]
fn passwords_are_never_echoed() {
    for (name, html) in pages(&World::friendly(Theme::Light)) {
        assert!(!html.contains("typed-secret"), "{name}");
    }
}

/// WCAG 1.4.3: every colour used for text has 4.5:1 on every ground it is used on, in both themes.
#[test]
fn b18_text_colours_have_enough_contrast() {
    let style = assets::find("console.css").unwrap().body;
    let grounds = ["ground", "sunk", "raised"];
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    for ink in ["ink", "ink-soft", "ink-faint", "accent", "good", "warn", "bad"] {
        pairs.extend(grounds.map(|ground| (ink, ground)));
    }
    pairs.extend([
        ("good", "good-wash"),
        ("warn", "warn-wash"),
        ("bad", "bad-wash"),
        ("accent", "accent-wash"),
    ]);
    pairs.extend([
        ("ink", "accent-wash"),
        ("ink-soft", "accent-wash"),
        ("ink-soft", "hover"),
        ("on-fill", "accent-fill"),
    ]);
    pairs.extend([("on-fill", "accent-fill-hover"), ("on-fill", "bad-fill"), ("on-fill", "bad-fill-hover")]);
    for (ink, ground) in pairs {
        for theme in [0, 1] {
            let ratio = contrast(colour(style, ink, theme), colour(style, ground, theme));
            assert!(ratio >= 4.5, "{ink} on {ground}, theme {theme}: {ratio:.2}");
        }
    }
    for theme in [0, 1] {
        let edge = contrast(colour(style, "line-strong", theme), colour(style, "ground", theme));
        assert!(edge >= 3.0, "edges of fields, theme {theme}: {edge:.2}");
    }
}

fn colour(style: &str, name: &str, theme: usize) -> [f64; 3] {
    let pair = style.split(&format!("--{name}: light-dark(")).nth(1).unwrap().split(')').next().unwrap();
    let hex = pair.split(", ").nth(theme).unwrap().trim_start_matches('#');
    [0, 2, 4].map(|at| f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0)
}

fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let light = |rgb: [f64; 3]| {
        let part = rgb.map(|c| if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) });
        0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2]
    };
    let (one, other) = (light(one), light(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn assets_are_small_and_every_icon_exists() {
    assert!(assets::find("console.js").unwrap().body.len() < 12_288);
    assert!(assets::find("nothing").is_none());
    let icons = assets::find("icons.svg").unwrap().body;
    for (name, html) in pages(&World::friendly(Theme::Light)) {
        for icon in html.split("/assets/icons.svg?v=").skip(1) {
            let id = icon.split(['#', '"']).nth(1).unwrap();
            assert!(icons.contains(&format!("id=\"{id}\"")), "{name} wants icon {id}");
        }
    }
}

/// Writes the pages for a look: `ROSTER_CONSOLE_PREVIEW=/tmp/pages cargo test -p gateway --test console_views preview`.
#[test]
fn preview() {
    let Some(folder) = option_env!("ROSTER_CONSOLE_PREVIEW") else { return };
    let folder = std::path::Path::new(folder);
    std::fs::create_dir_all(folder.join("assets")).unwrap();
    for name in ["console.css", "console.js", "icons.svg", "mark.svg"] {
        std::fs::write(folder.join("assets").join(name), assets::find(name).unwrap().body).unwrap();
    }
    let worlds = [
        ("", World::friendly(Theme::Light)),
        ("-dark", World::friendly(Theme::Dark)),
        ("-hostile", World::hostile(Theme::Light)),
    ];
    for (ending, world) in worlds {
        for (name, html) in pages(&world) {
            std::fs::write(folder.join(format!("{name}{ending}.html")), html).unwrap();
        }
    }
}
