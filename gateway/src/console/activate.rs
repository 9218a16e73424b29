//! The link of an invitation: set a password, or join with the one there is (G12 to G14).

use axum::Router;
use axum::routing::{get, post};
use proto::identity::v1::inspect_link_response::Purpose;
use proto::identity::v1::{
    AcceptInvitationRequest, InspectLinkRequest, InspectLinkResponse, RedeemLinkRequest, RedeemLinkResponse,
    RenewLinkRequest,
};
use tonic::Status;

use super::desk::Desk;
use super::failure::Failure;
use super::input::Sent;
use super::notice::Notice;
use super::view::activate::{Accept, Code, Dead, Fate, Password};
use super::view::form::Form;
use super::{html, links, password, problems, reset, shapes, sign_in};
use crate::app::App;

/// Fields of the request and the inputs they come from.
const NAMES: &[(&str, &str)] = &[("token", "code"), ("new_password", "password")];

/// `/activate` and what follows. A GET never uses anything up.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/activate", get(ask).post(look))
        .route("/activate/password", post(set_password))
        .route("/activate/accept", post(accept))
        .route("/activate/renew", post(renew))
}

/// What a code is for.
pub(super) async fn inspect(desk: &Desk, code: &str) -> Result<Result<InspectLinkResponse, Status>, Failure> {
    let request = InspectLinkRequest { token: code.to_owned() };
    Ok(desk.credentials()?.inspect_link(request).await.map(tonic::Response::into_inner))
}

async fn ask(desk: Desk) -> html::Answer {
    html::page(&Code { page: desk.page("Activate your account"), form: Form::default() })
}

async fn look(desk: Desk, sent: Sent) -> html::Answer {
    let code = sent.text("code");
    let link = match inspect(&desk, code).await? {
        Ok(link) => link,
        Err(status) => return refused(&desk, code, status),
    };
    match link.purpose() {
        Purpose::ResetPassword => reset::choose(&desk, code, &link, Form::default()),
        _ if link.account_exists => html::page(&accept_view(&desk, code, &link, Form::default())),
        _ => html::page(&password_view(&desk, code, &link, Form::default())),
    }
}

async fn set_password(desk: Desk, sent: Sent) -> html::Answer {
    let code = sent.text("code");
    let mut form = Form::default();
    if password::twice(&sent, "password", &mut form) {
        let request = RedeemLinkRequest {
            token: code.to_owned(),
            new_password: sent.secret("password").to_owned(),
            request_id: String::new(),
        };
        match desk.credentials()?.redeem_link(request).await {
            Ok(answer) => return enter(&desk, &answer.into_inner(), sent.secret("password")).await,
            Err(status) if links::fate(&status).is_some() => return refused(&desk, code, status),
            Err(status) => problems::add(&mut form, status, NAMES)?,
        }
    }
    match inspect(&desk, code).await? {
        Ok(link) => html::refused(&password_view(&desk, code, &link, form)),
        Err(status) => refused(&desk, code, status),
    }
}

/// Whoever has just set the password is signed in with it.
async fn enter(desk: &Desk, redeemed: &RedeemLinkResponse, password: &str) -> html::Answer {
    let begun = sign_in::enter(desk, &redeemed.email, password, &mut Form::default()).await?;
    let Some(begun) = begun else { return html::go("/sign-in", Some(Notice::PasswordSet)) };
    let answer = html::go(&users_of(&redeemed.user), Some(Notice::Joined))?;
    Ok(html::with_cookies(answer, begun.cookies))
}

/// The list of users of the organization that a user belongs to.
fn users_of(user: &str) -> String {
    let href = shapes::user_href(user);
    href.rsplit_once('/').map_or_else(|| "/".to_owned(), |(list, _)| list.to_owned())
}

/// Joins as who is signed in, or as who signs in with this form.
async fn accept(desk: Desk, sent: Sent) -> html::Answer {
    let code = sent.text("code");
    let mut form = sent.form();
    let (desk, cookies) = if desk.visitor.is_anonymous() || !sent.text("email").is_empty() {
        let begun = sign_in::begin(&desk, sent.text("email"), sent.secret("password"), &mut form).await?;
        let Some(begun) = begun else { return not_accepted(&desk, code, form).await };
        (desk.signed_in(&begun.token).await?, begun.cookies)
    } else {
        (desk, Vec::new())
    };
    let request = AcceptInvitationRequest { token: code.to_owned(), request_id: String::new() };
    let user = match desk.credentials()?.accept_invitation(request).await {
        Ok(answer) => answer.into_inner().user,
        Err(status) if links::fate(&status).is_some() => return refused(&desk, code, status),
        Err(status) if status.code() == tonic::Code::PermissionDenied => {
            form.refuse("", "You are signed in with another e-mail address. Sign in with the invited one.");
            return not_accepted(&desk, code, form).await;
        }
        Err(status) => {
            problems::add(&mut form, status, NAMES)?;
            return not_accepted(&desk, code, form).await;
        }
    };
    let answer = html::go(&users_of(&user), Some(Notice::Joined))?;
    Ok(html::with_cookies(answer, cookies))
}

/// The same page again, now asking for e-mail and password: who is signed in is not who was invited.
async fn not_accepted(desk: &Desk, code: &str, form: Form) -> html::Answer {
    match inspect(desk, code).await? {
        Ok(link) => html::refused(&Accept { signed_in: false, ..accept_view(desk, code, &link, form) }),
        Err(status) => refused(desk, code, status),
    }
}

/// One answer for all causes (N9).
async fn renew(desk: Desk, sent: Sent) -> html::Answer {
    let request = RenewLinkRequest { token: sent.text("code").to_owned() };
    desk.credentials()?.renew_link(request).await?;
    let (page, code) = (desk.page("A new link is on its way"), String::new());
    html::page(&Dead { page, fate: Fate::Unknown, code, resend_action: String::new(), resent: true })
}

fn refused(desk: &Desk, code: &str, status: Status) -> html::Answer {
    let fate = links::fate(&status).filter(|fate| *fate != Fate::Unknown);
    let Some(fate) = fate else {
        let mut form = Form::with([("code", code)]);
        problems::add(&mut form, status, NAMES)?;
        return html::refused(&Code { page: desk.page("Activate your account"), form });
    };
    let renewable = matches!(fate, Fate::Expired(_));
    let resend_action = if renewable { "/activate/renew".to_owned() } else { String::new() };
    let page = desk.page("This link does not work");
    html::page(&Dead { page, fate, code: code.to_owned(), resend_action, resent: false })
}

fn password_view(desk: &Desk, code: &str, link: &InspectLinkResponse, form: Form) -> Password {
    Password {
        page: desk.page("Set your password"),
        form,
        code: code.to_owned(),
        organization: link.organization_display_name.clone(),
        email_masked: link.masked_email.clone(),
        email: String::new(),
        password_minimum: u32::try_from(link.min_password_length).unwrap_or(password::MINIMUM),
        expires: shapes::when(link.expire_time.as_ref()),
    }
}

fn accept_view(desk: &Desk, code: &str, link: &InspectLinkResponse, form: Form) -> Accept {
    Accept {
        page: desk.page("Accept the invitation"),
        form,
        code: code.to_owned(),
        organization: link.organization_display_name.clone(),
        email_masked: link.masked_email.clone(),
        signed_in: !desk.visitor.is_anonymous(),
    }
}
