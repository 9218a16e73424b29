//! The switch of a licence. Refused, the row shows the true state and why (B9).

use proto::license::v1::{AssignSeatRequest, Pool, ReleaseSeatRequest};
use proto::refusal::{Reason, Refusal};
use tonic::Status;

use crate::console::failure::Failure;
use crate::console::input::Sent;
use crate::console::notice::Notice;
use crate::console::place::Place;
use crate::console::view::form::Form;
use crate::console::view::page::Flash;
use crate::console::view::pool;
use crate::console::{address, html, problems, shapes};

/// Where in the list the switch stood.
pub(super) struct Back {
    pairs: Vec<(&'static str, String)>,
}

impl Back {
    /// Of the list's own address, or of the switch's, which carries the same query.
    pub(super) fn of(place: &Place) -> Self {
        let kept = ["q", "on", "size", "start", "page_token"];
        Self { pairs: kept.map(|name| (name, place.asked(name).to_owned())).to_vec() }
    }

    /// `?q=…&on=…`, or nothing.
    pub(super) fn address(&self) -> String {
        self.with("", &[])
    }

    fn with(&self, path: &str, more: &[(&str, &str)]) -> String {
        let own = self.pairs.iter().map(|(name, value)| (*name, value.as_str()));
        let all: Vec<(&str, &str)> = own.chain(more.iter().copied()).collect();
        address::with(path, &all)
    }
}

/// Turns it and leads back to the row.
pub(super) async fn turn(place: Place, sent: Sent) -> html::Answer {
    let (product, user) = (place.segment("product").to_owned(), place.id("user")?.to_string());
    let list = format!("{}/licenses/{product}", place.base());
    let name = format!("{}/pools/{product}/seats/{user}", place.parent());
    let on = sent.ticked("license");
    match set(&place, name, on, sent.request_id()).await {
        Ok(()) => {
            let notice = if on { Notice::LicenseOn } else { Notice::LicenseOff };
            html::go(&Back::of(&place).with(&list, &[]), Some(notice))
        }
        Err(Failure::Refused(status)) => {
            let why = shown_beside(&status)?.as_str();
            html::go(&Back::of(&place).with(&list, &[("refused", &user), ("why", why)]), None)
        }
        Err(other) => Err(other),
    }
}

async fn set(place: &Place, name: String, on: bool, request_id: String) -> Result<(), Failure> {
    let mut licenses = place.licenses()?;
    if on {
        licenses.assign_seat(AssignSeatRequest { name, request_id }).await?;
    } else {
        licenses.release_seat(ReleaseSeatRequest { name, request_id }).await?;
    }
    Ok(())
}

/// The reason, if words for it fit beside a switch; everything else is a page of its own.
fn shown_beside(status: &Status) -> Result<Reason, Failure> {
    let reason = Refusal::reason_of(status);
    reason.filter(|reason| !words(*reason).is_empty()).ok_or_else(|| status.clone().into())
}

/// Why the last try for this user was refused; empty for everybody else.
pub(super) fn problem(place: &Place, pool: &Pool, user: &str) -> String {
    if place.asked("refused") != user {
        return String::new();
    }
    match Reason::parse(place.asked("why")) {
        Some(Reason::InsufficientSeats) => no_seat(&shapes::pool(pool, "")),
        Some(reason) => words(reason),
        None => String::new(),
    }
}

fn no_seat(pool: &pool::Pool) -> String {
    format!("No free licence: {} of {} are in use. Nothing was changed.", pool.used, pool.purchased)
}

/// The address carries only the reason: nobody can make this page say something else.
fn words(reason: Reason) -> String {
    let mut form = Form::default();
    let told = problems::add(&mut form, Refusal::new(reason, "").into(), &[]);
    let first = form.problems.into_iter().next();
    first.filter(|_| told.is_ok()).map_or_else(String::new, |problem| problem.text)
}

/// "Licence on. 41 of 50 seats used." (live region, B1)
pub(super) fn flash(notice: &str, pool: &pool::Pool) -> Option<Flash> {
    let word = match Notice::parse(notice)? {
        Notice::LicenseOn => "on",
        Notice::LicenseOff => "off",
        _ => return None,
    };
    Some(Flash::good(format!("Licence {word}. {}.", pool.sentence())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::view::text::Count;

    fn full() -> pool::Pool {
        pool::Pool { purchased: Count(50), used: Count(50), ..pool::Pool::default() }
    }

    #[test]
    fn b9_a_refused_switch_says_why_in_words() {
        assert_eq!(no_seat(&full()), "No free licence: 50 of 50 are in use. Nothing was changed.");
        assert!(words(Reason::UserDeactivated).contains("deactivated"));
        assert_eq!(words(Reason::DependencyUnavailable), "");
    }

    #[test]
    fn b9_only_refusals_with_words_stay_on_the_list() {
        let short = Refusal::new(Reason::InsufficientSeats, "x").into();
        assert_eq!(shown_beside(&short).expect("shown"), Reason::InsufficientSeats);
        let down = Refusal::unavailable("license").into();
        assert_eq!(shown_beside(&down).expect_err("a page").http(), 503);
    }

    #[test]
    fn b1_the_message_tells_the_new_count() {
        let flash = flash(Notice::LicenseOn.word(), &full()).expect("a message");
        assert_eq!(flash.text, "Licence on. 50 of 50 seats used.");
        assert_eq!(super::flash("You won a prize", &full()), None);
    }

    #[test]
    fn the_place_in_the_list_is_kept() {
        let back = Back { pairs: vec![("q", "a&b".into()), ("on", "false".into()), ("size", String::new())] };
        assert_eq!(back.address(), "?q=a%26b&on=false");
        let refused = back.with("/o/1/licenses/meet", &[("refused", "u"), ("why", "X")]);
        assert_eq!(refused, "/o/1/licenses/meet?q=a%26b&on=false&refused=u&why=X");
    }
}
