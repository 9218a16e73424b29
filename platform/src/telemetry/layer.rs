//! The outermost layer of a service's routes: request id, span, figures.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::{Request, Response};

use super::metrics::Calls;
use super::response::{Measured, Measuring};
use super::{Metrics, trace};
use crate::caller::ensure_request_id;

/// Gives each call an id and a span, and counts it by method and code when its answer has ended.
#[derive(Clone)]
pub struct Layer(Arc<Calls>);

/// A service behind [`Layer`].
#[derive(Clone)]
pub struct Observed<S> {
    inner: S,
    calls: Arc<Calls>,
}

impl Layer {
    /// For the routes of `service`.
    #[must_use]
    pub fn new(service: &'static str, metrics: &Metrics) -> Self {
        Self(Arc::new(Calls::new(service, metrics)))
    }
}

impl<S> tower::Layer<S> for Layer {
    type Service = Observed<S>;

    fn layer(&self, inner: S) -> Observed<S> {
        Observed { inner, calls: self.0.clone() }
    }
}

impl<S, Body, Answer> tower::Service<Request<Body>> for Observed<S>
where
    S: tower::Service<Request<Body>, Response = Response<Answer>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response<Measured<Answer>>;
    type Error = Infallible;
    type Future = Observing<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let id = ensure_request_id(request.headers_mut());
        let work = self.calls.begin(request.uri().path(), &trace::incoming(request.headers()));
        work.inject(request.headers_mut());
        let path = request.uri().path();
        // Of the highest level, because lines of any level need its ids.
        let span = tracing::error_span!(
            "rpc",
            rpc.method = path,
            request.id = id.to_str().unwrap_or_default(),
            trace.id = %work.trace_id()
        );
        let measuring = Measuring::begin(self.calls.clone(), path, span, work);
        let answer = measuring.within(|| self.inner.call(request));
        Observing { answer: Box::pin(answer), measuring: Some(measuring) }
    }
}

/// The answer on its way, inside its span.
pub struct Observing<F> {
    answer: Pin<Box<F>>,
    measuring: Option<Measuring>,
}

impl<F, Answer> Future for Observing<F>
where
    F: Future<Output = Result<Response<Answer>, Infallible>>,
{
    type Output = Result<Response<Measured<Answer>>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let answer = this.answer.as_mut();
        let answer = match &this.measuring {
            Some(measuring) => ready!(measuring.within(|| answer.poll(context))),
            None => ready!(answer.poll(context)),
        };
        let measuring = this.measuring.take();
        Poll::Ready(answer.map(|response| Measured::of(response, measuring)))
    }
}
