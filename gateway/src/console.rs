//! The admin console: server-rendered pages over the public RPCs.
//!
//! What the console can do, a partner can do: pages call typed clients in the
//! visitor's name and remember nothing. State lives in the address, except the
//! session (cookie `__Host-roster`), the device that it was begun on
//! (`__Host-roster-device`) and the chosen colours (`theme`).

mod activate;
mod address;
mod assets;
mod claim;
mod claim_choice;
mod cookie;
mod desk;
mod failure;
mod home;
mod html;
mod imports;
mod input;
mod licenses;
mod links;
mod mailbox;
mod members;
mod notice;
mod paging;
mod password;
mod patience;
mod place;
mod present;
mod problems;
mod progress;
mod reset;
mod runs;
mod services;
mod setup;
mod shapes;
mod sign_in;
mod signed;
mod theme;
mod user;
mod users;
mod users_add;
pub mod view;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use tower_http::csrf::CsrfLayer;

use crate::app::App;
use failure::Failure;

/// Longest body of a form, bytes; 200 lines of addresses fit. Uploads set their own limit on their route.
const FORM_BYTES: usize = 256 * 1024;

/// What the outermost template needs for a page that is the same for every visitor.
pub(crate) fn plain_page(app: &App, headers: &http::HeaderMap, here: &str, title: &str) -> view::page::Page {
    view::page::Page { title: title.to_owned(), ..desk::blank(app, desk::theme(headers), here) }
}

/// All console routes and the page for addresses that are none.
///
/// # Errors
///
/// A public origin that is no origin.
pub fn routes(app: &App) -> anyhow::Result<Router> {
    let csrf = CsrfLayer::new().add_trusted_origin(&app.site.public_origin)?;
    let router = Router::new()
        .merge(assets::routes())
        .merge(theme::routes())
        .merge(home::routes())
        .merge(setup::routes())
        .merge(sign_in::routes())
        .merge(activate::routes())
        .merge(reset::routes())
        .merge(claim::routes())
        .merge(users::routes())
        .merge(users_add::routes())
        .merge(user::routes())
        .merge(licenses::routes())
        .merge(members::routes())
        .merge(runs::routes())
        .merge(imports::routes())
        .merge(mailbox::routes(app))
        .fallback(async || Failure::Answer(404))
        .method_not_allowed_fallback(async || Failure::Answer(404))
        .layer(DefaultBodyLimit::max(FORM_BYTES))
        .layer(csrf.with_rejection_response(|_| failure::marked(Failure::Answer(403))))
        .layer(from_fn_with_state(app.clone(), present::present));
    Ok(router.with_state(app.clone()))
}
