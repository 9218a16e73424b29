//! Who is calling.
//!
//! Two signed tokens travel in the metadata of each call between services (seams.md): `roster-caller`
//! says who started it all, `roster-service` says which process makes this hop. They say who, never
//! what they may do: that is asked of an [`Authorizer`](crate::tenant::Authorizer). [`Layer`] checks
//! both and puts a [`Caller`] into the request, where [`Caller::of`] finds it.

use std::sync::Arc;
use std::time::Instant;

use http::{HeaderMap, HeaderValue};

mod admit;
mod layer;
mod principal;
mod sign;
mod token;
mod trace;
mod verify;

pub use layer::Layer;
pub use principal::Principal;
pub use sign::Signer;
pub use token::Error;
pub(crate) use trace::{Trace, ensure_request_id};
pub use verify::{Hop, Verifier};

/// Metadata key of the token that says who started the call.
pub const CALLER_HEADER: &str = "roster-caller";
/// Metadata key of the token that says which process makes this hop.
pub const SERVICE_HEADER: &str = "roster-service";
/// Metadata key of the id that ties together all log lines of one request.
pub const REQUEST_ID_HEADER: &str = "x-request-id";
/// Metadata key of the W3C trace context.
pub const TRACEPARENT_HEADER: &str = "traceparent";

/// Who is calling, with what a further call needs: the first argument of every use case. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Caller(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    principal: Principal,
    service: Option<String>,
    work: bool,
    token: Option<Token>,
    trace: Trace,
    deadline: Option<Instant>,
}

/// The caller token as it came, to be passed along unchanged.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) value: HeaderValue,
    /// Seconds since 1970.
    pub(crate) expires: i64,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("[token]")
    }
}

impl Caller {
    /// The caller of a request that passed [`Layer`]; without the layer nobody is known, which is
    /// the caller with no rights.
    #[must_use]
    pub fn of<T>(request: &tonic::Request<T>) -> Self {
        request.extensions().get::<Self>().cloned().unwrap_or_else(Self::anonymous)
    }

    /// Nobody: a call with no token on a PUBLIC method (sign-in, links).
    #[must_use]
    pub fn anonymous() -> Self {
        Self::new(Principal::Anonymous, None, false)
    }

    /// A job that acts for the principal stored in its row, without a live request.
    #[must_use]
    pub fn at_work(principal: Principal) -> Self {
        Self::new(principal, None, true)
    }

    /// For the gateway, where a call enters: the caller that identity has just authenticated, or
    /// nobody, with the request's id and deadline. Relaying it sends `token` along unchanged.
    ///
    /// # Errors
    /// Why the token is not believed.
    pub fn at_door(verifier: &Verifier, token: Option<&str>, headers: &HeaderMap) -> Result<Self, Error> {
        admit::at_door(verifier, token, headers).map(|inner| Self(Arc::new(inner)))
    }

    /// On whose behalf everything is decided.
    #[must_use]
    pub fn principal(&self) -> &Principal {
        &self.0.principal
    }

    /// The process that made this hop, by its service token.
    #[must_use]
    pub fn service(&self) -> Option<&str> {
        self.0.service.as_deref()
    }

    /// Whether this is work without a live request (`on_behalf_of`).
    #[must_use]
    pub fn is_work(&self) -> bool {
        self.0.work
    }

    /// The id of the request, for logs; empty for a job.
    #[must_use]
    pub fn request_id(&self) -> &str {
        self.0.trace.request_id.as_ref().and_then(|id| id.to_str().ok()).unwrap_or_default()
    }

    /// When the answer comes too late for whoever asked.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.0.deadline
    }

    pub(crate) fn token(&self) -> Option<&Token> {
        self.0.token.as_ref()
    }

    pub(crate) fn trace(&self) -> &Trace {
        &self.0.trace
    }

    fn new(principal: Principal, service: Option<String>, work: bool) -> Self {
        Self(Arc::new(Inner {
            principal,
            service,
            work,
            token: None,
            trace: Trace::default(),
            deadline: None,
        }))
    }
}

/// Signs and checks one token: the algorithms must work in the binary that runs, whatever features
/// other crates enabled.
///
/// # Errors
/// The reason, when they do not.
pub fn self_test(clock: &crate::clock::Clock) -> Result<(), Error> {
    // Keys of its own: a process of one service is not believed as identity, not even by itself.
    let keys = crate::keys::Keys::ephemeral().map_err(|_| Error::Signing)?;
    let signer = Signer::new(token::IDENTITY, keys.clone(), clock.clone());
    let (token, _) = signer.caller_token(&Principal::Anonymous)?;
    Verifier::new(token::IDENTITY, keys, clock.clone()).caller(&token).map(drop)
}
