//! Active, accepted users seen from the person or client behind them: where rights come from.

use platform::db::{Result, Row, Tx};
use uuid::Uuid;

use crate::domain::organization::Subtree;
use crate::domain::permission::Membership;
use crate::domain::role::Role;

/// Rings when a commit may have changed what somebody may do, or whether they are let in: by an account, a
/// session, a user's boxes, or an organization that was not there.
pub const TOPIC: &str = "identity.rights";

/// Whose memberships.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Holder {
    /// A signed-in person: all of theirs.
    Account(Uuid),
    /// An API key that acts as one user: this one alone.
    User {
        /// The user's organization.
        organization: Uuid,
        /// The user.
        user: Uuid,
    },
}

/// A membership with the tree below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rooted {
    /// The membership.
    pub membership: Membership,
    /// What its rights reach.
    pub subtree: Subtree,
}

/// A membership as a person sees it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The user.
    pub user: Uuid,
    /// The membership.
    pub membership: Membership,
    /// The organization's name.
    pub organization_display_name: String,
    /// The number beside it.
    pub organization_account_number: i64,
}

/// The users of a [`Holder`], each branch by its own index: of an OR that is joined, a plan for a small table
/// begins at the organizations and walks all users of each.
macro_rules! held {
    ($account:literal, $organization:literal, $user:literal) => {
        concat!(
            "WITH held AS MATERIALIZED (
                SELECT organization_id, role, portal_access FROM users
                WHERE account_id = ",
            $account,
            " AND active AND accepted_time IS NOT NULL
                UNION ALL
                SELECT organization_id, role, portal_access FROM users
                WHERE organization_id = ",
            $organization,
            " AND id = ",
            $user,
            " AND active AND accepted_time IS NOT NULL) "
        )
    };
}

/// Memberships in the organization and above it.
pub async fn over(tx: &mut Tx, holder: Holder, organization: Uuid) -> Result<Vec<Membership>> {
    let (account, member) = holder.keys();
    tx.query(concat!(
        held!("$2", "$3", "$4"),
        "SELECT u.organization_id, u.role, u.portal_access
         FROM held u
         JOIN organizations o ON o.id = u.organization_id
         JOIN organizations target ON target.id = $1
         WHERE substr(target.path, 1, length(o.path)) = o.path",
    ))
    .bind(organization)
    .bind(account)
    .bind(member.map(|(organization, _)| organization))
    .bind(member.map(|(_, user)| user))
    .all(read)
    .await
}

/// All memberships, with the tree below each.
pub async fn rooted(tx: &mut Tx, holder: Holder) -> Result<Vec<Rooted>> {
    let (account, member) = holder.keys();
    tx.query(concat!(
        held!("$1", "$2", "$3"),
        "SELECT u.organization_id, u.role, u.portal_access, o.path
         FROM held u JOIN organizations o ON o.id = u.organization_id",
    ))
    .bind(account)
    .bind(member.map(|(organization, _)| organization))
    .bind(member.map(|(_, user)| user))
    .all(|row| {
        let path: String = row.get("path")?;
        Ok(Rooted { membership: read(row)?, subtree: Subtree::of(&path) })
    })
    .await
}

/// A person's memberships by organization name, at most 100.
pub async fn shown(tx: &mut Tx, account: Uuid) -> Result<Vec<Shown>> {
    tx.query(
        "SELECT u.id, u.organization_id, u.role, u.portal_access, o.display_name, o.account_number
         FROM users u JOIN organizations o ON o.id = u.organization_id
         WHERE u.account_id = $1 AND u.active AND u.accepted_time IS NOT NULL
         ORDER BY o.sort_name, o.id LIMIT 100",
    )
    .bind(account)
    .all(|row| {
        Ok(Shown {
            user: row.get("id")?,
            membership: read(row)?,
            organization_display_name: row.get("display_name")?,
            organization_account_number: row.get("account_number")?,
        })
    })
    .await
}

/// Whether the person may sign in at all: some user of theirs is active, or they have none yet (a buyer
/// before the first organization, A10).
pub async fn admits(tx: &mut Tx, account: Uuid) -> Result<bool> {
    tx.query(
        "SELECT (NOT EXISTS (SELECT 1 FROM users WHERE account_id = $1)
             OR EXISTS (SELECT 1 FROM users WHERE account_id = $1 AND active)) AS admitted",
    )
    .bind(account)
    .value("admitted")
    .await
}

impl Holder {
    fn keys(self) -> (Option<Uuid>, Option<(Uuid, Uuid)>) {
        match self {
            Self::Account(account) => (Some(account), None),
            Self::User { organization, user } => (None, Some((organization, user))),
        }
    }
}

fn read(row: &Row) -> Result<Membership> {
    Ok(Membership {
        organization: row.get("organization_id")?,
        role: row.parse("role", Role::parse)?,
        portal_access: row.get("portal_access")?,
    })
}
