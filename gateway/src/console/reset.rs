//! A forgotten password: ask for a link, use it.

use axum::Router;
use axum::routing::{get, post};
use proto::identity::v1::inspect_link_response::Purpose;
use proto::identity::v1::{InspectLinkResponse, RedeemLinkRequest, RequestPasswordResetRequest};
use tonic::Status;

use super::activate::inspect;
use super::desk::Desk;
use super::input::Sent;
use super::notice::Notice;
use super::view::activate::Fate;
use super::view::form::Form;
use super::view::reset::{Ask, Choose};
use super::{html, links, password, problems, shapes};
use crate::app::App;

/// Fields of the request and the inputs they come from.
const NAMES: &[(&str, &str)] = &[("token", "code"), ("new_password", "password")];

/// `/reset` and what follows; a browser carries the code behind "#" along when it is led on.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/reset", get(ask).post(look))
        .route("/reset/request", post(request))
        .route("/reset/password", post(set_password))
        .route("/reset-password", get(async || html::go("/reset", None)))
}

async fn ask(desk: Desk) -> html::Answer {
    html::page(&Ask { page: desk.page("Reset your password"), form: Form::default() })
}

/// The same answer for every address (ASVS 6.3.8).
async fn request(desk: Desk, sent: Sent) -> html::Answer {
    let request = RequestPasswordResetRequest { email: sent.text("email").to_owned() };
    let Err(status) = desk.credentials()?.request_password_reset(request).await else {
        return html::go("/sign-in", Some(Notice::ResetSent));
    };
    let mut form = sent.form();
    problems::add(&mut form, status, NAMES)?;
    html::refused(&Ask { page: desk.page("Reset your password"), form })
}

async fn look(desk: Desk, sent: Sent) -> html::Answer {
    let code = sent.text("code");
    match inspect(&desk, code).await? {
        Ok(link) if link.purpose() == Purpose::ResetPassword => choose(&desk, code, &link, Form::default()),
        Ok(_) => html::go(&format!("/activate#{code}"), None),
        Err(status) => refused(&desk, status),
    }
}

/// The page that asks for the new password.
pub(super) fn choose(desk: &Desk, code: &str, link: &InspectLinkResponse, form: Form) -> html::Answer {
    let view = Choose {
        page: desk.page("Choose a new password"),
        form,
        code: code.to_owned(),
        email_masked: link.masked_email.clone(),
        password_minimum: u32::try_from(link.min_password_length).unwrap_or(password::MINIMUM),
        expires: shapes::when(link.expire_time.as_ref()),
    };
    if view.form.problems.is_empty() { html::page(&view) } else { html::refused(&view) }
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
            Ok(_) => return html::go("/sign-in", Some(Notice::PasswordSet)),
            Err(status) if links::fate(&status).is_some() => return refused(&desk, status),
            Err(status) => problems::add(&mut form, status, NAMES)?,
        }
    }
    match inspect(&desk, code).await? {
        Ok(link) => choose(&desk, code, &link, form),
        Err(status) => refused(&desk, status),
    }
}

/// Back to where a new link can be asked for.
fn refused(desk: &Desk, status: Status) -> html::Answer {
    let mut form = Form::default();
    match links::fate(&status) {
        Some(Fate::Expired(_)) => form.refuse("", "This link has expired. Ask for a new one."),
        Some(Fate::Used) => {
            form.refuse("", "This link was used already. Ask for a new one if it was not you.")
        }
        Some(Fate::Revoked) => {
            form.refuse("", "A newer link took its place. Use the latest mail, or ask for a new link.")
        }
        _ => problems::add(&mut form, status, NAMES)?,
    }
    html::refused(&Ask { page: desk.page("Reset your password"), form })
}
