//! Turns failures into pages, knowing the request that failed.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use platform::caller::REQUEST_ID_HEADER;
use proto::refusal::Reason;

use super::failure::Failure;
use super::notice::Notice;
use super::view::error::Error;
use super::view::page::Theme;
use super::{address, cookie, desk, html};
use crate::app::App;

/// What is kept of a request until its answer is known.
struct Asked {
    app: App,
    theme: Theme,
    method: Method,
    path: String,
    here: String,
    request_id: String,
}

/// The outermost layer of the console.
pub(super) async fn present(State(app): State<App>, request: Request, next: Next) -> Response {
    let asked = Asked {
        theme: desk::theme(request.headers()),
        method: request.method().clone(),
        path: request.uri().path().to_owned(),
        here: request.uri().path_and_query().map_or("/", |address| address.as_str()).to_owned(),
        request_id: request_id(request.headers()),
        app,
    };
    let response = next.run(request).await;
    let Some(failure) = response.extensions().get::<Failure>() else { return response };
    let shown = asked.show(failure);
    shown.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// The door's id for the log lines of all calls behind this page, and for the person who asks support.
fn request_id(headers: &HeaderMap) -> String {
    let id = headers.get(REQUEST_ID_HEADER).and_then(|id| id.to_str().ok());
    id.unwrap_or_default().to_owned()
}

impl Asked {
    fn show(&self, failure: &Failure) -> html::Answer {
        match failure.reason() {
            Some(Reason::BadPageToken | Reason::PageTokenMismatch) if self.here != self.path => {
                html::go(&self.first_page(), None)
            }
            _ if matches!(failure, Failure::SignIn) => self.sign_in(),
            _ => self.error(failure),
        }
    }

    /// To the sign-in page, and back here; after a form back to the start of its organization.
    fn sign_in(&self) -> html::Answer {
        let read = matches!(self.method, Method::GET | Method::HEAD);
        let notice = if read { None } else { Some(Notice::SessionEnded) };
        let next = if read { self.here.clone() } else { self.organization() };
        let next = if next == "/" { String::new() } else { next };
        let answer = html::go(&address::with("/sign-in", &[("next", &next)]), notice)?;
        Ok(html::with_cookies(answer, [HeaderValue::from_static(cookie::NO_SESSION)]))
    }

    fn organization(&self) -> String {
        let mut parts = self.path.split('/').skip(1);
        match (parts.next(), parts.next()) {
            (Some("o"), Some(id)) => format!("/o/{id}"),
            _ => "/".to_owned(),
        }
    }

    /// The same list from its start: a page token lives three days.
    fn first_page(&self) -> String {
        let query = self.here.split_once('?').map_or("", |(_, query)| query);
        let kept: Vec<&str> = query
            .split('&')
            .filter(|pair| !pair.starts_with("page_token=") && !pair.starts_with("start="))
            .collect();
        if kept.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, kept.join("&")) }
    }

    fn error(&self, failure: &Failure) -> html::Answer {
        let status = failure.http();
        let page = desk::blank(&self.app, self.theme, &self.here);
        let retry = if self.method == Method::GET { self.here.clone() } else { self.organization() };
        let mut view = Error::of(page, status, &retry);
        if status >= 500 {
            view.request.clone_from(&self.request_id);
            tracing::warn!(request.id = %self.request_id, http.status = status, ?failure, "a page was not answered");
        }
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut answer = html::page_with(status, &view)?;
        if let Ok(id) = HeaderValue::try_from(&self.request_id) {
            answer.headers_mut().insert(REQUEST_ID_HEADER, id);
        }
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    // By then the door has made one where the browser sent none (telemetry::Door).
    #[test]
    fn the_doors_request_id_is_the_pages() {
        let mut headers = super::HeaderMap::new();
        assert_eq!(super::request_id(&headers), "");
        headers.insert(super::REQUEST_ID_HEADER, http::HeaderValue::from_static("the-doors"));
        assert_eq!(super::request_id(&headers), "the-doors");
    }
}
