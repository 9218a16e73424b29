//! Many users of one organization in one statement each.
//!
//! A set that is joined to a table is a table of its own (`DISTINCT` or `OFFSET 0`, a materialized CTE on
//! SQLite) whose rows carry the organization. Else a planner that takes the organization for a small one, as
//! it does in the middle of a first import, walks all its users for each set.

use chrono::{DateTime, Utc};
use platform::db::{Result, Sql, Tx, time_text};
use serde::Serialize;
use uuid::Uuid;

use super::{columns, placed, read, read_placed};
use crate::domain::email::Email;
use crate::domain::user::{Placed, User};

/// PostgreSQL's table of the ids in `$2`, of the organization `$1`.
macro_rules! wanted_ids {
    () => {
        "(SELECT DISTINCT $1::uuid AS organization_id, value::uuid AS id
          FROM jsonb_array_elements_text($2)) AS wanted"
    };
}

/// PostgreSQL's table of the addresses in `$2`, of the organization `$1`.
macro_rules! wanted_emails {
    () => {
        "(SELECT DISTINCT $1::uuid AS organization_id, value AS email
          FROM jsonb_array_elements_text($2)) AS wanted"
    };
}
pub(super) use wanted_emails;

/// Profile and keys of a user, as a member of a set.
#[derive(Serialize)]
pub(super) struct Row<'a> {
    id: Uuid,
    email: Option<&'a str>,
    given_name: &'a str,
    family_name: &'a str,
    display_name: &'a str,
    title: &'a str,
    office_phone: &'a str,
    mobile_phone: &'a str,
    fax: &'a str,
    language_code: &'a str,
    sort_name: String,
    search_text: String,
}

impl<'a> Row<'a> {
    pub(super) fn email(&self) -> Option<&'a str> {
        self.email
    }
}

/// The invitation of a user, as a member of a set.
#[derive(Serialize)]
struct Sent {
    id: Uuid,
    generation: i64,
    send_count: i64,
    send_time: Option<String>,
    expire_time: Option<String>,
}

/// The users with these ids in their organization; absent ones are left out.
pub async fn find_placed(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<Vec<Placed>> {
    tx.query(Sql {
        postgres: concat!(
            "SELECT ",
            columns!(),
            placed!(),
            " JOIN ",
            wanted_ids!(),
            " ON u.organization_id = wanted.organization_id AND u.id = wanted.id"
        ),
        sqlite: concat!(
            "SELECT ",
            columns!(),
            placed!(),
            " WHERE u.organization_id = $1 AND u.id IN (SELECT value FROM jsonb_each($2))"
        ),
    })
    .bind(organization)
    .bind_json(ids)
    .all(read_placed)
    .await
}

/// The users with these ids; absent ones are left out.
pub async fn find(tx: &mut Tx, organization: Uuid, ids: &[Uuid]) -> Result<Vec<User>> {
    tx.query(Sql {
        postgres: concat!(
            "SELECT ",
            columns!(),
            " FROM users u JOIN ",
            wanted_ids!(),
            " ON u.organization_id = wanted.organization_id AND u.id = wanted.id"
        ),
        sqlite: concat!(
            "SELECT ",
            columns!(),
            " FROM users u WHERE u.organization_id = $1
             AND u.id IN (SELECT value FROM jsonb_each($2))"
        ),
    })
    .bind(organization)
    .bind_json(ids)
    .all(read)
    .await
}

/// The users with these addresses; absent ones are left out.
pub async fn find_by_email(tx: &mut Tx, organization: Uuid, emails: &[&Email]) -> Result<Vec<User>> {
    let emails: Vec<&str> = emails.iter().map(|email| email.as_str()).collect();
    tx.query(Sql {
        postgres: concat!(
            "SELECT ",
            columns!(),
            " FROM users u JOIN ",
            wanted_emails!(),
            " ON u.organization_id = wanted.organization_id AND u.email = wanted.email"
        ),
        sqlite: concat!(
            "SELECT ",
            columns!(),
            " FROM users u WHERE u.organization_id = $1
             AND u.email IN (SELECT value FROM jsonb_each($2))"
        ),
    })
    .bind(organization)
    .bind_json(&emails)
    .all(read)
    .await
}

/// Writes the profiles of users that are there.
pub async fn update_profiles(
    tx: &mut Tx,
    organization: Uuid,
    users: &[User],
    now: DateTime<Utc>,
) -> Result<u64> {
    let rows: Vec<Row<'_>> = users.iter().map(row).collect();
    tx.query(Sql {
        postgres: "UPDATE users SET given_name = r.given_name, family_name = r.family_name,
                display_name = r.display_name, title = r.title, office_phone = r.office_phone,
                mobile_phone = r.mobile_phone, fax = r.fax, language_code = r.language_code,
                sort_name = r.sort_name, search_text = r.search_text, update_time = $3::timestamptz,
                version = version + 1
            FROM (SELECT $1::uuid AS organization_id, given.* FROM jsonb_to_recordset($2) AS given(id uuid,
                given_name text, family_name text, display_name text, title text, office_phone text,
                mobile_phone text, fax text, language_code text, sort_name text, search_text text)
                OFFSET 0) AS r
            WHERE users.organization_id = r.organization_id AND users.id = r.id",
        sqlite: "WITH r AS MATERIALIZED (SELECT $1 AS organization_id, value ->> 'id' AS id,
                value ->> 'given_name' AS given_name, value ->> 'family_name' AS family_name,
                value ->> 'display_name' AS display_name, value ->> 'title' AS title,
                value ->> 'office_phone' AS office_phone, value ->> 'mobile_phone' AS mobile_phone,
                value ->> 'fax' AS fax, value ->> 'language_code' AS language_code,
                value ->> 'sort_name' AS sort_name, value ->> 'search_text' AS search_text FROM jsonb_each($2))
            UPDATE users SET given_name = r.given_name, family_name = r.family_name,
                display_name = r.display_name, title = r.title, office_phone = r.office_phone,
                mobile_phone = r.mobile_phone, fax = r.fax, language_code = r.language_code,
                sort_name = r.sort_name, search_text = r.search_text, update_time = $3, version = version + 1
            FROM r WHERE users.organization_id = r.organization_id AND users.id = r.id",
    })
    .bind(organization)
    .bind_json(&rows)
    .bind(now)
    .execute()
    .await
}

/// Writes the invitations of users whose mails are being asked for.
pub async fn update_invitations(
    tx: &mut Tx,
    organization: Uuid,
    users: &[User],
    now: DateTime<Utc>,
) -> Result<u64> {
    let rows: Vec<Sent> = users.iter().map(sent).collect();
    tx.query(Sql {
        postgres: "UPDATE users SET invitation_state = 'QUEUED', invitation_generation = r.generation,
                invitation_send_count = r.send_count, invitation_send_time = r.send_time,
                invitation_expire_time = r.expire_time, invitation_detail = '', update_time = $3::timestamptz,
                version = version + 1
            FROM (SELECT $1::uuid AS organization_id, given.* FROM jsonb_to_recordset($2) AS given(id uuid,
                generation bigint, send_count bigint, send_time timestamptz, expire_time timestamptz)
                OFFSET 0) AS r
            WHERE users.organization_id = r.organization_id AND users.id = r.id",
        sqlite: "WITH r AS MATERIALIZED (SELECT $1 AS organization_id, value ->> 'id' AS id,
                value ->> 'generation' AS generation, value ->> 'send_count' AS send_count,
                value ->> 'send_time' AS send_time, value ->> 'expire_time' AS expire_time FROM jsonb_each($2))
            UPDATE users SET invitation_state = 'QUEUED', invitation_generation = r.generation,
                invitation_send_count = r.send_count, invitation_send_time = r.send_time,
                invitation_expire_time = r.expire_time, invitation_detail = '', update_time = $3,
                version = version + 1
            FROM r WHERE users.organization_id = r.organization_id AND users.id = r.id",
    })
    .bind(organization)
    .bind_json(&rows)
    .bind(now)
    .execute()
    .await
}

pub(super) fn row(user: &User) -> Row<'_> {
    let profile = &user.profile;
    Row {
        id: user.id,
        email: user.email_text(),
        given_name: &profile.name.given,
        family_name: &profile.name.family,
        display_name: &profile.name.display,
        title: &profile.title,
        office_phone: &profile.office_phone,
        mobile_phone: &profile.mobile_phone,
        fax: &profile.fax,
        language_code: &profile.language_code,
        sort_name: profile.name.sort_key(user.email_text()),
        search_text: profile.name.search_text(user.email_text()),
    }
}

fn sent(user: &User) -> Sent {
    let invitation = &user.invitation;
    Sent {
        id: user.id,
        generation: invitation.generation,
        send_count: invitation.send_count,
        send_time: invitation.send_time.map(time_text),
        expire_time: invitation.expire_time.map(time_text),
    }
}
