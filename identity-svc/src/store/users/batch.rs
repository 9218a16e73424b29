//! New users of any kind, in one statement.

use std::collections::HashSet;

use platform::db::{Result, Sql, Tx, Value};
use uuid::Uuid;

use crate::domain::user::User;
use crate::store::memberships::TOPIC;

/// Writes new users, never signed in and never invited; answers whom, all but those whose organization has a
/// user with their address.
pub async fn insert(tx: &mut Tx, users: &[&User]) -> Result<HashSet<Uuid>> {
    if users.is_empty() {
        return Ok(HashSet::new());
    }
    if users.iter().any(|user| user.account.is_some()) {
        tx.wake(TOPIC);
    }
    let mut users = users.to_vec();
    // Two who add the same people at the same time wait for each other in one order.
    users.sort_by_key(|user| user.email_text());
    let text = Sql {
        postgres: "INSERT INTO users (organization_id, id, account_id, email, given_name, family_name,
                display_name, title, office_phone, mobile_phone, fax, language_code, role, kind, active,
                portal_access, accepted_time, invitation_state, sort_name, search_text, create_time, update_time)
            SELECT r.*, r.create_time FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[],
                $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[],
                $14::text[], $15::boolean[], $16::boolean[], $17::timestamptz[], $18::text[], $19::text[],
                $20::text[], $21::timestamptz[])
            AS r(organization_id, id, account_id, email, given_name, family_name, display_name, title,
                office_phone, mobile_phone, fax, language_code, role, kind, active, portal_access, accepted_time,
                invitation_state, sort_name, search_text, create_time)
            ON CONFLICT (organization_id, email) DO NOTHING RETURNING id",
        sqlite: "INSERT INTO users (organization_id, id, account_id, email, given_name, family_name,
                display_name, title, office_phone, mobile_phone, fax, language_code, role, kind, active,
                portal_access, accepted_time, invitation_state, sort_name, search_text, create_time, update_time)
            SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
                value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11, value ->> 12, value ->> 13,
                value ->> 14, value ->> 15, value ->> 16, value ->> 17, value ->> 18, value ->> 19, value ->> 20,
                value ->> 20
            FROM jsonb_each($1) WHERE true
            ON CONFLICT (organization_id, email) DO NOTHING RETURNING id",
    };
    let written = tx.query(text).bind_rows(users.into_iter().map(row)).all(|row| row.get("id")).await?;
    Ok(written.into_iter().collect())
}

/// In the order of the columns above.
fn row(user: &User) -> [Value; 21] {
    let (profile, name) = (&user.profile, &user.profile.name);
    [
        user.organization.into(),
        user.id.into(),
        user.account.into(),
        user.email_text().into(),
        (&name.given).into(),
        (&name.family).into(),
        (&name.display).into(),
        (&profile.title).into(),
        (&profile.office_phone).into(),
        (&profile.mobile_phone).into(),
        (&profile.fax).into(),
        (&profile.language_code).into(),
        user.role.as_str().into(),
        user.kind.as_str().into(),
        user.active.into(),
        user.portal_access.into(),
        user.accepted_time.into(),
        user.invitation.state.as_str().into(),
        name.sort_key(user.email_text()).into(),
        name.search_text(user.email_text()).into(),
        user.create_time.into(),
    ]
}
