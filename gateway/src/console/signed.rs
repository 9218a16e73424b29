//! A person who is signed in.

use std::ops::Deref;

use axum::extract::FromRequestParts;
use http::request::Parts;
use proto::identity::v1::{GetCurrentSessionRequest, Session};

use super::desk::Desk;
use super::failure::Failure;
use crate::app::App;

/// A desk with a session; without one the visitor is led to the sign-in page and back.
#[derive(Clone)]
pub(super) struct Signed {
    pub(super) desk: Desk,
    pub(super) session: Session,
}

impl Signed {
    /// Asks identity-svc for the session.
    pub(super) async fn at(desk: Desk) -> Result<Self, Failure> {
        if desk.visitor.is_anonymous() {
            return Err(Failure::SignIn);
        }
        let session = desk.sessions()?.get_current_session(GetCurrentSessionRequest {}).await?.into_inner();
        Ok(Self { desk, session })
    }
}

impl Deref for Signed {
    type Target = Desk;

    fn deref(&self) -> &Desk {
        &self.desk
    }
}

impl FromRequestParts<App> for Signed {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        Self::at(Desk::from_request_parts(parts, app).await?).await
    }
}
