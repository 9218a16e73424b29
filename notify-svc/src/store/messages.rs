//! Table `messages`.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{DateTime, TimeDelta, Utc};
use platform::db::{self, Row, Sql, Tx, Value};
use platform::lease::{Lease, Table};
use serde_json::json;
use uuid::Uuid;

use crate::domain::message::{Message, Next};

/// The state of a message that is not final.
const QUEUED: &str = "QUEUED";

/// Messages that wait for their turn. A way out must be done within the term; what a killed process
/// held goes on when it has passed.
pub const fn queue(term: TimeDelta) -> Table {
    Table { name: "messages", key: "id", ready: "state = 'QUEUED'", order: "turn, create_time", term }
}

/// The turn that the next message of each organization gets; the nil one stands for those of none.
/// Behind the last of its own that waits, and never before the turn that the queue has come to: that of the
/// first that was not tried yet, or, where all were put off, of the first that was.
pub async fn next_turns(tx: &mut Tx, organizations: &BTreeSet<Uuid>) -> db::Result<BTreeMap<Uuid, i64>> {
    // The nil organization is written out: an index is found by its expression, not by a parameter's value.
    macro_rules! turns {
        ($lines:literal) => {
            concat!(
                "SELECT line,
                    coalesce((SELECT turn FROM messages WHERE state = 'QUEUED' AND lease_attempt = 0
                            ORDER BY turn LIMIT 1),
                        (SELECT turn FROM messages WHERE state = 'QUEUED' ORDER BY turn LIMIT 1), 0) AS present,
                    (SELECT max(turn) FROM messages WHERE state = 'QUEUED'
                        AND coalesce(organization_id, '00000000-0000-0000-0000-000000000000') = line) AS last
                FROM ",
                $lines
            )
        };
    }
    let text = Sql {
        postgres: turns!("(SELECT value::uuid AS line FROM jsonb_array_elements_text($1)) AS lines"),
        sqlite: turns!("(SELECT value AS line FROM jsonb_each($1)) AS lines"),
    };
    let read = |row: &Row| {
        let last: Option<i64> = row.get("last")?;
        Ok((row.get("line")?, row.get::<i64>("present")?.max(last.map_or(0, |last| last + 1))))
    };
    Ok(tx.query(text).bind_json(organizations).all(read).await?.into_iter().collect())
}

/// Writes new messages down; those whose dedupe key is known stay as they are.
pub async fn insert(tx: &mut Tx, messages: &[Message]) -> db::Result<u64> {
    let text = Sql {
        postgres:
            "INSERT INTO messages (id, dedupe_key, organization_id, user_name, template, recipient_email,
                recipient_name, language_code, variables, sealed_token, link_path, message_id_header,
                turn, create_time, expire_time, traceparent, state, detail)
            SELECT r.*, 'QUEUED', ''
            FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[],
                $8::text[], $9::jsonb[], $10::bytea[], $11::text[], $12::text[], $13::bigint[],
                $14::timestamptz[], $15::timestamptz[], $16::text[]) AS r
            ON CONFLICT (dedupe_key) DO NOTHING",
        sqlite: "INSERT INTO messages (id, dedupe_key, organization_id, user_name, template, recipient_email,
                recipient_name, language_code, variables, sealed_token, link_path, message_id_header,
                turn, create_time, expire_time, traceparent, state, detail)
            SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
                value ->> 7, value -> 8, unhex(value ->> 9), value ->> 10, value ->> 11, value ->> 12,
                value ->> 13, value ->> 14, value ->> 15, 'QUEUED', ''
            FROM jsonb_each($1) WHERE true
            ON CONFLICT (dedupe_key) DO NOTHING",
    };
    tx.query(text).bind_rows(messages.iter().map(row)).execute().await
}

/// In the order of [`COLUMNS`].
fn row(message: &Message) -> [Value; 16] {
    [
        message.id.into(),
        (&message.dedupe_key).into(),
        message.organization.into(),
        (&message.user).into(),
        (&message.template).into(),
        (&message.recipient_email).into(),
        (&message.recipient_name).into(),
        (&message.language_code).into(),
        json!(message.variables).into(),
        message.sealed_token.as_deref().into(),
        (&message.link_path).into(),
        (&message.message_id_header).into(),
        message.turn.into(),
        message.create_time.into(),
        message.expire_time.into(),
        message.traceparent.as_deref().into(),
    ]
}

/// The columns that [`read`] reads.
const COLUMNS: &str = "id, dedupe_key, organization_id, user_name, template, recipient_email, recipient_name,
    language_code, variables, sealed_token, link_path, message_id_header, turn, in_doubt, create_time, expire_time,
    traceparent";

/// Takes up to `limit` messages that wait, in no order.
pub async fn take(
    tx: &mut Tx,
    queue: &Table,
    owner: Uuid,
    limit: i64,
    now: DateTime<Utc>,
) -> db::Result<Vec<(Lease, Message)>> {
    queue.take_with(tx, (owner, limit, now), COLUMNS, read).await
}

fn read(row: &Row) -> db::Result<Message> {
    let variables = |value: serde_json::Value| serde_json::from_value::<BTreeMap<String, String>>(value);
    Ok(Message {
        id: row.get("id")?,
        dedupe_key: row.get("dedupe_key")?,
        organization: row.get("organization_id")?,
        user: row.get("user_name")?,
        template: row.get("template")?,
        recipient_email: row.get("recipient_email")?,
        recipient_name: row.get("recipient_name")?,
        language_code: row.get("language_code")?,
        variables: row.parse("variables", variables)?,
        sealed_token: row.get("sealed_token")?,
        link_path: row.get("link_path")?,
        message_id_header: row.get("message_id_header")?,
        turn: row.get("turn")?,
        in_doubt: row.get("in_doubt")?,
        create_time: row.get("create_time")?,
        expire_time: row.get("expire_time")?,
        traceparent: row.get("traceparent")?,
    })
}

/// What became of a message that was taken.
pub struct Fate<'a> {
    lease: Lease,
    state: &'static str,
    detail: &'a str,
    not_before: Option<DateTime<Utc>>,
    in_doubt: bool,
}

impl<'a> Fate<'a> {
    /// After a try.
    pub fn of(lease: Lease, next: &'a Next) -> Self {
        let (state, detail, not_before) = match next {
            Next::Final(state, detail) => (state.as_str(), detail, None),
            Next::Retry(time, detail) | Next::Repeat(time, detail) => (QUEUED, detail, Some(*time)),
        };
        Self { lease, state, detail, not_before, in_doubt: matches!(next, Next::Repeat(..)) }
    }

    fn row(&self) -> [Value; 7] {
        let Lease { key, owner, attempt } = self.lease;
        [
            key.into(),
            owner.into(),
            attempt.into(),
            self.state.into(),
            self.detail.into(),
            self.not_before.into(),
            self.in_doubt.into(),
        ]
    }
}

/// Writes down what became of messages, each if it is still its worker's: its words are kept for people who
/// look, one that is final loses the token of its link, another goes back into the queue. Answers which.
pub async fn settle(tx: &mut Tx, fates: &[Fate<'_>], now: DateTime<Utc>) -> db::Result<HashSet<Uuid>> {
    let text = Sql {
        postgres: "UPDATE messages SET state = r.state, detail = r.detail, lease_owner = NULL,
                lease_until = r.not_before, in_doubt = messages.in_doubt OR r.in_doubt,
                end_time = CASE WHEN r.not_before IS NULL THEN $1::timestamptz END,
                sealed_token = CASE WHEN r.not_before IS NULL THEN NULL ELSE sealed_token END
            FROM unnest($2::uuid[], $3::uuid[], $4::bigint[], $5::text[], $6::text[], $7::timestamptz[],
                $8::boolean[]) AS r(key, owner, attempt, state, detail, not_before, in_doubt)
            WHERE messages.id = r.key AND messages.state = 'QUEUED' AND lease_owner = r.owner
                AND lease_attempt = r.attempt
            RETURNING messages.id",
        sqlite:
            "WITH r AS MATERIALIZED (SELECT value ->> 0 AS key, value ->> 1 AS owner, value ->> 2 AS attempt,
                value ->> 3 AS state, value ->> 4 AS detail, value ->> 5 AS not_before,
                value ->> 6 AS in_doubt FROM jsonb_each($2))
            UPDATE messages SET state = r.state, detail = r.detail, lease_owner = NULL,
                lease_until = r.not_before, in_doubt = messages.in_doubt OR r.in_doubt,
                end_time = CASE WHEN r.not_before IS NULL THEN $1 END,
                sealed_token = CASE WHEN r.not_before IS NULL THEN NULL ELSE sealed_token END
            FROM r WHERE messages.id = r.key AND messages.state = 'QUEUED' AND lease_owner = r.owner
                AND lease_attempt = r.attempt
            RETURNING messages.id",
    };
    let query = tx.query(text).bind(now).bind_rows(fates.iter().map(Fate::row));
    let settled = query.all(|row| row.get("id")).await?;
    Ok(settled.into_iter().collect())
}

/// How many are still waiting, and how many keep a token though they are final.
pub async fn unfinished(tx: &mut Tx) -> db::Result<(i64, i64)> {
    let waiting = tx.query("SELECT count(*) AS n FROM messages WHERE state = 'QUEUED'").value("n").await?;
    let leaking = tx
        .query("SELECT count(*) AS n FROM messages WHERE state <> 'QUEUED' AND sealed_token IS NOT NULL")
        .value("n")
        .await?;
    Ok((waiting, leaking))
}
