//! Who has which address: thousands at a time, as a file of people is looked up.
//!
//! One row comes back, with everybody in it: a row of its own for each costs more than finding it.

use chrono::{DateTime, Utc};
use platform::db::{Error, Result, Sql, Tx};
use uuid::Uuid;

use super::sets::wanted_emails;
use crate::domain::name::Name;
use crate::domain::profile::Profile;
use crate::domain::role::Role;
use crate::domain::user::State;

/// A user as a look-up by address tells it.
#[derive(Clone, Debug)]
pub struct Match {
    /// Who.
    pub id: Uuid,
    /// Folded.
    pub email: String,
    /// What a file may say of somebody.
    pub profile: Profile,
    /// What the user may do.
    pub role: Role,
    /// Where the user stands.
    pub state: State,
    /// When the user was made.
    pub create_time: DateTime<Utc>,
}

/// In the order of the statements' columns.
type Told = (
    (Uuid, String, String, String, String),
    (String, String, String, String, String),
    (String, bool, bool, DateTime<Utc>),
);

/// The users with these folded addresses, none of them twice; absent ones are left out. SQLite takes one
/// address after the other, as CROSS JOIN says, and makes no index of them first.
pub async fn by_email(tx: &mut Tx, organization: Uuid, emails: &[&str]) -> Result<Vec<Match>> {
    let told: String = tx
        .query(Sql {
            postgres: concat!(
                "SELECT coalesce(json_agg(json_build_array(
                    json_build_array(u.id, u.email, u.given_name, u.family_name, u.display_name),
                    json_build_array(u.title, u.office_phone, u.mobile_phone, u.fax, u.language_code),
                    json_build_array(u.role, u.active, u.accepted_time IS NOT NULL, u.create_time))), '[]')::text
                    AS told
                FROM users u JOIN ",
                wanted_emails!(),
                " ON u.organization_id = wanted.organization_id AND u.email = wanted.email"
            ),
            sqlite: "SELECT json_group_array(json_array(
                    json_array(u.id, u.email, u.given_name, u.family_name, u.display_name),
                    json_array(u.title, u.office_phone, u.mobile_phone, u.fax, u.language_code),
                    json_array(u.role, json(iif(u.active, 'true', 'false')),
                        json(iif(u.accepted_time IS NULL, 'false', 'true')), u.create_time))) AS told
                FROM jsonb_each($2) AS wanted
                CROSS JOIN users u ON u.organization_id = $1 AND u.email = wanted.value",
        })
        .bind(organization)
        .bind_json(emails)
        .value("told")
        .await?;
    let told: Vec<Told> = serde_json::from_str(&told).map_err(|error| Error::broken("told", error))?;
    told.into_iter().map(read).collect()
}

fn read(told: Told) -> Result<Match> {
    let (
        (id, email, given, family, display),
        (title, office_phone, mobile_phone, fax, language_code),
        (role, active, accepted, create_time),
    ) = told;
    let role = Role::parse(role).map_err(|error| Error::broken("users.role", error))?;
    let name = Name { given, family, display };
    let profile = Profile { name, title, office_phone, mobile_phone, fax, language_code };
    Ok(Match { id, email, profile, role, state: State::of(active, accepted), create_time })
}
