//! Many users of one organization in one statement each.
//!
//! A set that is joined to a table is a table of its own (`DISTINCT` or `OFFSET 0`, a materialized CTE on
//! SQLite) whose rows carry the organization. Else a planner that takes the organization for a small one, as
//! it does in the middle of a first import, walks all its users for each set.

use chrono::{DateTime, Utc};
use platform::db::{Result, Sql, Tx, Value};
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
    tx.query(Sql {
        postgres: "UPDATE users SET given_name = r.given_name, family_name = r.family_name,
                display_name = r.display_name, title = r.title, office_phone = r.office_phone,
                mobile_phone = r.mobile_phone, fax = r.fax, language_code = r.language_code,
                sort_name = r.sort_name, search_text = r.search_text, update_time = $2::timestamptz,
                version = version + 1
            FROM (SELECT $1::uuid AS organization_id, given.*
                FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
                    $10::text[], $11::text[], $12::text[], $13::text[])
                AS given(id, given_name, family_name, display_name, title, office_phone, mobile_phone, fax,
                    language_code, sort_name, search_text) OFFSET 0) AS r
            WHERE users.organization_id = r.organization_id AND users.id = r.id",
        sqlite: "WITH r AS MATERIALIZED (SELECT $1 AS organization_id, value ->> 0 AS id,
                value ->> 1 AS given_name, value ->> 2 AS family_name, value ->> 3 AS display_name,
                value ->> 4 AS title, value ->> 5 AS office_phone, value ->> 6 AS mobile_phone,
                value ->> 7 AS fax, value ->> 8 AS language_code, value ->> 9 AS sort_name,
                value ->> 10 AS search_text FROM jsonb_each($3))
            UPDATE users SET given_name = r.given_name, family_name = r.family_name,
                display_name = r.display_name, title = r.title, office_phone = r.office_phone,
                mobile_phone = r.mobile_phone, fax = r.fax, language_code = r.language_code,
                sort_name = r.sort_name, search_text = r.search_text, update_time = $2, version = version + 1
            FROM r WHERE users.organization_id = r.organization_id AND users.id = r.id",
    })
    .bind(organization)
    .bind(now)
    .bind_rows(users.iter().map(profile))
    .execute()
    .await
}

fn profile(user: &User) -> [Value; 11] {
    let (profile, name) = (&user.profile, &user.profile.name);
    [
        user.id.into(),
        (&name.given).into(),
        (&name.family).into(),
        (&name.display).into(),
        (&profile.title).into(),
        (&profile.office_phone).into(),
        (&profile.mobile_phone).into(),
        (&profile.fax).into(),
        (&profile.language_code).into(),
        name.sort_key(user.email_text()).into(),
        name.search_text(user.email_text()).into(),
    ]
}

/// Writes the invitations of users whose mails are being asked for, in the order of their ids.
pub async fn update_invitations(
    tx: &mut Tx,
    organization: Uuid,
    users: &[User],
    now: DateTime<Utc>,
) -> Result<u64> {
    let mut users: Vec<&User> = users.iter().collect();
    users.sort_by_key(|user| user.id);
    tx.query(Sql {
        postgres: "UPDATE users SET invitation_state = 'QUEUED', invitation_generation = r.generation,
                invitation_send_count = r.send_count, invitation_send_time = r.send_time,
                invitation_expire_time = r.expire_time, invitation_detail = '', update_time = $2::timestamptz,
                version = version + 1
            FROM (SELECT $1::uuid AS organization_id, given.*
                FROM unnest($3::uuid[], $4::bigint[], $5::bigint[], $6::timestamptz[], $7::timestamptz[])
                AS given(id, generation, send_count, send_time, expire_time) OFFSET 0) AS r
            WHERE users.organization_id = r.organization_id AND users.id = r.id",
        sqlite: "WITH r AS MATERIALIZED (SELECT $1 AS organization_id, value ->> 0 AS id,
                value ->> 1 AS generation, value ->> 2 AS send_count, value ->> 3 AS send_time,
                value ->> 4 AS expire_time FROM jsonb_each($3))
            UPDATE users SET invitation_state = 'QUEUED', invitation_generation = r.generation,
                invitation_send_count = r.send_count, invitation_send_time = r.send_time,
                invitation_expire_time = r.expire_time, invitation_detail = '', update_time = $2,
                version = version + 1
            FROM r WHERE users.organization_id = r.organization_id AND users.id = r.id",
    })
    .bind(organization)
    .bind(now)
    .bind_rows(users.into_iter().map(invitation))
    .execute()
    .await
}

fn invitation(user: &User) -> [Value; 5] {
    let invitation = &user.invitation;
    [
        user.id.into(),
        invitation.generation.into(),
        invitation.send_count.into(),
        invitation.send_time.into(),
        invitation.expire_time.into(),
    ]
}
