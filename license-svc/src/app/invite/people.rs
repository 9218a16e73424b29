//! The people of an invite, created by identity-svc and matched with the plan.

use chrono::{DateTime, Utc};
use platform::tenant::Tenant;
use proto::identity::v1::match_users_response::Match;
use proto::identity::v1::upsert_users_response::{Outcome, Result as Row};
use proto::identity::v1::{ImportableFields, UpsertUsersRequest, upsert_users_request, user};
use proto::name;
use proto::refusal::{Refusal, Violation};
use proto::time;
use uuid::Uuid;

use crate::app::Error;
use crate::app::directory::Directory;
use crate::domain::invite::{Known, Person, Plan};
use crate::store::invites::Invite;

/// A person of the plan, who is a user by now.
pub struct Present {
    /// The user's id.
    pub user: Uuid,
    /// By this call.
    pub created: bool,
    /// Has set no password yet.
    pub pending: bool,
    /// Since when the user is there.
    pub create_time: DateTime<Utc>,
    /// Whether a seat is to be given.
    pub needs_seat: bool,
}

/// Creates the newcomers, once for all repeats of the call. Answers everybody in the plan's order.
pub async fn create(directory: &Directory, tenant: Tenant, invite: &Invite) -> Result<Vec<Present>, Error> {
    let rows: Vec<_> = invite.plan.newcomers().map(row).collect();
    let mut created = Vec::new();
    if !rows.is_empty() {
        let parent = name::Organization { organization: tenant.organization() }.to_string();
        let request_id = format!("invite-{}", invite.upsert_id);
        created = directory.upsert(UpsertUsersRequest { parent, rows, request_id }).await?.results;
    }
    let mut created = created.into_iter();
    let mut present = Vec::with_capacity(invite.plan.people.len());
    for person in &invite.plan.people {
        present.push(match &person.known {
            Some(known) => was_there(person, known),
            None => is_new(person, &created.next().ok_or_else(strange)?)?,
        });
    }
    Ok(present)
}

fn row(person: &Person) -> upsert_users_request::Row {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let fields = ImportableFields {
        given_name: given(&person.given_name),
        family_name: given(&person.family_name),
        ..ImportableFields::default()
    };
    upsert_users_request::Row { email: person.email.to_string(), fields: Some(fields) }
}

fn was_there(person: &Person, known: &Known) -> Present {
    Present {
        user: known.user,
        created: false,
        pending: known.pending,
        create_time: known.create_time,
        needs_seat: person.licensed && !known.holds_seat && !known.deactivated,
    }
}

/// Somebody else may have created the person in between; then it is not our doing.
fn is_new(person: &Person, row: &Row) -> Result<Present, Refusal> {
    Ok(Present {
        user: user_id(&row.user)?,
        created: row.outcome() == Outcome::Created,
        pending: row.state() == user::State::Pending,
        create_time: create_time(row.create_time.as_ref())?,
        needs_seat: person.licensed && row.state() != user::State::Deactivated,
    })
}

/// A user as identity-svc found it; whether a seat is held is for us to look up.
pub fn known(found: &Match) -> Result<Known, Refusal> {
    Ok(Known {
        user: user_id(&found.user)?,
        pending: found.state() == user::State::Pending,
        deactivated: found.state() == user::State::Deactivated,
        create_time: create_time(found.create_time.as_ref())?,
        holds_seat: false,
    })
}

/// identity-svc answered something that its contract rules out.
pub fn strange() -> Refusal {
    tracing::error!("identity answered what nobody asked");
    Refusal::internal()
}

fn user_id(text: &str) -> Result<Uuid, Refusal> {
    name::User::parse(text, "user").map(|name| name.user).map_err(|_| strange())
}

fn create_time(wire: Option<&prost_types::Timestamp>) -> Result<DateTime<Utc>, Refusal> {
    wire.and_then(time::from_wire).ok_or_else(strange)
}

/// identity-svc blames `rows[1].email`; our caller knows that row as `lines[3].email`.
pub fn in_our_words(error: Error, plan: &Plan) -> Error {
    let Error::Answered(status) = error else { return error };
    let found = Refusal::violations_of(&status);
    if found.is_empty() {
        return Error::Answered(status);
    }
    let newcomers: Vec<usize> = plan
        .people
        .iter()
        .enumerate()
        .filter(|(_, person)| person.known.is_none())
        .map(|(index, _)| index)
        .collect();
    let line = |field: &str| {
        let (row, rest) = field.strip_prefix("rows[")?.split_once(']')?;
        let person = *newcomers.get(row.parse::<usize>().ok()?)?;
        let line = plan.lines.iter().position(|index| *index == person)?;
        Some(format!("lines[{line}]{}", rest.replace(".fields", "")))
    };
    let ours = |bad: Violation| Violation { field: line(&bad.field).unwrap_or(bad.field), ..bad };
    Refusal::fields(found.into_iter().map(ours).collect()).into()
}
