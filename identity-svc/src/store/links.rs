//! The table `links`.

use chrono::{DateTime, Utc};
use platform::db::{Error, Result, Row, Sql, Tx, time_text};
use serde::Serialize;
use uuid::Uuid;

use crate::domain::email::Email;
use crate::domain::link::{Link, Purpose, Subject};

macro_rules! columns {
    () => {
        "hash, purpose, organization_id, user_id, account_id, email, generation, create_time, expire_time,
         used_time, revoked_time"
    };
}

#[derive(Serialize)]
struct New<'a> {
    hash: String,
    purpose: &'static str,
    organization_id: Option<Uuid>,
    user_id: Option<Uuid>,
    account_id: Option<Uuid>,
    email: &'a str,
    generation: i64,
    create_time: String,
    expire_time: String,
}

/// Writes new links in one statement.
pub async fn insert(tx: &mut Tx, links: &[Link]) -> Result<()> {
    let rows: Vec<New<'_>> = links.iter().map(new).collect();
    tx.query(Sql {
        postgres: "INSERT INTO links (hash, purpose, organization_id, user_id, account_id, email, generation,
                create_time, expire_time)
            SELECT decode(r.hash, 'hex'), r.purpose, r.organization_id, r.user_id, r.account_id, r.email,
                r.generation, r.create_time, r.expire_time
            FROM jsonb_to_recordset($1) AS r(hash text, purpose text, organization_id uuid, user_id uuid,
                account_id uuid, email text, generation bigint, create_time timestamptz, expire_time timestamptz)",
        sqlite: "INSERT INTO links (hash, purpose, organization_id, user_id, account_id, email, generation,
                create_time, expire_time)
            SELECT unhex(value ->> 'hash'), value ->> 'purpose', value ->> 'organization_id', value ->> 'user_id',
                value ->> 'account_id', value ->> 'email', value ->> 'generation', value ->> 'create_time',
                value ->> 'expire_time'
            FROM jsonb_each($1)",
    })
    .bind_json(&rows)
    .execute()
    .await?;
    Ok(())
}

/// The link with this hash.
pub async fn find(tx: &mut Tx, hash: [u8; 32]) -> Result<Option<Link>> {
    tx.query(concat!("SELECT ", columns!(), " FROM links WHERE hash = $1")).bind(hash).optional(read).await
}

/// Uses the link up: one conditional update, so that of any number of tries at once one wins.
pub async fn redeem(tx: &mut Tx, hash: [u8; 32], purpose: Purpose, now: DateTime<Utc>) -> Result<bool> {
    let changed = tx
        .query(
            "UPDATE links SET used_time = $2
             WHERE hash = $1 AND purpose = $3 AND used_time IS NULL AND revoked_time IS NULL AND expire_time > $2",
        )
        .bind(hash)
        .bind(now)
        .bind(purpose.as_str())
        .execute()
        .await?;
    Ok(changed == 1)
}

/// Voids what is left of a user's invitation links.
pub async fn revoke_of_user(tx: &mut Tx, organization: Uuid, user: Uuid, now: DateTime<Utc>) -> Result<u64> {
    tx.query(
        "UPDATE links SET revoked_time = $3
         WHERE organization_id = $1 AND user_id = $2 AND used_time IS NULL AND revoked_time IS NULL",
    )
    .bind(organization)
    .bind(user)
    .bind(now)
    .execute()
    .await
}

/// Voids what is left of an account's password reset links.
pub async fn revoke_of_account(tx: &mut Tx, account: Uuid, now: DateTime<Utc>) -> Result<u64> {
    tx.query(
        "UPDATE links SET revoked_time = $2
         WHERE account_id = $1 AND used_time IS NULL AND revoked_time IS NULL",
    )
    .bind(account)
    .bind(now)
    .execute()
    .await
}

/// Forgets links whose fate nobody needs any more.
pub async fn clean(tx: &mut Tx, expired_before: DateTime<Utc>) -> Result<u64> {
    tx.query("DELETE FROM links WHERE expire_time <= $1").bind(expired_before).execute().await
}

fn new(link: &Link) -> New<'_> {
    let (organization_id, user_id, account_id) = match link.subject {
        Subject::User { organization, user } => (Some(organization), Some(user), None),
        Subject::Account(account) => (None, None, Some(account)),
    };
    New {
        hash: link.hash.iter().map(|byte| format!("{byte:02x}")).collect(),
        purpose: link.purpose.as_str(),
        organization_id,
        user_id,
        account_id,
        email: link.email.as_str(),
        generation: link.generation,
        create_time: time_text(link.create_time),
        expire_time: time_text(link.expire_time),
    }
}

fn read(row: &Row) -> Result<Link> {
    Ok(Link {
        hash: row.parse("hash", |bytes: Vec<u8>| <[u8; 32]>::try_from(bytes).map_err(|_| "not 32 bytes"))?,
        purpose: row.parse("purpose", Purpose::parse)?,
        subject: subject(row)?,
        email: row.parse("email", |text: String| Email::parse(&text))?,
        generation: row.get("generation")?,
        create_time: row.get("create_time")?,
        expire_time: row.get("expire_time")?,
        used_time: row.get("used_time")?,
        revoked_time: row.get("revoked_time")?,
    })
}

fn subject(row: &Row) -> Result<Subject> {
    let organization: Option<Uuid> = row.get("organization_id")?;
    let user: Option<Uuid> = row.get("user_id")?;
    let account: Option<Uuid> = row.get("account_id")?;
    match (organization.zip(user), account) {
        (Some((organization, user)), None) => Ok(Subject::User { organization, user }),
        (None, Some(account)) => Ok(Subject::Account(account)),
        _ => Err(Error::broken("links", "it belongs to neither a user nor an account")),
    }
}
