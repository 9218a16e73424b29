//! The buyer chooses where the licences go, once (A3 to A8).

use chrono::{DateTime, TimeDelta, Utc};
use platform::caller::{Caller, Principal};
use platform::db;
use platform::once::{self, Answer, Held};
use proto::identity::v1::Permission;
use proto::license::v1::{self, MapPurchaseResponse};
use proto::name;
use proto::refusal::{Reason, Refusal};
use uuid::Uuid;

use super::BY_TOKEN;
use super::link;
use super::mapping::{self, Place};
use crate::app::directory::{Directory, may_be_repeated};
use crate::app::{App, Error, Reply, actor};
use crate::domain::link::Token;
use crate::domain::purchase::{Purchase, State, Target};
use crate::store::purchases;

/// How long a request may be at work before the sweeper goes on with its mapping.
const BUSY: TimeDelta = TimeDelta::seconds(60);

/// What the buyer submitted.
pub struct Choice {
    /// `None` for a text that is no token.
    pub token: Option<Token>,
    /// Where the licences go.
    pub target: Target,
}

/// What the first transaction found.
enum Chosen {
    Again(Answer),
    /// Another choice was carried out.
    Otherwise(Purchase),
    /// This choice was carried out, or is to be, under the claim of that time.
    So(Purchase, DateTime<Utc>),
}

/// Maps the purchase, or answers as before when this choice was carried out already.
pub async fn map(
    app: &App,
    caller: &Caller,
    choice: Choice,
    call: once::Call,
    show: impl Fn(&Purchase) -> Vec<v1::purchase::Line>,
) -> Result<Reply<MapPurchaseResponse>, Error> {
    let opened = link::open(app, choice.token.as_ref()).await?;
    require_buyer(app, caller, &opened.purchase).await?;
    require_target(app, caller, &choice.target).await?;
    let (mut purchase, since) = match choose(app, caller, opened.purchase.id, &choice.target, &call).await? {
        Chosen::Again(answer) => return Ok(Reply::Again(answer)),
        Chosen::Otherwise(purchase) => return Err(link::already_mapped(app, caller, &purchase).await),
        Chosen::So(purchase, since) => (purchase, since),
    };
    let held = Held { call: &call, since };
    let respond = |place: &Place, purchase: &Purchase| MapPurchaseResponse {
        organization: name::Organization { organization: place.organization }.to_string(),
        organization_display_name: place.display_name.clone(),
        lines: show(purchase),
    };
    if let Some(organization) = purchase.organization {
        let place = mapping::existing(&Directory(app.peers.relay("identity", caller)?), organization).await?;
        return Ok(Reply::Fresh(respond(&place, &purchase)));
    }
    let place = match mapping::place(app, &chooser(caller, &purchase)?, &purchase).await {
        Ok(place) => place,
        Err(error) if may_be_repeated(&error) => {
            mapping::leave(app, &purchase, held).await?;
            return Err(error);
        }
        Err(error) => {
            mapping::undo(app, &mut purchase, Some(held)).await?;
            return Err(in_our_words(error));
        }
    };
    let response = respond(&place, &purchase);
    // From here on the organization is there: whatever fails, the sweeper goes on.
    let finished = async {
        let tenant = app.require(caller, Permission::PurchasesMap, place.organization).await?;
        mapping::complete(app, tenant, &mut purchase, Some((held, Answer::reply(&response)))).await
    };
    if let Err(error) = finished.await {
        mapping::leave(app, &purchase, held).await?;
        return Err(error);
    }
    Ok(Reply::Fresh(response))
}

/// Who chose first goes on: the organization's number is in their name, and a second credential of the
/// same buyer would make a second organization.
fn chooser(caller: &Caller, purchase: &Purchase) -> Result<Caller, Error> {
    match purchase.mapped_by.as_deref() {
        Some(first) if first != actor(caller) => {
            let principal = first.parse::<Principal>();
            let broken = |_| db::Error::broken("purchases.mapped_by", "not a principal");
            Ok(Caller::at_work(principal.map_err(broken)?))
        }
        _ => Ok(caller.clone()),
    }
}

async fn require_buyer(app: &App, caller: &Caller, purchase: &Purchase) -> Result<(), Error> {
    if *caller.principal() == Principal::Anonymous {
        return Err(Refusal::new(Reason::SessionMissing, "sign in with the buyer's address").into());
    }
    if link::is_buyer(app, caller, purchase).await? {
        return Ok(());
    }
    let name = name::Purchase { purchase: purchase.id }.to_string();
    Err(Refusal::denied("to be signed in with the buyer's address", &name).into())
}

/// An organization of somebody else and one that does not exist are refused alike (A7).
async fn require_target(app: &App, caller: &Caller, target: &Target) -> Result<(), Error> {
    let Target::Existing { organization } = *target else { return Ok(()) };
    let refused = match app.require(caller, Permission::PurchasesMap, organization).await {
        Ok(_) => return Ok(()),
        Err(refusal) => refusal,
    };
    if refused.reason != Reason::NotFound {
        return Err(refused.into());
    }
    let name = name::Organization { organization }.to_string();
    Err(Refusal::denied(Permission::PurchasesMap.as_str_name(), &name).into())
}

/// PAID becomes MAPPING with this choice; a choice that was made before is compared with it.
async fn choose(
    app: &App,
    caller: &Caller,
    id: Uuid,
    target: &Target,
    call: &once::Call,
) -> Result<Chosen, Error> {
    let now = app.clock.now();
    let mut tx = app.db.of(BY_TOKEN).write().await?;
    if let Some(answer) = once::begin(&mut tx, call, now).await?.replay()? {
        return Ok(Chosen::Again(answer));
    }
    let gone = || db::Error::broken("purchases", "a purchase with a link is gone");
    let mut purchase = purchases::lock(&mut tx, id).await?.ok_or_else(gone)?;
    let same = purchase.target.as_ref() == Some(target);
    match purchase.state {
        State::PendingPayment => {
            Err(Refusal::new(Reason::PurchaseNotPaid, "the purchase is not paid").into())
        }
        State::Mapped if same => Ok(Chosen::So(purchase, now)),
        State::Mapped => Ok(Chosen::Otherwise(purchase)),
        State::Mapping if same => {
            tx.commit().await?;
            Ok(Chosen::So(purchase, now))
        }
        State::Mapping => {
            let text = "another choice is being carried out";
            Err(Refusal::new(Reason::RequestInProgress, text).into())
        }
        State::Paid => {
            purchase.state = State::Mapping;
            purchase.target = Some(target.clone());
            purchase.mapped_by = Some(actor(caller));
            if !purchases::update(&mut tx, &mut purchase, Some(now + BUSY), now).await? {
                return Err(db::Error::broken("purchases.version", "it changed under the lock").into());
            }
            tx.commit().await?;
            Ok(Chosen::So(purchase, now))
        }
    }
}

/// identity-svc blames `organization.display_name`; our caller knows it as `new_organization.display_name`.
fn in_our_words(error: Error) -> Error {
    let Error::Answered(status) = error else { return error };
    let mut found = Refusal::violations_of(&status);
    if found.is_empty() {
        return Error::Answered(status);
    }
    for bad in &mut found {
        bad.field = bad.field.replace("organization.", "new_organization.");
    }
    Refusal::fields(found).into()
}
