//! gRPC-Web, for browsers: the same calls over HTTP/1.1, trailers in the body.

use std::convert::Infallible;

use ::http::{HeaderMap, Request, Response};
use axum::body::Body;
use futures::stream;
use http_body::Frame;
use http_body_util::StreamBody;
use tonic_web::GrpcWebLayer;
use tower::{Layer, Service, ServiceExt};

const TRAILERS: [&str; 3] = ["grpc-status", "grpc-message", "grpc-status-details-bin"];

/// Answers one call, binary or text, with what `grpc` answers.
pub(super) async fn call<S>(grpc: S, request: Request<Body>) -> Response<Body>
where
    S: Service<Request<tonic::body::Body>, Response = Response<Body>, Error = Infallible>,
{
    let web = GrpcWebLayer::new().layer(grpc.map_response(in_the_body));
    match web.oneshot(request).await {
        Ok(response) => response.map(Body::new),
        Err(never) => match never {},
    }
}

/// A call refused at once has its status in the headers, where a page of another origin may not look.
fn in_the_body(mut response: Response<Body>) -> Response<Body> {
    let mut trailers = HeaderMap::new();
    for name in TRAILERS {
        if let Some(value) = response.headers_mut().remove(name) {
            trailers.insert(name, value);
        }
    }
    if trailers.is_empty() {
        return response;
    }
    response
        .map(|_| Body::new(StreamBody::new(stream::iter([Ok::<_, Infallible>(Frame::trailers(trailers))]))))
}
