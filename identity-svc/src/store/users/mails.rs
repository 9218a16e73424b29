//! What became of the mails to users of one organization, in one statement.

use platform::db::{Result, Sql, Tx, Value};
use uuid::Uuid;

use crate::domain::invitation::State;

/// What became of the mail of one generation.
#[derive(Clone, Debug)]
pub struct Moved {
    /// The user.
    pub id: Uuid,
    /// Which of their mails.
    pub generation: i64,
    /// How far it is.
    pub state: State,
    /// The relay's words.
    pub detail: String,
}

/// Notes what became of mails, each unless a later one was sent or the invitation is over. A mail is in the
/// set once.
pub async fn moved(tx: &mut Tx, organization: Uuid, mails: &[Moved]) -> Result<u64> {
    // In the order in which invitations are written: the two can never wait for each other in a circle.
    let mut mails: Vec<&Moved> = mails.iter().collect();
    mails.sort_by_key(|mail| mail.id);
    // A table of its own: see sets.rs.
    tx.query(Sql {
        postgres: "UPDATE users SET invitation_state = r.state, invitation_detail = r.detail
            FROM (SELECT $1::uuid AS organization_id, given.* FROM unnest($2::uuid[],
                $3::bigint[], $4::text[], $5::text[]) AS given(id, generation, state, detail) OFFSET 0) AS r
            WHERE users.organization_id = r.organization_id AND users.id = r.id
                AND invitation_generation = r.generation
                AND invitation_state NOT IN ('ACCEPTED', 'REVOKED', 'NOT_SENT')",
        sqlite: "WITH r AS MATERIALIZED (SELECT $1 AS organization_id, value ->> 0 AS id,
                value ->> 1 AS generation, value ->> 2 AS state, value ->> 3 AS detail FROM jsonb_each($2))
            UPDATE users SET invitation_state = r.state, invitation_detail = r.detail
            FROM r WHERE users.organization_id = r.organization_id AND users.id = r.id
                AND invitation_generation = r.generation
                AND invitation_state NOT IN ('ACCEPTED', 'REVOKED', 'NOT_SENT')",
    })
    .bind(organization)
    .bind_rows(mails.into_iter().map(row))
    .execute()
    .await
}

fn row(mail: &Moved) -> [Value; 4] {
    [mail.id.into(), mail.generation.into(), mail.state.as_str().into(), (&mail.detail).into()]
}
