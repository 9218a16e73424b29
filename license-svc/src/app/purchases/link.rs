//! What a link is for, and whether it still lives.

use chrono::{DateTime, SecondsFormat, Utc};
use platform::caller::{Caller, Principal};
use platform::db;
use proto::identity::v1::Permission;
use proto::name;
use proto::refusal::{Reason, Refusal};
use tonic::Code;

use super::BY_TOKEN;
use crate::app::directory::Directory;
use crate::app::{App, Error};
use crate::domain::link::Token;
use crate::domain::purchase::{Purchase, State};
use crate::store::{purchase_links, purchases};

/// A link that somebody holds.
pub struct Opened {
    /// What it is for.
    pub purchase: Purchase,
    /// When it is dead.
    pub expire_time: DateTime<Utc>,
}

/// The purchase behind a token. A link that is too old still shows where its purchase was mapped (A8).
pub async fn open(app: &App, token: Option<&Token>) -> Result<Opened, Error> {
    let unknown = || Refusal::new(Reason::LinkUnknown, "there is no such link");
    let token = token.ok_or_else(unknown)?;
    let mut tx = app.db.of(BY_TOKEN).read().await?;
    let link = purchase_links::find(&mut tx, token.hash()).await?.ok_or_else(unknown)?;
    let gone = || db::Error::broken("purchase_links.purchase_id", "there is no such purchase");
    let purchase = purchases::find(&mut tx, link.purchase).await?.ok_or_else(gone)?;
    if app.clock.now() >= link.expire_time && purchase.state != State::Mapped {
        let expired = Refusal::new(Reason::LinkExpired, "the link has expired")
            .with("expireTime", link.expire_time.to_rfc3339_opts(SecondsFormat::Secs, true));
        return Err(expired.into());
    }
    Ok(Opened { purchase, expire_time: link.expire_time })
}

/// Whether the caller's account, or that of the user its key acts as, has the buyer's address.
pub async fn is_buyer(app: &App, caller: &Caller, purchase: &Purchase) -> Result<bool, Error> {
    if *caller.principal() == Principal::Anonymous {
        return Ok(false);
    }
    match Directory(app.peers.relay("identity", caller)?).caller_account().await {
        Ok(account) => Ok(account.email == purchase.buyer.as_str()),
        Err(Error::Answered(status)) if status.code() == Code::PermissionDenied => Ok(false),
        Err(error) => Err(error),
    }
}

/// Where the purchase was mapped, for a caller who may see that organization (seams.md, "Links").
pub async fn seen_organization(
    app: &App,
    caller: &Caller,
    purchase: &Purchase,
) -> Result<Option<String>, Error> {
    let Some(organization) = purchase.organization else { return Ok(None) };
    if *caller.principal() == Principal::Anonymous {
        return Ok(None);
    }
    let permission = Permission::OrganizationsView;
    let answer = app.authorizer.authorize(caller, permission, Some(organization)).await?;
    Ok(answer.allowed.then(|| name::Organization { organization }.to_string()))
}

/// PURCHASE_ALREADY_MAPPED, with the place for those who may see it.
pub async fn already_mapped(app: &App, caller: &Caller, purchase: &Purchase) -> Error {
    let refusal = Refusal::new(Reason::PurchaseAlreadyMapped, "the purchase is mapped already");
    match seen_organization(app, caller, purchase).await {
        Ok(Some(organization)) => refusal.with("organization", organization).into(),
        Ok(None) => refusal.into(),
        Err(error) => error,
    }
}
