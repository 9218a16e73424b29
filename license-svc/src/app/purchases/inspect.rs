//! Looking at a link (A3, A4, A8). Uses nothing up: mail scanners look too.

use platform::caller::Caller;

use super::link::{self, Opened};
use crate::app::{App, Error};
use crate::domain::link::Token;

/// What whoever holds the link may know.
pub struct Inspected {
    /// What it is for, and until when.
    pub opened: Opened,
    /// Whether the caller is signed in as the buyer.
    pub caller_is_buyer: bool,
    /// Where it was mapped, for those who may see it.
    pub organization: Option<String>,
}

/// Opens the link and tells.
pub async fn inspect(app: &App, caller: &Caller, token: Option<&Token>) -> Result<Inspected, Error> {
    let opened = link::open(app, token).await?;
    let caller_is_buyer = link::is_buyer(app, caller, &opened.purchase).await?;
    let organization = link::seen_organization(app, caller, &opened.purchase).await?;
    Ok(Inspected { opened, caller_is_buyer, organization })
}
