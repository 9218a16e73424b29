//! The desk: everything that a page needs to know about the request in front of it.

use axum::extract::{FromRequestParts, Query};
use http::header;
use http::request::Parts;
use proto::identity::v1::authenticate_request::Credential;
use tonic::Code;
use tonic::metadata::AsciiMetadataValue;

use super::cookie;
use super::failure::Failure;
use super::notice::Notice;
use super::view::page::{Page, Theme};
use crate::app::App;
use crate::app::visitor::Visitor;

/// A visitor, signed in or not. An old cookie makes nobody.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) app: App,
    pub(super) visitor: Visitor,
    /// Path and query.
    pub(super) here: String,
    theme: Theme,
    query: Vec<(String, String)>,
    request: http::HeaderMap,
}

impl Desk {
    /// What the outermost template needs.
    pub(super) fn page(&self, title: &str) -> Page {
        let flash = Notice::parse(self.asked("notice")).map(Notice::flash);
        Page { title: title.to_owned(), flash, ..blank(&self.app, self.theme, &self.here) }
    }

    /// The first value of a query parameter, or nothing.
    pub(super) fn asked(&self, name: &str) -> &str {
        self.query.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value.trim())
    }

    /// The browser, for the list of sessions.
    pub(super) fn user_agent(&self) -> Option<AsciiMetadataValue> {
        self.request.get(header::USER_AGENT)?.to_str().ok()?.parse().ok()
    }

    /// What the last sign-in in this browser left there, or nothing.
    pub(super) fn device_token(&self) -> &str {
        cookie::read(&self.request, cookie::DEVICE).unwrap_or_default()
    }

    /// The same request by somebody who has just shown a password: also one to whom the portal is shut, who may
    /// join an organization where it is open. The next request comes with the cookie, which must open it.
    pub(super) async fn signed_in(mut self, session_token: &str) -> Result<Self, Failure> {
        let credential = Credential::Bearer(session_token.to_owned());
        self.visitor = Visitor::admit(&self.app, Some(credential), &self.request).await?;
        Ok(self)
    }
}

/// A page without a title.
pub(super) fn blank(app: &App, theme: Theme, here: &str) -> Page {
    let support_email = app.config.support.clone();
    Page { title: String::new(), theme, here: here.to_owned(), flash: None, support_email }
}

/// The colours that the visitor chose.
pub(super) fn theme(headers: &http::HeaderMap) -> Theme {
    Theme::parse(cookie::read(headers, cookie::THEME).unwrap_or_default())
}

impl FromRequestParts<App> for Desk {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let session = cookie::read(&parts.headers, cookie::SESSION);
        let credential = session.map(|token| Credential::SessionToken(token.to_owned()));
        let visitor = match Visitor::admit(app, credential, &parts.headers).await {
            Err(status) if status.code() == Code::Unauthenticated => {
                Visitor::admit(app, None, &parts.headers).await?
            }
            other => other?,
        };
        let Query(query) = Query::try_from_uri(&parts.uri).map_err(|_| Failure::Answer(400))?;
        let here = parts.uri.path_and_query().map_or("/", |address| address.as_str()).to_owned();
        let theme = theme(&parts.headers);
        let request = parts.headers.clone();
        Ok(Self { app: app.clone(), visitor, here, theme, query, request })
    }
}
