//! What became of the mails to users of one organization, in one statement.

use platform::db::{Result, Sql, Tx};
use serde::Serialize;
use uuid::Uuid;

use crate::domain::invitation::State;

/// What became of the mail of one generation.
#[derive(Clone, Debug, Serialize)]
pub struct Moved {
    /// The user.
    pub id: Uuid,
    /// Which of their mails.
    pub generation: i64,
    /// How far it is.
    #[serde(serialize_with = "text")]
    pub state: State,
    /// The relay's words.
    pub detail: String,
}

fn text<S: serde::Serializer>(state: &State, out: S) -> std::result::Result<S::Ok, S::Error> {
    out.serialize_str(state.as_str())
}

/// Notes what became of mails, each unless a later one was sent or the invitation is over. A mail is in the
/// set once.
pub async fn moved(tx: &mut Tx, organization: Uuid, mails: &[Moved]) -> Result<u64> {
    // A table of its own: see sets.rs.
    tx.query(Sql {
        postgres: "UPDATE users SET invitation_state = r.state, invitation_detail = r.detail
            FROM (SELECT $1::uuid AS organization_id, given.* FROM jsonb_to_recordset($2)
                AS given(id uuid, generation bigint, state text, detail text) OFFSET 0) AS r
            WHERE users.organization_id = r.organization_id AND users.id = r.id
                AND invitation_generation = r.generation
                AND invitation_state NOT IN ('ACCEPTED', 'REVOKED', 'NOT_SENT')",
        sqlite: "WITH r AS MATERIALIZED (SELECT $1 AS organization_id, value ->> 'id' AS id,
                value ->> 'generation' AS generation, value ->> 'state' AS state, value ->> 'detail' AS detail
                FROM jsonb_each($2))
            UPDATE users SET invitation_state = r.state, invitation_detail = r.detail
            FROM r WHERE users.organization_id = r.organization_id AND users.id = r.id
                AND invitation_generation = r.generation
                AND invitation_state NOT IN ('ACCEPTED', 'REVOKED', 'NOT_SENT')",
    })
    .bind(organization)
    .bind_json(mails)
    .execute()
    .await
}
