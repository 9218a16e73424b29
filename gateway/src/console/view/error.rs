//! Pages for requests that cannot be answered.

use askama::Template;

use super::page::{Link, Page};

/// Any error page.
#[derive(Template, Debug, Default)]
#[template(path = "error.html")]
pub struct Error {
    /// The page.
    pub page: Page,
    /// HTTP status.
    pub status: u16,
    /// What happened.
    pub heading: String,
    /// What to do.
    pub text: String,
    /// The way on.
    pub link: Option<Link>,
    /// Id for support, from the response header; may be empty.
    pub request: String,
}

impl Error {
    /// The page of a status with its usual words; the way on is the start page, or `retry` where that may help.
    #[must_use]
    pub fn of(mut page: Page, status: u16, retry: &str) -> Self {
        let (heading, text, again) = match status {
            400 => (
                "We could not read this request",
                "Something in the address or the form does not fit. Nothing was changed.",
                false,
            ),
            401 => ("Please sign in", "Your session ended. Nothing was changed.", false),
            403 => (
                "You may not do this",
                "Your role in this organization does not allow it. An Owner or Admin can change that.",
                false,
            ),
            404 => {
                ("There is no such page", "It may have been removed, or the address is not complete.", false)
            }
            409 | 412 => (
                "Somebody else changed this meanwhile",
                "Nothing of yours was saved. Look at the present state and try again.",
                true,
            ),
            413 => (
                "This file is too large",
                "Split it into several files and upload them one after the other.",
                false,
            ),
            429 => ("Too many requests", "Wait a minute and try again. Nothing was changed.", true),
            503 | 504 => (
                "Not available right now",
                "A part of the system does not answer. Try again in a moment.",
                true,
            ),
            _ => (
                "Something went wrong on our side",
                "It was noted. Try again; if it stays, write to support with the number below.",
                true,
            ),
        };
        page.title = heading.into();
        let link = match (again, status) {
            (true, _) => Link::new("Try again", retry),
            (_, 401) => Link::new("Sign in", "/sign-in"),
            _ => Link::new("Go to the start page", "/"),
        };
        Self {
            page,
            status,
            heading: heading.into(),
            text: text.into(),
            link: Some(link),
            request: String::new(),
        }
    }
}
