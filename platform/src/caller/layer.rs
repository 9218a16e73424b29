//! The layer on a service's routes that lets calls in.

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::future::{Either, Ready, ready};
use http::{Request, Response};
use proto::refusal::{Reason, Refusal};
use tonic::Status;

use super::Verifier;
use super::admit::{self, Refused};

/// Checks the tokens of each call and puts its [`Caller`](super::Caller) into the extensions.
#[derive(Clone)]
pub struct Layer {
    verifier: Arc<Verifier>,
    is_internal: fn(&str) -> bool,
}

/// A service behind [`Layer`].
#[derive(Clone)]
pub struct Admitted<S> {
    inner: S,
    layer: Layer,
}

impl Layer {
    /// `is_internal` answers for a method path (`/package.Service/Method`) whether it has
    /// `roster.audience` = INTERNAL.
    #[must_use]
    pub fn new(verifier: Verifier, is_internal: fn(&str) -> bool) -> Self {
        Self { verifier: Arc::new(verifier), is_internal }
    }
}

impl<S> tower::Layer<S> for Layer {
    type Service = Admitted<S>;

    fn layer(&self, inner: S) -> Admitted<S> {
        Admitted { inner, layer: self.clone() }
    }
}

impl<S, Body, Answer> tower::Service<Request<Body>> for Admitted<S>
where
    S: tower::Service<Request<Body>, Response = Response<Answer>, Error = Infallible>,
    Answer: Default,
{
    type Response = Response<Answer>;
    type Error = Infallible;
    type Future = Either<S::Future, Ready<Result<Response<Answer>, Infallible>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let internal = (self.layer.is_internal)(request.uri().path());
        let peer = request.extensions().get().copied();
        match admit::admit(&self.layer.verifier, request.headers(), internal, peer) {
            Ok(caller) => {
                request.extensions_mut().insert(caller);
                Either::Left(self.inner.call(request))
            }
            Err(reason) => Either::Right(ready(Ok(refuse(&reason, request.uri().path())))),
        }
    }
}

fn refuse<Answer: Default>(reason: &Refused, path: &str) -> Response<Answer> {
    tracing::warn!(rpc.method = path, %reason, "a call was not let in");
    let refusal = match reason {
        Refused::Internal => Refusal::new(Reason::SessionMissing, "this method needs a credential"),
        _ => Refusal::new(Reason::SessionExpired, "the credential is not valid, or not valid any more"),
    };
    Status::from(refusal).into_http()
}
