//! "Add users": several addresses at once, each with its licence on or off (B2 to B9).

use std::collections::{BTreeMap, BTreeSet};

use axum::Router;
use axum::routing::get;
use proto::license::v1::invite_users_response::{Outcome as Became, Result as Invited};
use proto::license::v1::{InviteUsersRequest, invite_users_request};

use super::failure::Failure;
use super::input::Sent;
use super::patience::patiently;
use super::place::Place;
use super::users::{self, LINES_MOST};
use super::view::badge::{Badge, Tone};
use super::view::page::{Flash, Link};
use super::view::pool::Pool;
use super::view::users::{Add, Line, Outcome, Users};
use super::{html, problems, shapes};
use crate::app::App;

/// `/o/{organization}/users/add`.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/o/{organization}/users/add", get(back).post(submit))
}

/// Somebody reloaded the page of results in another tab.
async fn back(place: Place) -> html::Answer {
    html::go(&format!("{}/users", place.base()), None)
}

/// Adds a line, takes one away, or adds the people. The results are this
/// answer: reloading it sends the same request id and adds nobody twice.
async fn submit(place: Place, sent: Sent) -> html::Answer {
    let pools = users::pools(&place).await?;
    let mut add = typed(&pools, &sent);
    if reshaped(&mut add, &sent) {
        return html::page(&users::view(&place, pools, Some(add)).await?);
    }
    add.lines.retain(|line| !line.email.is_empty());
    if add.lines.is_empty() {
        add.lines = users::add(&pools, &add.product).lines;
        add.form.refuse("lines[0].email", "Type at least one e-mail address.");
        return html::refused(&users::view(&place, pools, Some(add)).await?);
    }
    let request = InviteUsersRequest {
        parent: place.parent(),
        product: add.product.clone(),
        lines: add.lines.iter().map(line).collect(),
        request_id: sent.request_id(),
    };
    let client = place.licenses()?;
    let invited = patiently(|| {
        let (mut client, request) = (client.clone(), request.clone());
        async move { client.invite_users(request).await }
    });
    let results = match invited.await {
        Ok(answer) => answer.results,
        Err(status) => {
            problems::add(&mut add.form, status, &[])?;
            return html::refused(&users::view(&place, pools, Some(add)).await?);
        }
    };
    html::page(&added(&place, sent.text("product"), &results).await?)
}

/// The page that says what became of them.
async fn added(place: &Place, product: &str, results: &[Invited]) -> Result<Users, Failure> {
    let pools = users::pools(place).await?;
    let fresh = users::add(&pools, product);
    let flash = unlicensed(pools.iter().find(|pool| pool.product == fresh.product), results);
    let none_free = flash.is_some();
    let results = results.iter().map(|one| outcome(one, none_free)).collect();
    let mut view = users::view(place, pools, Some(Add { results, ..fresh })).await?;
    view.page.flash = flash;
    Ok(view)
}

/// How many were added without a licence while none is left, and where licences come from. Nothing while
/// some are free: then they were to have none.
fn unlicensed(pool: Option<&Pool>, results: &[Invited]) -> Option<Flash> {
    let added = results.iter().filter(|one| one.outcome() == Became::Added);
    let people: BTreeSet<&str> = added.map(|one| one.user.as_str()).collect();
    if people.is_empty() || pool.is_some_and(|pool| !pool.full()) {
        return None;
    }
    let people = shapes::count(people.len()).of("user", "users");
    let (text, link) = match pool {
        Some(Pool { name, href, .. }) => (
            format!(
                "{people} got no {name} licence: none is free. Turn one off for somebody else or map another \
                 purchase, then turn theirs on."
            ),
            Link::new("Manage licences", href),
        ),
        None => (
            format!(
                "{people} got no licence: this organization has none yet. Map a purchase, then turn theirs on."
            ),
            Link::new("Map a purchase", "/claim"),
        ),
    };
    Some(Flash { tone: Tone::Warn, text, link: Some(link) })
}

/// The form as it was typed, with a new request id: another try is another request.
fn typed(pools: &[Pool], sent: &Sent) -> Add {
    let mut lines: BTreeMap<usize, Line> = BTreeMap::new();
    for (name, value) in sent.fields() {
        let Some((index, part)) = name.strip_prefix("lines[").and_then(|rest| rest.split_once("].")) else {
            continue;
        };
        let Ok(index) = index.parse() else { continue };
        let line = lines.entry(index).or_default();
        match part {
            "email" => line.email = value.trim().to_owned(),
            "license" => line.licensed = true,
            _ => {}
        }
    }
    let lines = lines.into_values().take(LINES_MOST + 1).collect();
    Add { open: true, lines, ..users::add(pools, sent.text("product")) }
}

/// "+ add more" and the cross of a line, for browsers without script.
fn reshaped(add: &mut Add, sent: &Sent) -> bool {
    if sent.text("add") == "line" {
        let licensed = add.lines.last().is_none_or(|line| line.licensed);
        if add.lines.len() < LINES_MOST {
            add.lines.push(Line { email: String::new(), licensed });
        }
        return true;
    }
    let Ok(index) = sent.text("remove").parse::<usize>() else { return false };
    if index < add.lines.len() && add.lines.len() > 1 {
        add.lines.remove(index);
    }
    true
}

fn line(line: &Line) -> invite_users_request::Line {
    invite_users_request::Line {
        email: line.email.clone(),
        license_enabled: line.licensed,
        ..invite_users_request::Line::default()
    }
}

fn outcome(one: &Invited, none_free: bool) -> Outcome {
    let (word, tone, note) = match one.outcome() {
        Became::Invited => ("Invited", Tone::Good, "One licence used, one mail on its way."),
        Became::Added if none_free => ("Added", Tone::Good, "No licence, for none is free; no mail."),
        Became::Added => ("Added", Tone::Good, "No licence, no mail."),
        Became::AlreadyMember => ("Already a member", Tone::Calm, "Nothing was changed."),
        Became::PendingSince => ("Already pending", Tone::Warn, ""),
        Became::LicenseEnabled => ("License turned on", Tone::Good, "Was in the list already."),
        Became::Unspecified => ("Done", Tone::Calm, ""),
    };
    let since = shapes::when(one.pending_since_time.as_ref());
    Outcome {
        email: one.email.clone(),
        result: Badge::new(word, tone),
        note: since.map_or_else(|| note.to_owned(), |when| format!("Since {}.", when.day())),
        href: shapes::user_href(&one.user),
    }
}

#[cfg(test)]
mod tests {
    use super::super::view::text::Count;
    use super::*;

    fn pools() -> Vec<Pool> {
        vec![Pool { product: "meet".into(), name: "Meet".into(), free: Count(3), ..Pool::default() }]
    }

    #[test]
    fn b3_lines_are_read_in_their_order_and_b4_with_their_toggle() {
        let sent = Sent::of(&[
            ("product", "meet"),
            ("lines[10].email", "c@example.com"),
            ("lines[0].email", " a@example.com "),
            ("lines[0].license", "true"),
            ("lines[2].email", ""),
            ("lines[x].email", "no"),
        ]);
        let add = typed(&pools(), &sent);
        let found: Vec<(&str, bool)> =
            add.lines.iter().map(|line| (line.email.as_str(), line.licensed)).collect();
        assert_eq!(found, [("a@example.com", true), ("", false), ("c@example.com", false)]);
        assert_eq!((add.product.as_str(), add.open), ("meet", true));
    }

    #[test]
    fn b3_add_more_and_remove_work_without_script() {
        let sent = |button: (&str, &str)| Sent::of(&[("lines[0].email", "a@example.com"), button]);
        let mut add = typed(&pools(), &sent(("add", "line")));
        assert!(reshaped(&mut add, &sent(("add", "line"))));
        assert_eq!(add.lines.len(), 2);
        assert!(reshaped(&mut add, &sent(("remove", "0"))));
        assert_eq!(add.lines.len(), 1);
        assert!(!reshaped(&mut add, &Sent::of(&[("lines[0].email", "a@example.com")])));
    }

    #[test]
    fn b9_without_a_free_seat_the_toggle_starts_off() {
        let full = vec![Pool { product: "meet".into(), ..Pool::default() }];
        assert!(!users::add(&full, "").lines[0].licensed);
        assert!(users::add(&pools(), "").lines[0].licensed);
    }

    fn became(user: &str, outcome: Became) -> Invited {
        Invited {
            email: format!("{user}@example.com"),
            user: format!("organizations/1/users/{user}"),
            outcome: outcome.into(),
            ..Invited::default()
        }
    }

    #[test]
    fn b9_who_got_no_licence_because_none_is_free_is_counted() {
        let href = "/o/1/licenses/meet";
        let full = Pool { product: "meet".into(), name: "Meet".into(), href: href.into(), ..Pool::default() };
        let results = [
            became("ann", Became::Invited),
            became("bob", Became::Added),
            became("bob", Became::Added),
            became("eve", Became::AlreadyMember),
        ];
        let told = unlicensed(Some(&full), &results).expect("none is free");
        let first = "1 user got no Meet licence: none is free. ";
        assert!(told.text.starts_with(first) && told.text.contains("map another purchase"), "{}", told.text);
        assert_eq!((told.tone, told.link), (Tone::Warn, Some(Link::new("Manage licences", href))));
        assert_eq!(outcome(&results[1], true).note, "No licence, for none is free; no mail.");
        assert_eq!(outcome(&results[0], true).note, "One licence used, one mail on its way.");

        let told = unlicensed(None, &[became("ann", Became::Added), became("bob", Became::Added)]);
        let told = told.expect("nothing was bought");
        assert!(told.text.starts_with("2 users got no licence: this organization has none yet. "));
        assert_eq!(told.link, Some(Link::new("Map a purchase", "/claim")));
    }

    #[test]
    fn b9_nothing_is_said_of_people_who_were_to_have_no_licence_and_of_those_who_have_one() {
        let results = [became("bob", Became::Added), became("ann", Became::Invited)];
        assert_eq!(unlicensed(pools().first(), &results), None);
        assert_eq!(unlicensed(None, &results[1..]), None);
        assert_eq!(outcome(&results[0], false).note, "No licence, no mail.");
    }
}
