//! What a link is for, before anybody types a password.

use chrono::{DateTime, Utc};
use proto::refusal::Refusal;

use super::{BY_TOKEN, find, invited};
use crate::app::App;
use crate::domain::link::Purpose;
use crate::store::accounts;

/// A link that can be used.
#[derive(Clone, Debug)]
pub struct Inspected {
    /// What it is for.
    pub purpose: Purpose,
    /// `a***@example.com`
    pub masked_email: String,
    /// Who invites; empty for a reset.
    pub organization_display_name: String,
    /// When it dies.
    pub expire_time: DateTime<Utc>,
    /// The fewest characters of a password.
    pub min_password_length: usize,
    /// The address has a password: sign in and accept.
    pub account_exists: bool,
}

/// Looks at a link; changes nothing.
///
/// # Errors
/// LINK_UNKNOWN, LINK_EXPIRED, LINK_USED, LINK_REVOKED.
pub async fn inspect(app: &App, token: &str) -> Result<Inspected, Refusal> {
    let mut tx = app.db.of(BY_TOKEN).read().await?;
    let link = find(&mut tx, token).await?;
    link.check(app.clock.now())?;
    let organization_display_name = match link.purpose {
        Purpose::Activate => invited(&mut tx, &link, false).await?.0.display_name,
        Purpose::Reset => String::new(),
    };
    let account = accounts::find_by_email(&mut tx, &link.email).await?;
    Ok(Inspected {
        purpose: link.purpose,
        masked_email: link.email.masked(),
        organization_display_name,
        expire_time: link.expire_time,
        min_password_length: app.policy().min_length,
        account_exists: account.is_some(),
    })
}
