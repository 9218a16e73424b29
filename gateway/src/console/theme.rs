//! Light or dark, as the viewer says.

use axum::Router;
use axum::routing::post;
use http::HeaderValue;

use super::input::Sent;
use super::view::page::Theme;
use super::{address, cookie, failure, html};
use crate::app::App;

/// `POST /theme`: `theme`, `next`.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/theme", post(choose))
}

async fn choose(sent: Sent) -> html::Answer {
    let chosen = cookie::theme(Theme::parse(sent.text("theme")));
    let cookie = HeaderValue::try_from(chosen).map_err(|_| failure::Failure::Answer(500))?;
    let answer = html::go(address::local(sent.text("next")).unwrap_or("/"), None)?;
    Ok(html::with_cookies(answer, [cookie]))
}
