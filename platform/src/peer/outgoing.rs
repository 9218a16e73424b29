//! What a call carries: tokens, ids, and what is left of the deadline.

use std::task::{Context, Poll};
use std::time::Instant;

use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use http::{HeaderValue, Request, Response};
use proto::refusal::{Reason, Refusal};
use tonic::Status;
use tonic::body::Body;
use tower::Service;

use super::{Peer, deadline};
use crate::caller::{CALLER_HEADER, REQUEST_ID_HEADER, SERVICE_HEADER, TRACEPARENT_HEADER, Trace};

/// A peer called in somebody's name.
#[derive(Clone)]
pub(super) struct Outgoing {
    pub(super) peer: Peer,
    pub(super) service_token: HeaderValue,
    pub(super) caller_token: Option<HeaderValue>,
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
        if let Some(left) = self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
            if left.is_zero() {
                return ready(Err(no_time_left())).boxed();
            }
            let timeout = deadline::requested(headers).map_or(left, |asked| asked.min(left));
            deadline::set(headers, timeout);
        }
        headers.insert(SERVICE_HEADER, self.service_token.clone());
        let optional = [
            (CALLER_HEADER, &self.caller_token),
            (REQUEST_ID_HEADER, &self.trace.request_id),
            (TRACEPARENT_HEADER, &self.trace.traceparent),
        ];
        for (name, value) in optional {
            headers.remove(name);
            if let Some(value) = value {
                headers.insert(name, value.clone());
            }
        }
        self.peer.call(request).boxed()
    }
}

fn no_time_left() -> Status {
    Refusal::new(Reason::DeadlineExceeded, "no time is left for the call").into()
}
