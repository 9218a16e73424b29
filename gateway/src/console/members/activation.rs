//! "Send Activation Emails": asked first, because mail cannot be taken back (G11, G12).

use chrono::DateTime;
use prost_types::Timestamp;
use proto::identity::v1::bulk_run::Skip;
use proto::identity::v1::send_activation_emails_request::Selection as Wire;
use proto::identity::v1::{BulkRun, SendActivationEmailsRequest, UserNames};
use proto::time::{from_wire, to_wire};
use uuid::Uuid;

use super::selection::Selection;
use crate::console::failure::Failure;
use crate::console::input::{Sent, fresh_id};
use crate::console::place::{self, Place};
use crate::console::view::activation::{Activation, Skipped};
use crate::console::view::form::Hidden;
use crate::console::view::page::Here;
use crate::console::{html, shapes};

/// The hidden field that says when the question was asked.
const ASKED: &str = "asked";

/// Who was chosen in the list.
#[derive(Debug, PartialEq, Eq)]
enum Chosen {
    /// All that the list shows, on this page and the others.
    Matching,
    /// The ticked ones.
    Users(Vec<Uuid>),
}

/// The form was left and its address opened again.
pub(super) async fn back(place: Place) -> html::Answer {
    html::go(&format!("{}/members", place.base()), None)
}

/// Says how many mails would go out, and who gets none.
pub(super) async fn ask(place: Place, sent: Sent) -> html::Answer {
    let chosen = Chosen::of(&sent)?;
    let selection = selection(&sent);
    let counted = match &chosen {
        Chosen::Users(users) if users.is_empty() => BulkRun::default(),
        _ => {
            let request = request(&place, &chosen, &selection);
            run(&place, SendActivationEmailsRequest { validate_only: true, ..request }).await?
        }
    };
    let asked = counted.create_time.as_ref().and_then(from_wire);
    let mut hidden = chosen.hidden(&selection);
    hidden.extend(asked.map(|asked| (ASKED.to_owned(), asked.to_rfc3339())));
    let mut page = place.page("Send activation emails");
    let back_href = selection.href(&format!("{}/members", place.base()));
    page.here.clone_from(&back_href);
    let view = Activation {
        page,
        shell: place.shell(Here::Members),
        count: shapes::count(counted.total_count - counted.skipped_count),
        skipped: counted.skips.iter().map(skipped).collect(),
        organization: place.organization.display_name.clone(),
        hidden,
        request_id: fresh_id(),
        back_href,
    };
    html::page(&view)
}

/// Begins the run; pressed twice it is the same run. No more mails go out than the question said: whoever had
/// got one too recently when it was asked gets none, however long the answer took.
pub(super) async fn send(place: Place, sent: Sent) -> html::Answer {
    let chosen = Chosen::of(&sent)?;
    let (request_id, as_of_time) = (sent.request_id(), asked(&sent)?);
    let request = request(&place, &chosen, &selection(&sent));
    let request = SendActivationEmailsRequest { request_id, as_of_time, ..request };
    let run = run(&place, request).await?;
    html::go(&format!("{}/runs/{}", place.base(), place::last(&run.name)), None)
}

/// When the question was asked.
fn asked(sent: &Sent) -> Result<Option<Timestamp>, Failure> {
    let text = sent.text(ASKED);
    if text.is_empty() {
        return Ok(None);
    }
    let asked = DateTime::parse_from_rfc3339(text).map_err(|_| Failure::Answer(400))?;
    Ok(Some(to_wire(asked.to_utc())))
}

fn request(place: &Place, chosen: &Chosen, selection: &Selection) -> SendActivationEmailsRequest {
    let parent = place.parent();
    let selection = Some(chosen.wire(&parent, selection));
    SendActivationEmailsRequest { parent, selection, ..SendActivationEmailsRequest::default() }
}

async fn run(place: &Place, request: SendActivationEmailsRequest) -> Result<BulkRun, Failure> {
    Ok(place.users()?.send_activation_emails(request).await?.into_inner())
}

/// The filter of the list that the form was on.
fn selection(sent: &Sent) -> Selection {
    Selection::of(sent.text("status"), sent.text("invitation"), sent.text("q"))
}

impl Chosen {
    fn of(sent: &Sent) -> Result<Self, Failure> {
        if sent.text("all") == "matching" {
            return Ok(Self::Matching);
        }
        let users = sent.all("user").map(Uuid::try_parse).collect::<Result<_, _>>();
        Ok(Self::Users(users.map_err(|_| Failure::Answer(400))?))
    }

    fn wire(&self, parent: &str, selection: &Selection) -> Wire {
        match self {
            Self::Matching => Wire::Filter(selection.filter()),
            Self::Users(users) => {
                let names = users.iter().map(|user| format!("{parent}/users/{user}")).collect();
                Wire::Users(UserNames { names })
            }
        }
    }

    fn hidden(&self, selection: &Selection) -> Vec<Hidden> {
        let mut hidden = selection.hidden();
        match self {
            Self::Matching => hidden.push(("all".to_owned(), "matching".to_owned())),
            Self::Users(users) => {
                hidden.extend(users.iter().map(|user| ("user".to_owned(), user.to_string())));
            }
        }
        hidden
    }
}

fn skipped(skip: &Skip) -> Skipped {
    let why = match (skip.reason.as_str(), skip.count) {
        ("NOT_PENDING", 1) => "is not Pending",
        ("NOT_PENDING", _) => "are not Pending",
        ("NO_EMAIL", 1) => "has no e-mail address",
        ("NO_EMAIL", _) => "have no e-mail address",
        ("SEND_COOLDOWN", _) => "got a mail a moment ago",
        (_, 1) => "is left out",
        _ => "are left out",
    };
    Skipped { count: shapes::count(skip.count), why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: &str = "01941f29-7c00-7000-8000-000000000001";

    #[test]
    fn g11_ticked_members_go_by_name() {
        let chosen = Chosen::of(&Sent::of(&[("user", ANN), ("status", "PENDING")])).expect("ids");
        let selection = Selection::of("PENDING", "", "");
        let names = vec![format!("organizations/1/users/{ANN}")];
        assert_eq!(chosen.wire("organizations/1", &selection), Wire::Users(UserNames { names }));
        let hidden = chosen.hidden(&selection);
        assert_eq!(hidden, [("status".into(), "PENDING".into()), ("user".into(), ANN.into())]);
    }

    #[test]
    fn g11_all_that_match_go_by_the_filter_that_was_seen() {
        let sent = Sent::of(&[("all", "matching"), ("status", "PENDING"), ("q", "lee"), ("user", ANN)]);
        let chosen = Chosen::of(&sent).expect("all");
        let wire = chosen.wire("organizations/1", &selection(&sent));
        assert_eq!(wire, Wire::Filter("state = STATE_PENDING \"lee\"".into()));
        let again: Vec<(String, String)> = chosen.hidden(&selection(&sent));
        let again: Vec<(&str, &str)> =
            again.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(Chosen::of(&Sent::of(&again)).expect("all"), Chosen::Matching);
    }

    #[test]
    fn n9_the_answer_carries_when_the_question_was_asked() {
        let told = asked(&Sent::of(&[("asked", "2026-01-31T08:00:00.25+00:00")])).expect("a time");
        assert_eq!(told, Some(Timestamp { seconds: 1_769_846_400, nanos: 250_000_000 }));
        assert_eq!(asked(&Sent::of(&[])).expect("nothing"), None);
        assert!(asked(&Sent::of(&[("asked", "yesterday")])).is_err());
    }

    #[test]
    fn a_made_up_id_is_refused_before_anything_is_asked() {
        assert!(Chosen::of(&Sent::of(&[("user", "x\" OR \"y")])).is_err());
        assert_eq!(Chosen::of(&Sent::of(&[])).expect("none"), Chosen::Users(Vec::new()));
    }

    #[test]
    fn g19_who_is_left_out_is_told_with_the_reason() {
        let told = skipped(&Skip { reason: "NO_EMAIL".into(), count: 12 });
        assert_eq!(format!("{} {}", told.count, told.why), "12 have no e-mail address");
    }
}
