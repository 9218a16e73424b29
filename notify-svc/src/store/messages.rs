//! Table `messages`.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::Write;

use chrono::{DateTime, TimeDelta, Utc};
use platform::db::{self, Row, Sql, Tx};
use platform::lease::{Lease, Table};
use serde::Serialize;
use serde_json::{Value, json};
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
                recipient_name, language_code, variables, sealed_token, link_path, state, detail,
                message_id_header, turn, create_time, expire_time, traceparent)
            SELECT id, dedupe_key, organization_id, user_name, template, recipient_email, recipient_name,
                language_code, variables, decode(sealed_token, 'hex'), link_path, 'QUEUED', '',
                message_id_header, turn, create_time, expire_time, traceparent
            FROM jsonb_to_recordset($1) AS r(id uuid, dedupe_key text, organization_id uuid, user_name text,
                template text, recipient_email text, recipient_name text, language_code text, variables jsonb,
                sealed_token text, link_path text, message_id_header text, turn bigint,
                create_time timestamptz, expire_time timestamptz, traceparent text)
            ON CONFLICT (dedupe_key) DO NOTHING",
        sqlite: "INSERT INTO messages (id, dedupe_key, organization_id, user_name, template, recipient_email,
                recipient_name, language_code, variables, sealed_token, link_path, state, detail,
                message_id_header, turn, create_time, expire_time, traceparent)
            SELECT value ->> 'id', value ->> 'dedupe_key', value ->> 'organization_id', value ->> 'user_name',
                value ->> 'template', value ->> 'recipient_email', value ->> 'recipient_name',
                value ->> 'language_code', value -> 'variables', unhex(value ->> 'sealed_token'),
                value ->> 'link_path', 'QUEUED', '', value ->> 'message_id_header', value ->> 'turn',
                value ->> 'create_time', value ->> 'expire_time', value ->> 'traceparent'
            FROM jsonb_each($1) WHERE true
            ON CONFLICT (dedupe_key) DO NOTHING",
    };
    let rows: Vec<Value> = messages.iter().map(to_json).collect();
    tx.query(text).bind_json(&rows).execute().await
}

fn to_json(message: &Message) -> Value {
    json!({
        "id": message.id,
        "dedupe_key": message.dedupe_key,
        "organization_id": message.organization,
        "user_name": message.user,
        "template": message.template,
        "recipient_email": message.recipient_email,
        "recipient_name": message.recipient_name,
        "language_code": message.language_code,
        "variables": message.variables,
        "sealed_token": message.sealed_token.as_deref().map(hex),
        "link_path": message.link_path,
        "message_id_header": message.message_id_header,
        "turn": message.turn,
        "create_time": db::time_text(message.create_time),
        "expire_time": message.expire_time.map(db::time_text),
        "traceparent": message.traceparent,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The columns that [`read`] reads.
const COLUMNS: &str = "id, dedupe_key, organization_id, user_name, template, recipient_email, recipient_name,
    language_code, variables, sealed_token, link_path, message_id_header, turn, create_time, expire_time, traceparent";

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
    let variables = |value: Value| serde_json::from_value::<BTreeMap<String, String>>(value);
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
        create_time: row.get("create_time")?,
        expire_time: row.get("expire_time")?,
        traceparent: row.get("traceparent")?,
    })
}

/// What became of a message that was taken.
#[derive(Serialize)]
pub struct Fate<'a> {
    #[serde(flatten)]
    lease: Lease,
    state: &'static str,
    detail: &'a str,
    not_before: Option<String>,
}

impl<'a> Fate<'a> {
    /// After a try.
    pub fn of(lease: Lease, next: &'a Next) -> Self {
        match next {
            Next::Final(state, detail) => Self { lease, state: state.as_str(), detail, not_before: None },
            Next::Retry(time, detail) => {
                Self { lease, state: QUEUED, detail, not_before: Some(db::time_text(*time)) }
            }
        }
    }
}

/// Writes down what became of messages, each if it is still its worker's: its words are kept for people who
/// look, one that is final loses the token of its link, another goes back into the queue. Answers which.
pub async fn settle(tx: &mut Tx, fates: &[Fate<'_>], now: DateTime<Utc>) -> db::Result<HashSet<Uuid>> {
    let text = Sql {
        postgres: "UPDATE messages SET state = r.state, detail = r.detail, lease_owner = NULL,
                lease_until = r.not_before,
                end_time = CASE WHEN r.not_before IS NULL THEN $2::timestamptz END,
                sealed_token = CASE WHEN r.not_before IS NULL THEN NULL ELSE sealed_token END
            FROM jsonb_to_recordset($1) AS r(key uuid, owner uuid, attempt bigint, state text, detail text,
                not_before timestamptz)
            WHERE messages.id = r.key AND messages.state = 'QUEUED' AND lease_owner = r.owner
                AND lease_attempt = r.attempt
            RETURNING messages.id",
        sqlite: "WITH r AS MATERIALIZED (SELECT value ->> 'key' AS key, value ->> 'owner' AS owner,
                value ->> 'attempt' AS attempt, value ->> 'state' AS state, value ->> 'detail' AS detail,
                value ->> 'not_before' AS not_before FROM jsonb_each($1))
            UPDATE messages SET state = r.state, detail = r.detail, lease_owner = NULL,
                lease_until = r.not_before, end_time = CASE WHEN r.not_before IS NULL THEN $2 END,
                sealed_token = CASE WHEN r.not_before IS NULL THEN NULL ELSE sealed_token END
            FROM r WHERE messages.id = r.key AND messages.state = 'QUEUED' AND lease_owner = r.owner
                AND lease_attempt = r.attempt
            RETURNING messages.id",
    };
    let settled = tx.query(text).bind_json(fates).bind(now).all(|row| row.get("id")).await?;
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
