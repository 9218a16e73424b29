//! What an installation is called, and how careful it is.

use std::net::SocketAddr;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};

/// How careful a process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Mode {
    /// A development mailbox, an origin made from the address.
    Development,
    /// No mailbox; a public origin is required.
    Production,
}

/// The settings behind a [`Site`].
#[derive(Clone, Debug, Default, Args)]
#[group(skip)]
pub struct SiteSettings {
    /// Where people reach it; every link starts with it. Required in production.
    #[arg(long, value_name = "URL")]
    pub public_origin: Option<String>,
    /// Unset: development on a loopback address without a public origin, else production.
    #[arg(long, value_enum)]
    pub mode: Option<Mode>,
}

/// What an installation is called and how careful it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Every link starts with it: scheme and host, without a slash at the end.
    pub public_origin: String,
    /// Development mailbox or none.
    pub development: bool,
}

impl SiteSettings {
    /// The site of a process that only writes links: without an origin there is nothing to write.
    ///
    /// # Errors
    /// An origin that is missing, or none, or unsafe in production.
    pub fn site_of_links(&self) -> anyhow::Result<Site> {
        let origin =
            self.public_origin.as_deref().context("--public-origin is needed: links start with it")?;
        let development = self.mode == Some(Mode::Development);
        Ok(Site { public_origin: checked(origin, development)?, development })
    }

    /// The site of a process that people reach at `address`.
    ///
    /// # Errors
    /// An origin that is none, or a missing or unsafe one in production.
    pub fn site(&self, address: SocketAddr) -> anyhow::Result<Site> {
        // A loopback address behind a proxy with a public origin is production: the
        // development mailbox would show every link to the world.
        let public = self.public_origin.as_deref().is_some_and(|origin| !origin.starts_with("http://127."));
        let default =
            if address.ip().is_loopback() && !public { Mode::Development } else { Mode::Production };
        let development = self.mode.unwrap_or(default) == Mode::Development;
        let public_origin = match &self.public_origin {
            Some(origin) => checked(origin, development)?,
            None if development => format!("http://{address}"),
            None => bail!("production mode needs --public-origin, such as https://roster.example"),
        };
        Ok(Site { public_origin, development })
    }
}

fn checked(origin: &str, development: bool) -> anyhow::Result<String> {
    let uri: http::Uri = origin.parse().context("--public-origin is not a URL")?;
    let bare = matches!(uri.path(), "" | "/") && uri.query().is_none() && uri.host().is_some();
    if !bare || !matches!(uri.scheme_str(), Some("http" | "https")) {
        bail!("--public-origin is scheme and host only, such as https://roster.example");
    }
    if !development && uri.scheme_str() != Some("https") {
        bail!("--public-origin must be https in production: cookies and links depend on it");
    }
    Ok(origin.trim_end_matches('/').to_owned())
}
