//! The admin console: server-rendered pages over the public RPCs.

pub mod view;

use axum::Router;

use crate::app::App;

/// All console routes.
pub fn routes(_app: &App) -> Router {
    Router::new()
}
