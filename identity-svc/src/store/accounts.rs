//! The table `accounts`.

use chrono::{DateTime, Utc};
use platform::db::{Result, Row, Sql, Tx};
use uuid::Uuid;

use crate::domain::account::Account;
use crate::domain::email::Email;
use crate::domain::stored_hash::StoredHash;

macro_rules! columns {
    () => {
        "id, email, password_hash, display_name, create_time"
    };
}

/// Writes a new account; false when the address has one.
pub async fn insert(tx: &mut Tx, account: &Account) -> Result<bool> {
    let written = tx
        .query(
            "INSERT INTO accounts (id, email, password_hash, display_name, create_time, update_time)
             VALUES ($1, $2, $3, $4, $5, $5) ON CONFLICT (email) DO NOTHING",
        )
        .bind(account.id)
        .bind(account.email.as_str())
        .bind(account.password.to_string())
        .bind(&account.display_name)
        .bind(account.create_time)
        .execute()
        .await?;
    Ok(written == 1)
}

/// The account.
pub async fn find(tx: &mut Tx, id: Uuid) -> Result<Option<Account>> {
    tx.query(concat!("SELECT ", columns!(), " FROM accounts WHERE id = $1")).bind(id).optional(read).await
}

/// The account, locked.
pub async fn lock(tx: &mut Tx, id: Uuid) -> Result<Option<Account>> {
    tx.query(Sql {
        postgres: concat!("SELECT ", columns!(), " FROM accounts WHERE id = $1 FOR UPDATE"),
        sqlite: concat!("SELECT ", columns!(), " FROM accounts WHERE id = $1"),
    })
    .bind(id)
    .optional(read)
    .await
}

/// The account with this address.
pub async fn find_by_email(tx: &mut Tx, email: &Email) -> Result<Option<Account>> {
    tx.query(concat!("SELECT ", columns!(), " FROM accounts WHERE email = $1"))
        .bind(email.as_str())
        .optional(read)
        .await
}

/// Replaces the password.
pub async fn set_password(tx: &mut Tx, id: Uuid, password: &StoredHash, now: DateTime<Utc>) -> Result<u64> {
    tx.query("UPDATE accounts SET password_hash = $2, update_time = $3 WHERE id = $1")
        .bind(id)
        .bind(password.to_string())
        .bind(now)
        .execute()
        .await
}

/// Replaces the address.
pub async fn set_email(tx: &mut Tx, id: Uuid, email: &Email, now: DateTime<Utc>) -> Result<u64> {
    tx.query("UPDATE accounts SET email = $2, update_time = $3 WHERE id = $1")
        .bind(id)
        .bind(email.as_str())
        .bind(now)
        .execute()
        .await
}

fn read(row: &Row) -> Result<Account> {
    Ok(Account {
        id: row.get("id")?,
        email: row.parse("email", |text: String| Email::parse(&text))?,
        password: row.parse("password_hash", |text: String| StoredHash::parse(&text))?,
        display_name: row.get("display_name")?,
        create_time: row.get("create_time")?,
    })
}
