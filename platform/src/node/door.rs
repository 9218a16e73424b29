//! A router that can be mounted before it is built.

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use proto::refusal::Refusal;
use tonic::Status;
use tower::ServiceExt;

/// Binds the router that [`door`] made with it.
pub(super) struct Late(Arc<OnceLock<Router>>);

/// A router that answers UNAVAILABLE until [`Late::bind`]: callers of a process that waits for its
/// database hear that at once, and do not hang until their deadline.
pub(super) fn door() -> (Late, Router) {
    let cell = Arc::new(OnceLock::new());
    (Late(cell.clone()), Router::new().fallback(enter).with_state(cell))
}

impl Late {
    /// From now on requests reach `router`.
    pub(super) fn bind(self, router: Router) {
        // `self` is consumed, so the cell is empty.
        drop(self.0.set(router));
    }
}

async fn enter(State(cell): State<Arc<OnceLock<Router>>>, request: Request) -> Response {
    match cell.get() {
        Some(router) => router.clone().oneshot(request).await.unwrap_or_else(|never| match never {}),
        None => Status::from(Refusal::unavailable("database")).into_http(),
    }
}
