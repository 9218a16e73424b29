//! Table `mailbox`: the development mailbox.

use chrono::{DateTime, Utc};
use platform::db::{self, Assembled, Row, Sql, Tx, Value};
use uuid::Uuid;

use crate::domain::search::Search;

/// A mail as it would have been sent.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The message's id.
    pub id: Uuid,
    /// Sender.
    pub from_email: String,
    /// Recipient.
    pub recipient_email: String,
    /// One line.
    pub subject: String,
    /// text/plain.
    pub text_body: String,
    /// text/html.
    pub html_body: String,
    /// The link in it; empty when there is none.
    pub link: String,
    /// RFC 5322 Message-ID.
    pub message_id_header: String,
    /// When it came.
    pub receive_time: DateTime<Utc>,
}

/// Puts mails in; the same message twice is one mail.
pub async fn insert(tx: &mut Tx, mails: &[&Mail]) -> db::Result<u64> {
    tx.query(Sql {
        postgres: "INSERT INTO mailbox (id, from_email, recipient_email, subject, text_body, html_body, link,
                message_id_header, receive_time)
            SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                $7::text[], $8::text[], $9::timestamptz[])
            ON CONFLICT (id) DO NOTHING",
        sqlite: "INSERT INTO mailbox (id, from_email, recipient_email, subject, text_body, html_body, link,
                message_id_header, receive_time)
            SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
                value ->> 7, value ->> 8
            FROM jsonb_each($1) WHERE true
            ON CONFLICT (id) DO NOTHING",
    })
    .bind_rows(mails.iter().map(|mail| row(mail)))
    .execute()
    .await
}

fn row(mail: &Mail) -> [Value; 9] {
    [
        mail.id.into(),
        (&mail.from_email).into(),
        (&mail.recipient_email).into(),
        (&mail.subject).into(),
        (&mail.text_body).into(),
        (&mail.html_body).into(),
        (&mail.link).into(),
        (&mail.message_id_header).into(),
        mail.receive_time.into(),
    ]
}

/// What a search finds, newest first, those before `before`.
pub async fn page(tx: &mut Tx, search: &Search, before: Uuid, limit: i64) -> db::Result<Vec<Mail>> {
    let (found, text) = found_by(search, "$3");
    let page =
        |found: String| format!("SELECT * FROM mailbox WHERE id < $1 AND {found} ORDER BY id DESC LIMIT $2");
    tx.query(Assembled { postgres: page(found.postgres), sqlite: page(found.sqlite) })
        .bind(before)
        .bind(limit)
        .bind_all(text)
        .all(read)
        .await
}

/// How many a search finds.
pub async fn count(tx: &mut Tx, search: &Search) -> db::Result<i64> {
    let (found, text) = found_by(search, "$1");
    let count = |found: String| format!("SELECT count(*) AS n FROM mailbox WHERE {found}");
    tx.query(Assembled { postgres: count(found.postgres), sqlite: count(found.sqlite) })
        .bind_all(text)
        .value("n")
        .await
}

/// The condition that a search makes, and its text, which the condition calls `text`.
///
/// A position and no `LIKE`, so that every sign of the text stands for itself. `COLLATE "C"` folds ASCII
/// alone, as SQLite does.
fn found_by(search: &Search, text: &str) -> (Assembled, Option<Value>) {
    match search {
        Search::All => (Assembled::both("TRUE"), None),
        Search::Address(address) => {
            (Assembled::both(format!("recipient_email = {text}")), Some(address.into()))
        }
        Search::Part(part) => {
            let postgres = format!(
                "(strpos(lower(recipient_email COLLATE \"C\"), {text}) > 0
                    OR strpos(lower(subject COLLATE \"C\"), {text}) > 0)"
            );
            let sqlite =
                format!("(instr(lower(recipient_email), {text}) > 0 OR instr(lower(subject), {text}) > 0)");
            (Assembled { postgres, sqlite }, Some(part.into()))
        }
    }
}

/// One mail.
pub async fn find(tx: &mut Tx, id: Uuid) -> db::Result<Option<Mail>> {
    tx.query("SELECT * FROM mailbox WHERE id = $1").bind(id).optional(read).await
}

fn read(row: &Row) -> db::Result<Mail> {
    Ok(Mail {
        id: row.get("id")?,
        from_email: row.get("from_email")?,
        recipient_email: row.get("recipient_email")?,
        subject: row.get("subject")?,
        text_body: row.get("text_body")?,
        html_body: row.get("html_body")?,
        link: row.get("link")?,
        message_id_header: row.get("message_id_header")?,
        receive_time: row.get("receive_time")?,
    })
}
