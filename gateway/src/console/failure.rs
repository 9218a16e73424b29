//! Requests that cannot be answered as asked.
//!
//! A handler only says what went wrong; [`super::present`] knows the request
//! and turns it into a page or leads to the sign-in page.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use proto::refusal::{Reason, Refusal};
use tonic::{Code, Status};

/// Why there is no answer.
#[derive(Clone, Debug)]
pub(super) enum Failure {
    /// A service refused.
    Refused(Status),
    /// Nobody is signed in.
    SignIn,
    /// The page of this HTTP status.
    Answer(u16),
}

impl Failure {
    /// The HTTP status that fits.
    pub(super) fn http(&self) -> u16 {
        match self {
            Self::Refused(status) => of_code(status),
            Self::SignIn => 401,
            Self::Answer(status) => *status,
        }
    }

    /// The reason that a service gave.
    pub(super) fn reason(&self) -> Option<Reason> {
        let Self::Refused(status) = self else { return None };
        Refusal::reason_of(status)
    }
}

fn of_code(status: &Status) -> u16 {
    match status.code() {
        Code::InvalidArgument | Code::OutOfRange => 400,
        Code::Unauthenticated => 401,
        Code::PermissionDenied => 403,
        Code::NotFound | Code::Unimplemented => 404,
        Code::Aborted | Code::AlreadyExists | Code::FailedPrecondition => 409,
        Code::ResourceExhausted if Refusal::reason_of(status) == Some(Reason::TooLarge) => 413,
        Code::ResourceExhausted => 429,
        Code::Unavailable => 503,
        Code::DeadlineExceeded | Code::Cancelled => 504,
        _ => 500,
    }
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        if status.code() == Code::Unauthenticated {
            return Self::SignIn;
        }
        Self::Refused(status)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Status::from(refusal).into()
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        marked(self)
    }
}

/// An empty response that carries the failure to [`super::present`].
pub(super) fn marked(failure: Failure) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = http::StatusCode::from_u16(failure.http()).unwrap_or_default();
    response.extensions_mut().insert(failure);
    response
}
