//! First start: the one-time link makes the first organization and its Owner.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use proto::identity::v1::{CompleteSetupRequest, GetSetupRequest};

use super::desk::Desk;
use super::failure::Failure;
use super::input::Sent;
use super::notice::Notice;
use super::password;
use super::view::form::Form;
use super::view::setup::Setup;
use super::{html, place, problems, sign_in};
use crate::app::App;

/// Fields of the request and the inputs they come from.
const NAMES: &[(&str, &str)] = &[("token", "code"), ("organization_display_name", "organization")];

/// How long a page waits to know whether this server is new.
const PATIENCE: Duration = Duration::from_secs(1);

/// `/setup`.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/setup", get(ask).post(submit))
}

async fn ask(desk: Desk) -> html::Answer {
    let is_complete = is_complete(&desk).await == Some(true);
    html::page(&Setup { is_complete, ..view(&desk, Form::default()) })
}

/// Whether somebody has made the first organization; none when identity-svc does not say at once.
pub(super) async fn is_complete(desk: &Desk) -> Option<bool> {
    let asked = async { Ok::<_, Failure>(desk.setup()?.get_setup(GetSetupRequest::default()).await?) };
    let answer = tokio::time::timeout(PATIENCE, asked).await;
    Some(answer.ok()?.ok()?.get_ref().complete)
}

fn view(desk: &Desk, form: Form) -> Setup {
    Setup { page: desk.page("Set up"), is_complete: false, form, password_minimum: password::MINIMUM }
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
    Ok(html::with_cookies(answer, begun.cookies))
}
