//! First start: the one-time link makes the first organization and its Owner.

use axum::Router;
use axum::routing::get;
use proto::identity::v1::CompleteSetupRequest;

use super::desk::Desk;
use super::input::Sent;
use super::notice::Notice;
use super::password;
use super::view::form::Form;
use super::view::setup::Setup;
use super::{html, place, problems, sign_in};
use crate::app::App;

/// Fields of the request and the inputs they come from.
const NAMES: &[(&str, &str)] = &[("token", "code"), ("organization_display_name", "organization")];

/// `/setup`.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/setup", get(ask).post(submit))
}

async fn ask(desk: Desk) -> html::Answer {
    html::page(&view(&desk, Form::default()))
}

fn view(desk: &Desk, form: Form) -> Setup {
    Setup { page: desk.page("Set up"), form, password_minimum: password::MINIMUM }
}

async fn submit(desk: Desk, sent: Sent) -> html::Answer {
    let mut form = sent.form();
    if !password::twice(&sent, "password", &mut form) {
        return html::refused(&view(&desk, form));
    }
    let request = CompleteSetupRequest {
        token: sent.text("code").to_owned(),
        organization_display_name: sent.text("organization").to_owned(),
        email: sent.text("email").to_owned(),
        given_name: sent.text("given_name").to_owned(),
        family_name: sent.text("family_name").to_owned(),
        password: sent.secret("password").to_owned(),
        request_id: String::new(),
    };
    let done = match desk.setup()?.complete_setup(request).await {
        Ok(answer) => answer.into_inner(),
        Err(status) => {
            problems::add(&mut form, status, NAMES)?;
            return html::refused(&view(&desk, form));
        }
    };
    let Some(begun) = sign_in::begin(&desk, sent.text("email"), sent.secret("password"), &mut form).await?
    else {
        return html::go("/sign-in", Some(Notice::Welcome));
    };
    let organization = done.organization.unwrap_or_default().name;
    let answer = html::go(&format!("{}/users", place::base(&organization)), Some(Notice::Welcome))?;
    Ok(html::with_cookie(answer, begun.cookie))
}
