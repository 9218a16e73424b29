//! A message → the mail that a person reads.

use platform::keys;

use super::App;
use crate::domain::message::Message;
use crate::domain::rendering::Rendered;

/// The mail and the link in it.
pub struct Mail {
    /// Subject and bodies.
    pub rendered: Rendered,
    /// Empty when there is none.
    pub link: String,
}

/// Why a message cannot be rendered: it never will be.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The seal is broken or its key is gone.
    #[error("the link's seal does not open")]
    Seal(#[from] keys::Error),
    /// A variable is missing.
    #[error("the template {template} cannot be filled: {cause}")]
    Template {
        /// Which one.
        template: String,
        /// Names the variable.
        cause: minijinja::Error,
    },
}

/// Opens the token, builds the link from the public origin, fills the template.
pub fn render(app: &App, message: &Message) -> Result<Mail, Error> {
    let token = match &message.sealed_token {
        Some(sealed) => {
            String::from_utf8_lossy(&app.keys.unseal(sealed, message.dedupe_key.as_bytes())?).into_owned()
        }
        None => String::new(),
    };
    // In the fragment, which no browser sends to a server and no log keeps.
    let link = match token.as_str() {
        "" => String::new(),
        token => format!("{}{}#{token}", app.site.public_origin, message.link_path),
    };
    let mut values = message.variables.clone();
    let expires = message.expire_time.map(|time| time.format("%-d %B %Y, %H:%M UTC").to_string());
    let ours = [
        ("recipient_name", message.recipient_name.clone()),
        ("link", link.clone()),
        ("code", token),
        ("expires", expires.unwrap_or_default()),
        ("support", app.config.support.clone()),
        ("origin", app.site.public_origin.clone()),
    ];
    values.extend(ours.map(|(key, value)| (key.to_owned(), value)));
    let rendered = app.templates.render(&message.template, &values);
    let rendered = rendered.map_err(|cause| Error::Template { template: message.template.clone(), cause })?;
    Ok(Mail { rendered, link })
}
