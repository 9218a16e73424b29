//! Forms as they were sent.

use axum::extract::{Form, FromRequest, Request};
use axum::response::IntoResponse;
use uuid::Uuid;

use super::failure::Failure;
use super::view;

/// Most fields of one form; 200 lines with a toggle each fit.
const MOST: usize = 2000;

/// The fields of an url-encoded form, in their order. Bounded by the console's body limit.
#[derive(Clone, Debug, Default)]
pub(super) struct Sent(Vec<(String, String)>);

impl Sent {
    /// The first value of a field without white space around it, or nothing.
    pub(super) fn text(&self, name: &str) -> &str {
        self.secret(name).trim()
    }

    /// The first value exactly as typed: passwords.
    pub(super) fn secret(&self, name: &str) -> &str {
        self.0.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value)
    }

    /// All values of a repeated field.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Names and values.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether a box is ticked.
    pub(super) fn ticked(&self, name: &str) -> bool {
        !matches!(self.text(name), "" | "false" | "off")
    }

    /// The id that the page carried, so that a double press does it once.
    pub(super) fn request_id(&self) -> String {
        let sent = self.text("request_id");
        if Uuid::try_parse(sent).is_ok() { sent.to_owned() } else { fresh_id() }
    }

    /// The form to show again: everything but passwords.
    pub(super) fn form(&self) -> view::form::Form {
        let shown = self.0.iter().filter(|(name, _)| !name.contains("password"));
        view::form::Form::with(shown.map(|(name, value)| (name.as_str(), value.trim())))
    }
}

/// A request id for a form that is about to be shown.
pub(super) fn fresh_id() -> String {
    Uuid::now_v7().to_string()
}

impl<S: Send + Sync> FromRequest<S> for Sent {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let read = Form::<Vec<(String, String)>>::from_request(request, state).await;
        let Form(fields) = read.map_err(|rejection| {
            let status = rejection.into_response().status().as_u16();
            Failure::Answer(if status == 413 { 413 } else { 400 })
        })?;
        if fields.len() > MOST {
            return Err(Failure::Answer(413));
        }
        Ok(Self(fields))
    }
}

#[cfg(test)]
impl Sent {
    /// A form with these fields.
    pub(super) fn of(fields: &[(&str, &str)]) -> Self {
        Self(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_keep_their_spaces_and_are_not_shown_again() {
        let sent = Sent::of(&[("email", " ann@example.com "), ("password", " a b "), ("new_password", "c")]);
        assert_eq!(sent.text("email"), "ann@example.com");
        assert_eq!(sent.secret("password"), " a b ");
        let form = sent.form();
        assert_eq!(
            (form.value("email"), form.value("password"), form.value("new_password")),
            ("ann@example.com", "", "")
        );
    }

    #[test]
    fn the_page_decides_the_request_id_if_it_is_one() {
        let id = fresh_id();
        assert_eq!(Sent::of(&[("request_id", &id)]).request_id(), id);
        assert_ne!(Sent::of(&[("request_id", "x")]).request_id(), "x");
    }
}
