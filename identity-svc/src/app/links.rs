//! Links in mails: looking at them uses nothing up, only a POST does.

pub mod accept;
pub mod inspect;
pub mod redeem;
pub mod renew;
pub mod request_reset;

use chrono::{DateTime, Utc};
use platform::db::{Everyone, Tx};
use proto::refusal::Refusal;

use crate::domain::account::Account;
use crate::domain::invitation;
use crate::domain::link::{self, Link, Subject};
use crate::domain::organization::Organization;
use crate::domain::user::{State, User};
use crate::store::{links, organizations, users};

/// Whose rows are looked through for a link.
const BY_TOKEN: Everyone = Everyone("a link is found by its token, whatever organization it is about");

/// The link of a token, alive or not.
async fn find(tx: &mut Tx, token: &str) -> Result<Link, Refusal> {
    let token = link::token(token)?;
    links::find(tx, token.hash()).await?.ok_or_else(link::unknown)
}

/// The invited user, who still waits at the address that the link was sent to.
async fn invited(tx: &mut Tx, link: &Link, lock: bool) -> Result<(Organization, User), Refusal> {
    let Subject::User { organization, user } = link.subject else { return Err(link::unknown()) };
    let found = match lock {
        true => users::lock(tx, organization, user).await?,
        false => users::find(tx, organization, user).await?,
    };
    let organization = organizations::find(tx, organization).await?.ok_or_else(link::unknown)?;
    let waits = |user: &User| user.state() == State::Pending && user.email.as_ref() == Some(&link.email);
    Ok((organization, found.filter(waits).ok_or_else(link::revoked)?))
}

/// Uses an invitation link up. The organization is locked first, then the link, then the user.
async fn use_up(tx: &mut Tx, link: &Link, now: DateTime<Utc>) -> Result<(Organization, User), Refusal> {
    if let Subject::User { organization, .. } = link.subject {
        organizations::lock(tx, organization).await?;
    }
    if !links::redeem(tx, link.hash, link.purpose, now).await? {
        let stored = links::find(tx, link.hash).await?.ok_or_else(link::unknown)?;
        stored.check(now)?;
        return Err(link::revoked());
    }
    invited(tx, link, true).await
}

/// The user has accepted: it belongs to the account, and every other link of the invitation is void (G14).
async fn accepted(tx: &mut Tx, user: User, account: &Account, now: DateTime<Utc>) -> Result<User, Refusal> {
    let mut user = User { account: Some(account.id), accepted_time: Some(now), update_time: now, ..user };
    user.invitation.state = invitation::State::Accepted;
    links::revoke_of_user(tx, user.organization, user.id, now).await?;
    users::update(tx, &user).await?;
    organizations::bump_directory(tx, user.organization).await?;
    Ok(user)
}
