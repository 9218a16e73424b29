//! A panic in a handler becomes INTERNAL without a text; nothing unwinds into the caller.

use std::convert::Infallible;
use std::future::Future;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::FutureExt;
use http::{HeaderMap, Request, Response};
use http_body::{Body, Frame, SizeHint};
use proto::refusal::Refusal;
use tonic::Status;

/// The layer. It must sit on the callee's routes: in one process caller and callee share a task.
#[derive(Clone, Copy, Debug)]
pub struct CatchPanic;

/// A service behind [`CatchPanic`].
#[derive(Clone)]
pub struct Caught<S>(S);

/// A body whose panic ends it with INTERNAL in the trailers.
pub struct CaughtBody<B> {
    body: Pin<Box<B>>,
    panicked: bool,
}

impl<S> tower::Layer<S> for CatchPanic {
    type Service = Caught<S>;

    fn layer(&self, inner: S) -> Caught<S> {
        Caught(inner)
    }
}

impl<S, Request_, Answer> tower::Service<Request<Request_>> for Caught<S>
where
    S: tower::Service<Request<Request_>, Response = Response<Answer>, Error = Infallible>,
    S::Future: Send + 'static,
    Answer: Default,
{
    type Response = Response<CaughtBody<Answer>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request<Request_>) -> Self::Future {
        let called = catch_unwind(AssertUnwindSafe(|| self.0.call(request)));
        Box::pin(async move {
            let answer = match called {
                Ok(answer) => AssertUnwindSafe(answer).catch_unwind().await,
                Err(panic) => Err(panic),
            };
            let response = answer.unwrap_or_else(|_| Ok(Status::from(Refusal::internal()).into_http()));
            response.map(|response| response.map(CaughtBody::new))
        })
    }
}

impl<B> CaughtBody<B> {
    fn new(body: B) -> Self {
        Self { body: Box::pin(body), panicked: false }
    }
}

impl<B: Body> Body for CaughtBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        if self.panicked {
            return Poll::Ready(None);
        }
        let body = self.body.as_mut();
        if let Ok(polled) = catch_unwind(AssertUnwindSafe(|| body.poll_frame(context))) {
            return polled;
        }
        self.panicked = true;
        Poll::Ready(Some(Ok(Frame::trailers(internal()))))
    }

    fn is_end_stream(&self) -> bool {
        self.panicked || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn internal() -> HeaderMap {
    let mut trailers = HeaderMap::new();
    if let Err(status) = Status::from(Refusal::internal()).add_header(&mut trailers) {
        tracing::error!(%status, "a status cannot be written");
    }
    trailers
}

/// The panic hook of the process: one line in the log instead of raw text on standard error.
pub(super) fn log(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let text = panic.payload_as_str().unwrap_or_default();
    let backtrace = std::backtrace::Backtrace::capture();
    tracing::error!(panic.place = place, panic.text = text, %backtrace, "panicked");
}
