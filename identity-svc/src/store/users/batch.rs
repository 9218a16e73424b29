//! New users of any kind, in one statement.

use std::collections::HashSet;

use platform::db::{Result, Sql, Tx, time_text};
use serde::Serialize;
use uuid::Uuid;

use super::sets;
use crate::domain::user::User;
use crate::store::memberships::TOPIC;

/// A user that was never signed in and never invited.
#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    profile: sets::Row<'a>,
    organization_id: Uuid,
    account_id: Option<Uuid>,
    role: &'static str,
    kind: &'static str,
    active: bool,
    portal_access: bool,
    accepted_time: Option<String>,
    invitation_state: &'static str,
    create_time: String,
}

/// Writes new users; answers whom, all but those whose organization has a user with their address.
pub async fn insert(tx: &mut Tx, users: &[&User]) -> Result<HashSet<Uuid>> {
    if users.is_empty() {
        return Ok(HashSet::new());
    }
    if users.iter().any(|user| user.account.is_some()) {
        tx.wake(TOPIC);
    }
    let mut rows: Vec<Row<'_>> = users.iter().map(|user| row(user)).collect();
    // Two who add the same people at the same time wait for each other in one order.
    rows.sort_by_key(|row| row.profile.email());
    let text = Sql {
        postgres: "INSERT INTO users (organization_id, id, account_id, email, given_name, family_name,
                display_name, title, office_phone, mobile_phone, fax, language_code, role, kind, active,
                portal_access, accepted_time, invitation_state, sort_name, search_text, create_time, update_time)
            SELECT r.organization_id, r.id, r.account_id, r.email, r.given_name, r.family_name, r.display_name,
                r.title, r.office_phone, r.mobile_phone, r.fax, r.language_code, r.role, r.kind, r.active,
                r.portal_access, r.accepted_time, r.invitation_state, r.sort_name, r.search_text, r.create_time,
                r.create_time
            FROM jsonb_to_recordset($1) AS r(organization_id uuid, id uuid, account_id uuid, email text,
                given_name text, family_name text, display_name text, title text, office_phone text,
                mobile_phone text, fax text, language_code text, role text, kind text, active boolean,
                portal_access boolean, accepted_time timestamptz, invitation_state text, sort_name text,
                search_text text, create_time timestamptz)
            ON CONFLICT (organization_id, email) DO NOTHING RETURNING id",
        sqlite: "INSERT INTO users (organization_id, id, account_id, email, given_name, family_name,
                display_name, title, office_phone, mobile_phone, fax, language_code, role, kind, active,
                portal_access, accepted_time, invitation_state, sort_name, search_text, create_time, update_time)
            SELECT value ->> 'organization_id', value ->> 'id', value ->> 'account_id', value ->> 'email',
                value ->> 'given_name', value ->> 'family_name', value ->> 'display_name', value ->> 'title',
                value ->> 'office_phone', value ->> 'mobile_phone', value ->> 'fax', value ->> 'language_code',
                value ->> 'role', value ->> 'kind', value ->> 'active', value ->> 'portal_access',
                value ->> 'accepted_time', value ->> 'invitation_state', value ->> 'sort_name',
                value ->> 'search_text', value ->> 'create_time', value ->> 'create_time'
            FROM jsonb_each($1) WHERE true
            ON CONFLICT (organization_id, email) DO NOTHING RETURNING id",
    };
    let written = tx.query(text).bind_json(&rows).all(|row| row.get("id")).await?;
    Ok(written.into_iter().collect())
}

fn row(user: &User) -> Row<'_> {
    Row {
        profile: sets::row(user),
        organization_id: user.organization,
        account_id: user.account,
        role: user.role.as_str(),
        kind: user.kind.as_str(),
        active: user.active,
        portal_access: user.portal_access,
        accepted_time: user.accepted_time.map(time_text),
        invitation_state: user.invitation.state.as_str(),
        create_time: time_text(user.create_time),
    }
}
