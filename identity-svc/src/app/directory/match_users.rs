//! Who of these is a user here: one statement, whatever the number.

use std::collections::HashMap;

use platform::caller::Caller;
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
    /// Users, in no order.
    pub users: Vec<Match>,
    /// Index of an address in the question, and that of its user.
    pub found: Vec<(usize, usize)>,
    /// As of the same moment.
    pub directory_version: i64,
}

/// Looks the addresses up; those that are none, or nobody's, are left out.
pub async fn match_users(
    app: &App,
    caller: &Caller,
    organization: Uuid,
    emails: &[String],
) -> Result<Matches, Refusal> {
    let tenant = app.require(caller, Permission::UsersView, organization).await?;
    let organization = tenant.organization();
    let parsed: Vec<Option<Email>> = emails.iter().map(|text| Email::parse(text).ok()).collect();
    let asked: Vec<&Email> = parsed.iter().flatten().collect();
    let mut tx = app.db.of(tenant).read().await?;
    let directory_version = organizations::directory_version(&mut tx, organization).await?;
    let users = matches::by_email(&mut tx, organization, &asked).await?;
    let places: HashMap<&str, usize> =
        users.iter().enumerate().map(|(place, user)| (user.email.as_str(), place)).collect();
    let found = parsed.iter().enumerate();
    let found = found.filter_map(|(index, email)| Some((index, *places.get(email.as_ref()?.as_str())?)));
    let found = found.collect();
    Ok(Matches { users, found, directory_version })
}
