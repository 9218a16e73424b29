//! Answers: a page, or another address.

use askama::Template;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};

use super::address;
use super::failure::Failure;
use super::notice::Notice;

/// What every handler answers.
pub(super) type Answer = Result<Response, Failure>;

/// A page with status 200.
pub(super) fn page(view: &impl Template) -> Answer {
    page_with(StatusCode::OK, view)
}

/// A form shown again with its problems.
pub(super) fn refused(view: &impl Template) -> Answer {
    page_with(StatusCode::UNPROCESSABLE_ENTITY, view)
}

/// A page with a status of its own.
pub(super) fn page_with(status: StatusCode, view: &impl Template) -> Answer {
    let text = view.render().map_err(|error| {
        tracing::error!(%error, "a page cannot be rendered");
        Failure::Answer(500)
    })?;
    Ok((status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response())
}

/// Leads on after a POST (303), with a message there.
pub(super) fn go(path: &str, notice: Option<Notice>) -> Answer {
    let place = address::with(path, &[("notice", notice.map_or("", Notice::word))]);
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    let place = HeaderValue::try_from(place).map_err(|_| Failure::Answer(500))?;
    response.headers_mut().insert(header::LOCATION, place);
    Ok(response)
}

/// Adds cookies to an answer.
pub(super) fn with_cookies(mut answer: Response, cookies: impl IntoIterator<Item = HeaderValue>) -> Response {
    for cookie in cookies {
        answer.headers_mut().append(header::SET_COOKIE, cookie);
    }
    answer
}
