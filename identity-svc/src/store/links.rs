//! The table `links`.

use chrono::{DateTime, Utc};
use platform::db::{Error, Result, Row, Sql, Tx, Value};
use uuid::Uuid;

use crate::domain::email::Email;
use crate::domain::link::{Link, Purpose, Subject};

macro_rules! columns {
    () => {
        "hash, purpose, organization_id, user_id, account_id, email, generation, create_time, expire_time,
         used_time, revoked_time"
    };
}

/// Writes new links in one statement.
pub async fn insert(tx: &mut Tx, links: &[Link]) -> Result<()> {
    tx.query(Sql {
        postgres: "INSERT INTO links (hash, purpose, organization_id, user_id, account_id, email, generation,
                create_time, expire_time)
            SELECT * FROM unnest($1::bytea[], $2::text[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[],
                $7::bigint[], $8::timestamptz[], $9::timestamptz[])",
        sqlite: "INSERT INTO links (hash, purpose, organization_id, user_id, account_id, email, generation,
                create_time, expire_time)
            SELECT unhex(value ->> 0), value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
                value ->> 6, value ->> 7, value ->> 8
            FROM jsonb_each($1)",
    })
    .bind_rows(links.iter().map(row))
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

fn row(link: &Link) -> [Value; 9] {
    let (organization, user, account) = match link.subject {
        Subject::User { organization, user } => (Some(organization), Some(user), None),
        Subject::Account(account) => (None, None, Some(account)),
    };
    [
        link.hash.into(),
        link.purpose.as_str().into(),
        organization.into(),
        user.into(),
        account.into(),
        link.email.as_str().into(),
        link.generation.into(),
        link.create_time.into(),
        link.expire_time.into(),
    ]
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
