//! Signing in and out.

use axum::Router;
use axum::routing::{get, post};
use http::HeaderValue;
use proto::identity::v1::{CreateSessionRequest, CreateSessionResponse, DeleteSessionRequest};
use proto::refusal::{Reason, Refusal};

use super::desk::Desk;
use super::failure::Failure;
use super::input::Sent;
use super::notice::Notice;
use super::signed::Signed;
use super::view::form::Form;
use super::view::sign_in::{NO_PORTAL, REFUSED, SignIn};
use super::{address, cookie, html, problems};
use crate::app::App;

/// `/sign-in` and `/sign-out`.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/sign-in", get(ask).post(submit)).route("/sign-out", post(leave))
}

/// A session that has just begun.
pub(super) struct Begun {
    /// For the requests of this answer.
    pub(super) token: String,
    /// For the browser: the session, and the device that it was begun on.
    pub(super) cookies: Vec<HeaderValue>,
    /// Whether any door of the portal is open; all are shut to who has no Portal Access anywhere (E7).
    is_let_in: bool,
    session: String,
}

/// Signs in, or adds the problem to the form.
///
/// # Errors
///
/// Whatever has nothing to do with what was typed.
pub(super) async fn begin(
    desk: &Desk,
    email: &str,
    password: &str,
    form: &mut Form,
) -> Result<Option<Begun>, Failure> {
    let request = CreateSessionRequest {
        email: email.to_owned(),
        password: password.to_owned(),
        device_token: desk.device_token().to_owned(),
    };
    let mut request = tonic::Request::new(request);
    if let Some(agent) = desk.user_agent() {
        request.metadata_mut().insert("user-agent", agent);
    }
    let status = match desk.sessions()?.create_session(request).await {
        Ok(answer) => {
            let CreateSessionResponse { session, session_token: token, device_token } = answer.into_inner();
            let session = session.unwrap_or_default();
            let doors = &session.memberships;
            let is_let_in = doors.is_empty() || doors.iter().any(|door| door.portal);
            let kept = cookie::session(&token).ok_or(Failure::Answer(500))?;
            let cookies = [kept].into_iter().chain(cookie::device(&device_token)).collect();
            return Ok(Some(Begun { token, cookies, session: session.name, is_let_in }));
        }
        Err(status) => status,
    };
    if Refusal::reason_of(&status) == Some(Reason::SignInFailed) {
        form.refuse("", REFUSED);
        return Ok(None);
    }
    problems::add(form, status, &[])?;
    Ok(None)
}

/// As [`begin`], for somebody who goes on with the cookie: to whom the portal is shut, the form says so, and the
/// session ends.
///
/// # Errors
///
/// Whatever has nothing to do with what was typed.
pub(super) async fn enter(
    desk: &Desk,
    email: &str,
    password: &str,
    form: &mut Form,
) -> Result<Option<Begun>, Failure> {
    let begun = begin(desk, email, password, form).await?;
    let Some(Begun { token, session, .. }) = begun.as_ref().filter(|begun| !begun.is_let_in) else {
        return Ok(begun);
    };
    let visitor = desk.clone().signed_in(token).await?;
    visitor.sessions()?.delete_session(DeleteSessionRequest { name: session.clone() }).await?;
    form.refuse("", NO_PORTAL);
    Ok(None)
}

async fn ask(desk: Desk) -> html::Answer {
    let next = address::local(desk.asked("next")).unwrap_or_default().to_owned();
    html::page(&SignIn { page: desk.page("Sign in"), form: Form::default(), next })
}

async fn submit(desk: Desk, sent: Sent) -> html::Answer {
    let next = address::local(sent.text("next"));
    let mut form = sent.form();
    if let Some(begun) = enter(&desk, sent.text("email"), sent.secret("password"), &mut form).await? {
        return Ok(html::with_cookies(html::go(next.unwrap_or("/"), None)?, begun.cookies));
    }
    let next = next.unwrap_or_default().to_owned();
    html::refused(&SignIn { page: desk.page("Sign in"), form, next })
}

/// Ends the session here and there; without one only the cookie goes. The device stays known.
async fn leave(desk: Desk) -> html::Answer {
    match Signed::at(desk).await {
        Ok(signed) => {
            let name = signed.session.name.clone();
            signed.sessions()?.delete_session(DeleteSessionRequest { name }).await?;
        }
        Err(Failure::SignIn) => {}
        Err(failure) => return Err(failure),
    }
    let answer = html::go("/sign-in", Some(Notice::SignedOut))?;
    Ok(html::with_cookies(answer, [HeaderValue::from_static(cookie::NO_SESSION)]))
}
