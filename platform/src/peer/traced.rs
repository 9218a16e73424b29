//! A span for each call, on the caller's side.

use std::task::{Context, Poll};

use futures::FutureExt;
use futures::future::BoxFuture;
use http::{Request, Response};
use opentelemetry::KeyValue;
use opentelemetry::trace::SpanKind;
use tonic::body::Body;
use tonic::{Code, Status};
use tower::Service;

use super::Peer;
use crate::telemetry::{self, Span};

/// `peer`, the service `to`: each call is a span below whatever is under way here, and says so in its
/// `traceparent`. Methods are those of generated clients and of doors that know the contract, so they may
/// be named. The span ends with the head of the answer; the callee's own covers a stream.
#[must_use]
pub fn traced(peer: Peer, to: &'static str) -> Peer {
    Peer::new(Traced { peer, to })
}

#[derive(Clone)]
struct Traced {
    peer: Peer,
    to: &'static str,
}

impl Service<Request<Body>> for Traced {
    type Response = Response<Body>;
    type Error = Status;
    type Future = BoxFuture<'static, Result<Response<Body>, Status>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Status>> {
        self.peer.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let parent = telemetry::parent(request.headers());
        let name = request.uri().path().trim_start_matches('/');
        let attributes = || {
            let method = KeyValue::new("rpc.method", name.to_owned());
            vec![KeyValue::new("rpc.system", "grpc"), method, KeyValue::new("server.address", self.to)]
        };
        let span = Span::begin(name, SpanKind::Client, &parent, attributes);
        span.inject(request.headers_mut());
        let answer = self.peer.call(request);
        if !Span::are_sent() {
            return answer;
        }
        async move {
            let answer = answer.await;
            if let Some(code) = refused(&answer) {
                span.fail(code);
            }
            span.end();
            answer
        }
        .boxed()
    }
}

/// The code of an answer that is no success already in its head.
fn refused(answer: &Result<Response<Body>, Status>) -> Option<&'static str> {
    let code = match answer {
        Ok(response) => Code::from_bytes(response.headers().get("grpc-status")?.as_bytes()),
        Err(status) => status.code(),
    };
    Some(telemetry::code_name(code)).filter(|_| code != Code::Ok)
}
