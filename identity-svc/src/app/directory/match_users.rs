//! Who of these is a user here: one statement, whatever the number.

use std::collections::BTreeMap;
use std::iter;

use platform::caller::Caller;
use platform::tenant::Tenant;
use proto::identity::v1::Permission;
use proto::refusal::Refusal;
use uuid::Uuid;

use crate::app::App;
use crate::domain::email::Email;
use crate::store::organizations;
use crate::store::users::matches;

pub use crate::store::users::matches::Match;

/// What was found.
pub struct Matches {
    /// Index of an address in the question, and its user.
    pub found: Vec<(usize, Match)>,
    /// As of the same moment.
    pub directory_version: i64,
}

/// Looks the addresses up, each once and in the order of the index; those that are none, or nobody's, are
/// left out.
pub async fn match_users(
    app: &App,
    caller: &Caller,
    organization: Uuid,
    emails: &[String],
) -> Result<Matches, Refusal> {
    let tenant = app.require(caller, Permission::UsersView, organization).await?;
    look_up(app, tenant, emails).await
}

/// [`match_users`] for whoever has asked whether the caller may.
pub(super) async fn look_up(app: &App, tenant: Tenant, emails: &[String]) -> Result<Matches, Refusal> {
    let organization = tenant.organization();
    let parsed: Vec<Option<Email>> = emails.iter().map(|text| Email::parse(text).ok()).collect();
    let mut asked: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, email) in parsed.iter().enumerate() {
        if let Some(email) = email {
            asked.entry(email.as_str()).or_default().push(index);
        }
    }
    let mut tx = app.db.of(tenant).read().await?;
    let directory_version = organizations::directory_version(&mut tx, organization).await?;
    let emails: Vec<&str> = asked.keys().copied().collect();
    let users = matches::by_email(&mut tx, organization, &emails).await?;
    let mut found = Vec::with_capacity(users.len());
    for user in users {
        let indexes = asked.get(user.email.as_str()).map(Vec::as_slice).unwrap_or_default();
        found.extend(indexes.iter().copied().zip(iter::repeat_n(user, indexes.len())));
    }
    Ok(Matches { found, directory_version })
}
