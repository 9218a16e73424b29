//! Rows of the licence list.

use proto::identity::v1::{User, invitation};
use proto::license::v1::{ListSeatsRequest, ListSeatsResponse, Pool, Seat};

use super::switch;
use crate::console::failure::Failure;
use crate::console::input::fresh_id;
use crate::console::paging::Turn;
use crate::console::place::{self, Place};
use crate::console::shapes;
use crate::console::view::licenses::Row;
use crate::console::view::list::{Empty, List, Paging};
use crate::console::view::text::Count;

/// Pages read at most until one has a row: with a filter the service may answer short ones (AIP-158).
const PAGES: usize = 20;

/// The filter of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    Any,
    On,
    Off,
}

/// Users behind each filter, where known.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) all: Option<Count>,
    pub(super) on: Option<Count>,
    pub(super) off: Option<Count>,
}

/// What the page shows of the seats.
pub(super) struct Seats {
    pub(super) list: List<Row>,
    pub(super) totals: Totals,
}

impl Held {
    pub(super) fn of(word: &str) -> Self {
        match word {
            "true" => Self::On,
            "false" => Self::Off,
            _ => Self::Any,
        }
    }

    /// As it stands in the address.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Any => "",
            Self::On => "true",
            Self::Off => "false",
        }
    }

    /// The filter of the request: the switch and the typed words, each of them quoted.
    fn with(self, words: &str) -> String {
        let term = match self {
            Self::Any => "",
            Self::On => "held = true ",
            Self::Off => "held = false ",
        };
        format!("{term}{words}").trim_end().to_owned()
    }
}

/// A page of the list.
pub(super) async fn read(place: &Place, pool: &Pool, turn: &Turn, held: Held) -> Result<Seats, Failure> {
    let request = ListSeatsRequest {
        parent: pool.name.clone(),
        page_size: turn.page_size(),
        page_token: turn.page_token(),
        filter: held.with(&turn.words()),
        order_by: String::new(),
        skip: turn.skip(),
    };
    let answer = match answered(place, request).await {
        Ok(answer) => answer,
        Err(Failure::Refused(status)) => {
            return Ok(Seats { list: List::none(turn.without_rows(status)?), totals: Totals::default() });
        }
        Err(other) => return Err(other),
    };
    let totals = totals(place, pool, turn, held, &answer).await?;
    if answer.seats.is_empty() && answer.next_page_token.is_empty() {
        return Ok(Seats { list: List::none(nothing(place, turn, held)), totals });
    }
    let paging = paging(turn, held, &answer, &totals);
    let action = switch::Back::of(place).address();
    let rows = answer.seats.iter().map(|seat| row(place, pool, seat, &action)).collect();
    Ok(Seats { list: List::page(rows, paging), totals })
}

/// The first page from here on that has a row.
async fn answered(place: &Place, mut request: ListSeatsRequest) -> Result<ListSeatsResponse, Failure> {
    let mut answer = place.licenses()?.list_seats(request.clone()).await?.into_inner();
    for _ in 1..PAGES {
        if !answer.seats.is_empty() || answer.next_page_token.is_empty() {
            break;
        }
        (request.page_token, request.skip) = (answer.next_page_token, 0);
        answer = place.licenses()?.list_seats(request.clone()).await?.into_inner();
    }
    Ok(answer)
}

/// Nobody counts who is on or off among the found ones: those numbers are left out.
async fn totals(
    place: &Place,
    pool: &Pool,
    turn: &Turn,
    held: Held,
    answer: &ListSeatsResponse,
) -> Result<Totals, Failure> {
    if turn.searches() {
        let all = (held == Held::Any).then(|| shapes::count(answer.total_size));
        return Ok(Totals { all, ..Totals::default() });
    }
    let all = match held {
        Held::Any => answer.total_size,
        Held::On | Held::Off => everybody(place, pool).await?,
    };
    let off = shapes::count(all.saturating_sub(pool.held_count));
    Ok(Totals { all: Some(shapes::count(all)), on: Some(shapes::count(pool.held_count)), off: Some(off) })
}

async fn everybody(place: &Place, pool: &Pool) -> Result<i32, Failure> {
    let request = ListSeatsRequest { parent: pool.name.clone(), page_size: 1, ..ListSeatsRequest::default() };
    Ok(place.licenses()?.list_seats(request).await?.into_inner().total_size)
}

/// A filtered list is not counted by the service and cannot go back by number.
fn paging(turn: &Turn, held: Held, answer: &ListSeatsResponse, totals: &Totals) -> Paging {
    let (shown, token) = (answer.seats.len(), answer.next_page_token.as_str());
    let of = match held {
        Held::Any => return turn.paging(shown, answer.total_size, token),
        Held::On => totals.on,
        Held::Off => totals.off,
    };
    let paging = turn.paging_forward(shown, 0, token);
    let known = of.map(|count| count.0).filter(|_| !turn.searches());
    let total = known.or_else(|| paging.next.is_none().then_some(paging.last)).unwrap_or(0);
    Paging { total, ..paging }
}

fn nothing(place: &Place, turn: &Turn, held: Held) -> Empty {
    if turn.searches() || held != Held::Any {
        return Empty::nothing_matches(format!("{}/licenses/{}", place.base(), place.segment("product")));
    }
    Empty::nothing_yet("No users yet", "Add users under Organization > Users.", None)
}

fn row(place: &Place, pool: &Pool, seat: &Seat, query: &str) -> Row {
    let unknown = User::default();
    let user = seat.user.as_ref().unwrap_or(&unknown);
    let id = place::last(&seat.name);
    Row {
        href: shapes::user_href(&user.name),
        name: shapes::name(user),
        email: user.email.clone(),
        status: shapes::status(user),
        on: seat.held,
        action: format!("{}/licenses/{}/seats/{id}{query}", place.base(), place.segment("product")),
        request_id: fresh_id(),
        note: note(seat.held, user),
        problem: switch::problem(place, pool, id),
    }
}

/// A seat that an invitation holds on to although its link is dead (B7).
fn note(held: bool, user: &User) -> String {
    let state = user.invitation.as_ref().map(|invitation| invitation.state());
    let text = match state {
        Some(invitation::State::Expired) if held => "Held by an expired invitation",
        Some(invitation::State::Bounced) if held => "Held by an invitation that bounced",
        _ => "",
    };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b11_the_switch_and_the_words_are_one_filter() {
        assert_eq!(Held::of("true").with("\"ann@\""), "held = true \"ann@\"");
        assert_eq!(Held::of("false").with(""), "held = false");
        assert_eq!(Held::of("held = true OR x").with("\"ann\""), "\"ann\"");
    }

    #[test]
    fn q5_a_seat_of_a_dead_invitation_is_noted() {
        let mut user =
            User { invitation: Some(proto::identity::v1::Invitation::default()), ..User::default() };
        if let Some(invitation) = user.invitation.as_mut() {
            invitation.set_state(invitation::State::Expired);
        }
        assert_eq!(note(true, &user), "Held by an expired invitation");
        assert_eq!(note(false, &user), "");
    }
}
