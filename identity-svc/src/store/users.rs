//! The table `users`.

use chrono::{DateTime, Utc};
use platform::db::{Query, Result, Row, Sql, Tx};
use uuid::Uuid;

use crate::domain::email::Email;
use crate::domain::invitation::{self, Invitation};
use crate::domain::name::Name;
use crate::domain::profile::Profile;
use crate::domain::role::Role;
use crate::domain::user::{Kind, Placed, User};
use crate::store::memberships::TOPIC;

pub mod batch;
mod filter;
pub mod list;
pub mod mails;
pub mod matches;
pub mod people;
pub mod search;
pub mod sets;
pub mod texts;

/// The columns that [`read`] reads, of a table called `u`.
macro_rules! columns {
    () => {
        "u.organization_id, u.id, u.account_id, u.email, u.given_name, u.family_name, u.display_name, u.title,
         u.office_phone, u.mobile_phone, u.fax, u.language_code, u.role, u.kind, u.active, u.portal_access,
         u.accepted_time, u.last_sign_in_time, u.invitation_state, u.invitation_generation,
         u.invitation_send_time, u.invitation_expire_time, u.invitation_send_count, u.invitation_detail,
         u.version, u.create_time, u.update_time"
    };
}
use columns;

/// Behind [`columns`]: what [`read_placed`] reads besides, and where from.
macro_rules! placed {
    () => {
        ", o.display_name AS organization_display_name, o.account_number
         FROM users u JOIN organizations o ON o.id = u.organization_id"
    };
}
use placed;

/// Writes a new user; false when the organization has one with this address.
pub async fn insert(tx: &mut Tx, user: &User) -> Result<bool> {
    if user.account.is_some() {
        tx.wake(TOPIC);
    }
    let query = tx.query(
        "INSERT INTO users (organization_id, id, account_id, email, given_name, family_name, display_name,
             title, office_phone, mobile_phone, fax, language_code, role, kind, active, portal_access,
             accepted_time, last_sign_in_time, invitation_state, invitation_generation, invitation_send_time,
             invitation_expire_time, invitation_send_count, invitation_detail, sort_name, search_text,
             update_time, create_time)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
             $21, $22, $23, $24, $25, $26, $27, $28)
         ON CONFLICT (organization_id, email) DO NOTHING",
    );
    Ok(bind(query, user).bind(user.create_time).execute().await? == 1)
}

/// Writes everything of a user that can change, and raises its version.
pub async fn update(tx: &mut Tx, user: &User) -> Result<u64> {
    tx.wake(TOPIC);
    let query = tx.query(
        "UPDATE users SET account_id = $3, email = $4, given_name = $5, family_name = $6, display_name = $7,
             title = $8, office_phone = $9, mobile_phone = $10, fax = $11, language_code = $12, role = $13,
             kind = $14, active = $15, portal_access = $16, accepted_time = $17, last_sign_in_time = $18,
             invitation_state = $19, invitation_generation = $20, invitation_send_time = $21,
             invitation_expire_time = $22, invitation_send_count = $23, invitation_detail = $24,
             sort_name = $25, search_text = $26, update_time = $27, version = version + 1
         WHERE organization_id = $1 AND id = $2",
    );
    bind(query, user).execute().await
}

/// The user.
pub async fn find(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<User>> {
    tx.query(concat!("SELECT ", columns!(), " FROM users u WHERE u.organization_id = $1 AND u.id = $2"))
        .bind(organization)
        .bind(id)
        .optional(read)
        .await
}

/// The user in its organization.
pub async fn find_placed(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<Placed>> {
    tx.query(concat!("SELECT ", columns!(), placed!(), " WHERE u.organization_id = $1 AND u.id = $2"))
        .bind(organization)
        .bind(id)
        .optional(read_placed)
        .await
}

/// The user, locked.
pub async fn lock(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<Option<User>> {
    tx.query(Sql {
        postgres: concat!(
            "SELECT ",
            columns!(),
            " FROM users u WHERE u.organization_id = $1 AND u.id = $2 FOR UPDATE"
        ),
        sqlite: concat!("SELECT ", columns!(), " FROM users u WHERE u.organization_id = $1 AND u.id = $2"),
    })
    .bind(organization)
    .bind(id)
    .optional(read)
    .await
}

/// The user of the organization with this address.
pub async fn find_by_email(tx: &mut Tx, organization: Uuid, email: &Email) -> Result<Option<User>> {
    tx.query(concat!("SELECT ", columns!(), " FROM users u WHERE u.organization_id = $1 AND u.email = $2"))
        .bind(organization)
        .bind(email.as_str())
        .optional(read)
        .await
}

/// The users of an account, wherever they are.
pub async fn of_account(tx: &mut Tx, account: Uuid) -> Result<Vec<User>> {
    tx.query(concat!(
        "SELECT ",
        columns!(),
        " FROM users u WHERE u.account_id = $1 ORDER BY u.organization_id"
    ))
    .bind(account)
    .all(read)
    .await
}

/// How many other active Owners the organization has (Q24).
pub async fn other_active_owners(tx: &mut Tx, organization: Uuid, id: Uuid) -> Result<i64> {
    tx.query(
        "SELECT count(*) AS n FROM users
         WHERE organization_id = $1 AND id <> $2 AND role = 'OWNER' AND active AND accepted_time IS NOT NULL",
    )
    .bind(organization)
    .bind(id)
    .value("n")
    .await
}

/// Notes a success of each user of the account that may sign in. No new version: nobody edited. A user who is
/// being edited is passed over: an edit has the user and wants the account, which a sign-in has already.
pub async fn signed_in(tx: &mut Tx, account: Uuid, now: DateTime<Utc>) -> Result<u64> {
    tx.query(Sql {
        postgres: "UPDATE users SET last_sign_in_time = $2
            WHERE account_id = $1 AND id = ANY(ARRAY(
                SELECT id FROM users WHERE account_id = $1 AND active FOR NO KEY UPDATE SKIP LOCKED))",
        sqlite: "UPDATE users SET last_sign_in_time = $2 WHERE account_id = $1 AND active",
    })
    .bind(account)
    .bind(now)
    .execute()
    .await
}

/// `$1` to `$27`.
fn bind<'t>(query: Query<'t>, user: &User) -> Query<'t> {
    let (profile, invitation) = (&user.profile, &user.invitation);
    query
        .bind(user.organization)
        .bind(user.id)
        .bind(user.account)
        .bind(user.email_text())
        .bind(&profile.name.given)
        .bind(&profile.name.family)
        .bind(&profile.name.display)
        .bind(&profile.title)
        .bind(&profile.office_phone)
        .bind(&profile.mobile_phone)
        .bind(&profile.fax)
        .bind(&profile.language_code)
        .bind(user.role.as_str())
        .bind(user.kind.as_str())
        .bind(user.active)
        .bind(user.portal_access)
        .bind(user.accepted_time)
        .bind(user.last_sign_in_time)
        .bind(invitation.state.as_str())
        .bind(invitation.generation)
        .bind(invitation.send_time)
        .bind(invitation.expire_time)
        .bind(invitation.send_count)
        .bind(&invitation.detail)
        .bind(profile.name.sort_key(user.email_text()))
        .bind(profile.name.search_text(user.email_text()))
        .bind(user.update_time)
}

fn read_placed(row: &Row) -> Result<Placed> {
    Ok(Placed {
        user: read(row)?,
        organization_display_name: row.get("organization_display_name")?,
        organization_account_number: row.get("account_number")?,
    })
}

fn read(row: &Row) -> Result<User> {
    let email: Option<String> = row.get("email")?;
    let email = email.map(|text| Email::parse(&text)).transpose();
    Ok(User {
        organization: row.get("organization_id")?,
        id: row.get("id")?,
        account: row.get("account_id")?,
        email: email.map_err(|problem| platform::db::Error::broken("users.email", problem))?,
        profile: read_profile(row)?,
        role: row.parse("role", Role::parse)?,
        kind: row.parse("kind", Kind::parse)?,
        active: row.get("active")?,
        portal_access: row.get("portal_access")?,
        accepted_time: row.get("accepted_time")?,
        last_sign_in_time: row.get("last_sign_in_time")?,
        invitation: read_invitation(row)?,
        version: row.get("version")?,
        create_time: row.get("create_time")?,
        update_time: row.get("update_time")?,
    })
}

fn read_profile(row: &Row) -> Result<Profile> {
    let name = Name {
        given: row.get("given_name")?,
        family: row.get("family_name")?,
        display: row.get("display_name")?,
    };
    Ok(Profile {
        name,
        title: row.get("title")?,
        office_phone: row.get("office_phone")?,
        mobile_phone: row.get("mobile_phone")?,
        fax: row.get("fax")?,
        language_code: row.get("language_code")?,
    })
}

fn read_invitation(row: &Row) -> Result<Invitation> {
    Ok(Invitation {
        state: row.parse("invitation_state", invitation::State::parse)?,
        generation: row.get("invitation_generation")?,
        send_time: row.get("invitation_send_time")?,
        expire_time: row.get("invitation_expire_time")?,
        send_count: row.get("invitation_send_count")?,
        detail: row.get("invitation_detail")?,
    })
}
