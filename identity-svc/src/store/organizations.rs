//! The table `organizations`, and the counter of account numbers.

use platform::db::{Result, Row, Sql, Tx};
use proto::filter::Filter;
use uuid::Uuid;

use crate::domain::organization::{self, Organization, Subtree};
use crate::domain::text;
use crate::store::memberships::TOPIC;
use crate::store::organizations::list::condition;

pub mod list;

/// The columns that [`read`] reads, of a table called `o`.
macro_rules! columns {
    () => {
        "o.id, o.account_number, o.parent_id, o.path, o.depth, o.display_name, o.default_language_code,
         o.admins_may_grant_admin, o.version, o.create_time, o.update_time"
    };
}
pub(super) use columns;

/// The next account number; a number is never given out twice (Q25), also when the transaction fails.
pub async fn next_account_number(tx: &mut Tx) -> Result<i64> {
    tx.query("UPDATE counters SET value = value + 1 WHERE name = 'account_number' RETURNING value")
        .value("value")
        .await
}

/// Writes a new organization.
pub async fn insert(tx: &mut Tx, organization: &Organization) -> Result<()> {
    tx.wake(TOPIC);
    let search_text = organization::search_text(&organization.display_name, organization.account_number);
    tx.query(
        "INSERT INTO organizations (id, account_number, parent_id, path, depth, display_name, sort_name,
             search_text, default_language_code, create_time, update_time)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
    )
    .bind(organization.id)
    .bind(organization.account_number)
    .bind(organization.parent)
    .bind(&organization.path)
    .bind(organization.depth)
    .bind(&organization.display_name)
    .bind(text::fold(&organization.display_name))
    .bind(search_text)
    .bind(&organization.default_language_code)
    .bind(organization.create_time)
    .execute()
    .await?;
    Ok(())
}

/// The organization.
pub async fn find(tx: &mut Tx, id: Uuid) -> Result<Option<Organization>> {
    tx.query(concat!("SELECT ", columns!(), " FROM organizations o WHERE o.id = $1"))
        .bind(id)
        .optional(read)
        .await
}

/// The organization, locked: first in every transaction that changes its users.
pub async fn lock(tx: &mut Tx, id: Uuid) -> Result<Option<Organization>> {
    tx.query(Sql {
        postgres: concat!("SELECT ", columns!(), " FROM organizations o WHERE o.id = $1 FOR UPDATE"),
        sqlite: concat!("SELECT ", columns!(), " FROM organizations o WHERE o.id = $1"),
    })
    .bind(id)
    .optional(read)
    .await
}

/// The organization, locked before invitations of its users are changed. Others may add users at the same
/// time; whoever else changes users has to wait, and makes us wait.
pub async fn lock_to_invite(tx: &mut Tx, id: Uuid) -> Result<Option<Organization>> {
    tx.query(Sql {
        postgres: concat!("SELECT ", columns!(), " FROM organizations o WHERE o.id = $1 FOR NO KEY UPDATE"),
        sqlite: concat!("SELECT ", columns!(), " FROM organizations o WHERE o.id = $1"),
    })
    .bind(id)
    .optional(read)
    .await
}

/// The organization, which stays as it is for others but for counters: before a user is added. Others may
/// add theirs or invite at the same time; whoever else changes users has to wait, and makes us wait.
pub async fn lock_to_add(tx: &mut Tx, id: Uuid) -> Result<Option<Organization>> {
    tx.query(Sql {
        postgres: concat!("SELECT ", columns!(), " FROM organizations o WHERE o.id = $1 FOR KEY SHARE"),
        sqlite: concat!("SELECT ", columns!(), " FROM organizations o WHERE o.id = $1"),
    })
    .bind(id)
    .optional(read)
    .await
}

/// Whether there is any organization: setup is over then.
pub async fn any(tx: &mut Tx) -> Result<bool> {
    let first =
        tx.query("SELECT id FROM organizations LIMIT 1").optional(|row| row.get::<Uuid>("id")).await?;
    Ok(first.is_some())
}

/// Raises the directory version: in each transaction that writes a user of the organization.
pub async fn bump_directory(tx: &mut Tx, id: Uuid) -> Result<i64> {
    tx.query(
        "UPDATE organizations SET directory_version = directory_version + 1 WHERE id = $1
         RETURNING directory_version",
    )
    .bind(id)
    .value("directory_version")
    .await
}

/// The directory version as it is.
pub async fn directory_version(tx: &mut Tx, id: Uuid) -> Result<i64> {
    tx.query("SELECT directory_version FROM organizations WHERE id = $1")
        .bind(id)
        .value("directory_version")
        .await
}

/// How many organizations a list holds over all its pages.
pub async fn count(tx: &mut Tx, visible: &[Subtree], editable: &[Subtree], filter: &Filter) -> Result<i64> {
    let (text, values) = condition(visible, editable, filter);
    let text =
        platform::db::Assembled::both(format!("SELECT count(*) AS n FROM organizations o WHERE {text}"));
    tx.query(text).bind_all(values).value("n").await
}

pub(super) fn read(row: &Row) -> Result<Organization> {
    Ok(Organization {
        id: row.get("id")?,
        account_number: row.get("account_number")?,
        parent: row.get("parent_id")?,
        path: row.get("path")?,
        depth: row.get("depth")?,
        display_name: row.get("display_name")?,
        default_language_code: row.get("default_language_code")?,
        admins_may_grant_admin: row.get("admins_may_grant_admin")?,
        version: row.get("version")?,
        create_time: row.get("create_time")?,
        update_time: row.get("update_time")?,
    })
}
