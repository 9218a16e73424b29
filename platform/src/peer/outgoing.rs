//! What a call carries: tokens, ids, and what is left of the deadline.

use std::task::{Context, Poll};
use std::time::Instant;

use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use http::{HeaderMap, Request, Response};
use proto::refusal::{Reason, Refusal};
use tonic::Status;
use tonic::body::Body;
use tower::Service;

use super::{Peer, deadline};
use crate::caller::{
    CALLER_HEADER, Principal, REQUEST_ID_HEADER, SERVICE_HEADER, Signer, TRACEPARENT_HEADER, Token, Trace,
};

/// A peer called in somebody's name. Tokens are fetched for each call, so it may be kept for ever.
#[derive(Clone)]
pub(super) struct Outgoing {
    pub(super) peer: Peer,
    pub(super) to: &'static str,
    pub(super) signer: Signer,
    pub(super) principal: Option<Principal>,
    pub(super) token: Option<Token>,
    pub(super) trace: Trace,
    pub(super) deadline: Option<Instant>,
}

impl Service<Request<Body>> for Outgoing {
    type Response = Response<Body>;
    type Error = Status;
    type Future = BoxFuture<'static, Result<Response<Body>, Status>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Status>> {
        self.peer.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let headers = request.headers_mut();
        let dressed = self.limit(headers).and_then(|()| self.identify(headers));
        match dressed {
            Ok(()) => self.peer.call(request).boxed(),
            Err(refusal) => ready(Err(refusal.into())).boxed(),
        }
    }
}

impl Outgoing {
    /// The call ends with the call that caused it.
    fn limit(&self, headers: &mut HeaderMap) -> Result<(), Refusal> {
        let Some(deadline) = self.deadline else { return Ok(()) };
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Refusal::new(Reason::DeadlineExceeded, "no time is left for the call"));
        }
        let timeout = deadline::requested(headers).map_or(left, |asked| asked.min(left));
        deadline::set(headers, timeout);
        Ok(())
    }

    /// Whoever called us, by their own token while it lives; after that, and for work without a live
    /// request, by our word (`on_behalf_of`).
    fn identify(&self, headers: &mut HeaderMap) -> Result<(), Refusal> {
        let token = self.token.as_ref().filter(|token| self.signer.is_live(token));
        let on_behalf_of = self.principal.as_ref().filter(|_| token.is_none());
        let service_token = self.signer.service_token(self.to, on_behalf_of).map_err(|error| {
            tracing::error!(%error, peer = self.to, "a call cannot be signed");
            Refusal::internal()
        })?;
        let values = [
            (SERVICE_HEADER, Some(&service_token)),
            (CALLER_HEADER, token.map(|token| &token.value)),
            (REQUEST_ID_HEADER, self.trace.request_id.as_ref()),
            (TRACEPARENT_HEADER, self.trace.traceparent.as_ref()),
        ];
        for (name, value) in values {
            headers.remove(name);
            if let Some(value) = value {
                headers.insert(name, value.clone());
            }
        }
        Ok(())
    }
}
