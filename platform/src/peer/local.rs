//! A service of this process, called without a socket.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures::future::BoxFuture;
use http::{Request, Response};
use http_body::Frame;
use proto::refusal::{Reason, Refusal};
use tokio::time::{Instant, Sleep, sleep_until};
use tonic::Status;
use tonic::body::Body;
use tonic::service::Routes;
use tower::Service;

use super::{Peer, deadline};

/// How long calls may take, in process as over the network (api.md, "Deadlines").
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// For a unary method: what a call without `grpc-timeout` gets, and the most it may ask for.
    pub unary: Duration,
    /// For a method that streams in either direction.
    pub streaming: Duration,
    /// Answers for a method path whether it streams.
    pub streams: fn(&str) -> bool,
}

impl Default for Limits {
    fn default() -> Self {
        let (unary, streaming) = (Duration::from_secs(30), Duration::from_secs(30 * 60));
        Self { unary, streaming, streams: proto::audience::is_streaming }
    }
}

/// The service behind `routes`, with the usual [`Limits`].
#[must_use]
pub fn local(routes: Routes) -> Peer {
    local_with(routes, Limits::default())
}

/// The service behind `routes`. A call ends with `DEADLINE_EXCEEDED` at its `grpc-timeout`, and a
/// stream is cut there; the callee's work is dropped, as when a network caller goes away.
#[must_use]
pub fn local_with(routes: Routes, limits: Limits) -> Peer {
    Peer::new(Local { routes: routes.prepare(), limits })
}

#[derive(Clone)]
struct Local {
    routes: Routes,
    limits: Limits,
}

impl Service<Request<Body>> for Local {
    type Response = Response<Body>;
    type Error = Status;
    type Future = BoxFuture<'static, Result<Response<Body>, Status>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let streams = (self.limits.streams)(request.uri().path());
        let most = if streams { self.limits.streaming } else { self.limits.unary };
        let timeout = deadline::requested(request.headers()).map_or(most, |asked| asked.min(most));
        deadline::set(request.headers_mut(), timeout);
        let answer = self.routes.call(request);
        Box::pin(until(answer, Instant::now() + timeout, streams))
    }
}

/// The answer, unless the deadline comes first. The timer is registered only if the answer waits.
async fn until<Error>(
    answer: impl Future<Output = Result<Response<Body>, Error>>,
    deadline: Instant,
    streams: bool,
) -> Result<Response<Body>, Status> {
    let late = |_| too_late();
    let response = tokio::time::timeout_at(deadline, pin!(answer)).await.map_err(late)?;
    let response = response.map_err(|_| Refusal::internal())?;
    if !streams {
        return Ok(response);
    }
    Ok(response.map(|body| Body::new(Bounded { body, sleep: Box::pin(sleep_until(deadline)) })))
}

/// A stream that is cut at its deadline.
struct Bounded {
    body: Body,
    sleep: Pin<Box<Sleep>>,
}

impl http_body::Body for Bounded {
    type Data = bytes::Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Status>>> {
        // A stream that always has more to say never comes to the timer.
        if Instant::now() >= self.sleep.deadline() {
            return Poll::Ready(Some(Err(too_late())));
        }
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            return Poll::Ready(frame);
        }
        ready!(self.sleep.as_mut().poll(context));
        Poll::Ready(Some(Err(too_late())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }
}

fn too_late() -> Status {
    Refusal::new(Reason::DeadlineExceeded, "the deadline of the call has passed").into()
}
