//! The link of a purchase, up to the moment where its buyer is signed in (A2, A3, A8, A10).

use axum::Router;
use axum::routing::{get, post};
use proto::identity::v1::GetOrganizationRequest;
use proto::license::v1::purchase::State;
use proto::license::v1::{
    InspectPurchaseLinkRequest, InspectPurchaseLinkResponse, RenewPurchaseLinkRequest, SignUpBuyerRequest,
};
use proto::refusal::{Reason, Refusal};
use tonic::Status;

use super::claim_choice;
use super::desk::Desk;
use super::failure::Failure;
use super::input::Sent;
use super::view::activate::{Dead, Fate};
use super::view::claim::{Account, Bought, Code, Mapped, Renewed};
use super::view::form::Form;
use super::view::page::Link;
use super::{html, links, password, place, problems, shapes, sign_in};
use crate::app::App;

/// Fields of the request and the inputs they come from.
const NAMES: &[(&str, &str)] = &[("token", "code"), ("password", "new_password")];

/// `/claim` and what follows. A GET never uses anything up.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/claim", get(ask).post(look))
        .route("/claim/account", post(sign_up))
        .route("/claim/sign-in", post(enter))
        .route("/claim/renew", post(renew))
        .merge(claim_choice::routes())
}

async fn ask(desk: Desk) -> html::Answer {
    html::page(&Code { page: desk.page("Map your purchase"), form: Form::default() })
}

async fn look(desk: Desk, sent: Sent) -> html::Answer {
    step(&desk, sent.text("code"), Form::default(), false).await
}

/// What the link is for, to somebody who is signed in or not.
pub(super) async fn inspect(
    desk: &Desk,
    code: &str,
) -> Result<Result<InspectPurchaseLinkResponse, Status>, Failure> {
    let request = InspectPurchaseLinkRequest { token: code.to_owned() };
    Ok(desk.purchases()?.inspect_purchase_link(request).await.map(tonic::Response::into_inner))
}

/// The next page for whoever holds the code: where it went, the account, or the choice.
async fn step(desk: &Desk, code: &str, form: Form, account_exists: bool) -> html::Answer {
    let link = match inspect(desk, code).await? {
        Ok(link) => link,
        Err(status) => return refused(desk, code, status).await,
    };
    if link.state() == State::Mapped {
        return mapped(desk, &link.organization).await;
    }
    if link.caller_is_buyer {
        return claim_choice::choose(desk, code, &link, form).await;
    }
    account(desk, code, &link, form, account_exists)
}

fn account(
    desk: &Desk,
    code: &str,
    link: &InspectPurchaseLinkResponse,
    mut form: Form,
    account_exists: bool,
) -> html::Answer {
    if form.problems.is_empty() && !desk.visitor.is_anonymous() {
        form.refuse("", "You are signed in with another e-mail address. Sign in as the buyer to go on.");
    }
    html::page(&Account {
        page: desk.page("Your purchase"),
        form,
        code: code.to_owned(),
        bought: bought(link),
        buyer_masked: link.masked_buyer_email.clone(),
        account_exists,
        password_minimum: password::MINIMUM,
    })
}

/// The lines of the order.
pub(super) fn bought(link: &InspectPurchaseLinkResponse) -> Vec<Bought> {
    let line = |line: &proto::license::v1::purchase::Line| Bought {
        product: line.product_display_name.clone(),
        seats: shapes::count(line.seat_count),
    };
    link.lines.iter().map(line).collect()
}

/// The link proves the address, so the new account is signed in at once (A10).
async fn sign_up(desk: Desk, sent: Sent) -> html::Answer {
    let code = sent.text("code");
    let mut form = sent.form();
    if !password::twice(&sent, "new_password", &mut form) {
        return step(&desk, code, form, false).await;
    }
    let request = SignUpBuyerRequest {
        token: code.to_owned(),
        given_name: sent.text("given_name").to_owned(),
        family_name: sent.text("family_name").to_owned(),
        password: sent.secret("new_password").to_owned(),
        request_id: String::new(),
    };
    let email = match desk.purchases()?.sign_up_buyer(request).await {
        Ok(answer) => answer.into_inner().email,
        Err(status) if links::fate(&status).is_some() => return refused(&desk, code, status).await,
        Err(status) => {
            let exists = Refusal::reason_of(&status) == Some(Reason::AccountExists);
            problems::add(&mut form, status, NAMES)?;
            return step(&desk, code, form, exists).await;
        }
    };
    begin(desk, code, &email, sent.secret("new_password"), form).await
}

async fn enter(desk: Desk, sent: Sent) -> html::Answer {
    let (code, form) = (sent.text("code"), sent.form());
    begin(desk, code, sent.text("email"), sent.secret("password"), form).await
}

async fn begin(desk: Desk, code: &str, email: &str, password: &str, mut form: Form) -> html::Answer {
    let Some(begun) = sign_in::enter(&desk, email, password, &mut form).await? else {
        return step(&desk, code, form, false).await;
    };
    let desk = desk.signed_in(&begun.token).await?;
    let answer = step(&desk, code, Form::default(), false).await?;
    Ok(html::with_cookies(answer, begun.cookies))
}

/// One answer for all causes (Q4).
async fn renew(desk: Desk, sent: Sent) -> html::Answer {
    let request = RenewPurchaseLinkRequest { token: sent.text("code").to_owned() };
    desk.purchases()?.renew_purchase_link(request).await?;
    html::page(&Renewed { page: desk.page("A new link is on its way") })
}

/// The page for a code that leads nowhere (any more).
pub(super) async fn refused(desk: &Desk, code: &str, status: Status) -> html::Answer {
    if Refusal::reason_of(&status) == Some(Reason::PurchaseAlreadyMapped) {
        let organization = Refusal::metadata_of(&status, "organization").unwrap_or_default();
        return mapped(desk, &organization).await;
    }
    let fate = links::fate(&status).filter(|fate| *fate != Fate::Unknown);
    let Some(fate) = fate else {
        let mut form = Form::with([("code", code)]);
        problems::add(&mut form, status, NAMES)?;
        return html::refused(&Code { page: desk.page("Map your purchase"), form });
    };
    let renewable = matches!(fate, Fate::Expired(_));
    let resend_action = if renewable { "/claim/renew".to_owned() } else { String::new() };
    let page = desk.page("This link does not work");
    html::page(&Dead { page, fate, code: code.to_owned(), resend_action, resent: false })
}

/// Opened again after mapping: shows where, adds nothing (A8).
async fn mapped(desk: &Desk, organization: &str) -> html::Answer {
    let mut shown = None;
    if !organization.is_empty() {
        let request = GetOrganizationRequest { name: organization.to_owned() };
        let found = desk.organizations()?.get_organization(request).await?.into_inner();
        let found = place::shown(&found);
        shown = Some(Link::new(found.label(), found.href));
    }
    html::page(&Mapped { page: desk.page("Mapped already"), organization: shown })
}
