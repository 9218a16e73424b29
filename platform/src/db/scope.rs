//! Whose rows a transaction may see: the second wall between tenants.
//!
//! Every store function names the organization in its statement; that is the first wall. On PostgreSQL
//! the tables have policies as well, which compare each row with what the transaction was opened for.
//! SQLite has no such policies: there a scope changes nothing.

use uuid::Uuid;

/// Whose rows a transaction sees. Of the default it sees none that has a tenant: only the tables without
/// one (accounts, sessions, the durable habits).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Scope {
    organizations: Vec<Uuid>,
    roots: Vec<Uuid>,
    everyone: Option<&'static str>,
}

/// Every organization's rows, for work that has no tenant: a worker takes whoever's row is due, a person
/// is found by an address. Rare, and always with the reason: `db.of(Everyone("…"))`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Everyone(pub &'static str);

impl Scope {
    /// The rows of these organizations. Whoever calls it has asked whether the caller may; a
    /// [`Tenant`](crate::tenant::Tenant) turns into a scope by itself.
    pub(crate) fn of(organizations: impl IntoIterator<Item = Uuid>) -> Self {
        Self { organizations: organizations.into_iter().collect(), ..Self::default() }
    }

    /// The organizations under these roots, roots included, and their users: for lists over a tree. Only
    /// identity-svc knows the tree; elsewhere nothing is seen.
    pub fn under(roots: impl IntoIterator<Item = Uuid>) -> Self {
        Self { roots: roots.into_iter().collect(), ..Self::default() }
    }

    /// Settings for PostgreSQL, each behind `set`: `SET`, or `SET LOCAL` when they end with the transaction.
    /// All of them, so that nothing is left of those before. Only UUIDs go into the text.
    pub(super) fn settings(&self, set: &str) -> String {
        if let Some(reason) = self.everyone {
            tracing::trace!(reason, "a transaction sees every organization");
        }
        let organizations = self.everyone.map_or_else(|| list(&self.organizations), |_| "*".to_owned());
        format!("{set} app.orgs = '{organizations}'; {set} app.root = '{}'", list(&self.roots))
    }
}

impl From<Everyone> for Scope {
    fn from(Everyone(reason): Everyone) -> Self {
        Self { everyone: Some(reason), ..Self::default() }
    }
}

fn list(ids: &[Uuid]) -> String {
    ids.iter().map(Uuid::to_string).collect::<Vec<_>>().join(",")
}
