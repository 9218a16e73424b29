//! What stands around a transcoder: other origins, packed bodies.

use ::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, header};
use axum::Router;
use http_body::Body;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::Predicate;
use tower_http::cors::CorsLayer;
use tower_http::decompression::RequestDecompressionLayer;

/// A shorter answer would not become smaller by much.
const WORTH_PACKING: u64 = 1024;

/// What a page of another origin may send.
const SENT: [HeaderName; 16] = [
    header::ACCEPT,
    header::ACCEPT_LANGUAGE,
    header::AUTHORIZATION,
    header::CONTENT_TYPE,
    header::CONTENT_RANGE,
    header::IF_MATCH,
    header::IF_NONE_MATCH,
    HeaderName::from_static("idempotency-key"),
    HeaderName::from_static("last-event-id"),
    HeaderName::from_static("grpc-timeout"),
    HeaderName::from_static("x-server-timeout"),
    HeaderName::from_static("traceparent"),
    HeaderName::from_static("tracestate"),
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("x-grpc-web"),
    HeaderName::from_static("x-user-agent"),
];

/// What it may read.
const READ: [HeaderName; 9] = [
    header::ETAG,
    header::RETRY_AFTER,
    header::CONTENT_DISPOSITION,
    header::WWW_AUTHENTICATE,
    HeaderName::from_static("idempotency-replayed"),
    HeaderName::from_static("x-request-id"),
    HeaderName::from_static("grpc-status"),
    HeaderName::from_static("grpc-message"),
    HeaderName::from_static("grpc-status-details-bin"),
];

/// Packs answers and unpacks requests (gzip, RFC 9110, 8.4).
///
/// Unpacking goes piece by piece, and whoever reads the body counts what comes out: a bomb is
/// refused after as many bytes as a plain body would be.
pub fn packed(router: Router) -> Router {
    router
        .layer(RequestDecompressionLayer::new().pass_through_unaccepted(true))
        .layer(CompressionLayer::new().compress_when(LongJson))
}

/// Lets pages of exactly these origins call, without cookies; nothing changes when there are none.
///
/// Besides what every page may, they may send the headers `sent` and read the headers `read`.
pub fn cors(router: Router, origins: &[HeaderValue], sent: &[HeaderName], read: &[HeaderName]) -> Router {
    if origins.is_empty() {
        return router;
    }
    let methods = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    let sent: Vec<HeaderName> = SENT.into_iter().chain(sent.iter().cloned()).collect();
    let read: Vec<HeaderName> = READ.into_iter().chain(read.iter().cloned()).collect();
    let layer = CorsLayer::new()
        .allow_origin(origins.to_vec())
        .allow_methods(methods)
        .allow_headers(sent)
        .expose_headers(read)
        .max_age(std::time::Duration::from_secs(600));
    router.layer(layer)
}

/// The same for one answer that is given before anything else is asked.
pub fn let_read(asked: &HeaderMap, origins: &[HeaderValue], answer: &mut HeaderMap) {
    let Some(origin) = asked.get(header::ORIGIN).filter(|origin| origins.contains(origin)) else { return };
    answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    answer.append(header::VARY, HeaderValue::from_static("origin"));
    for name in READ {
        answer.append(header::ACCESS_CONTROL_EXPOSE_HEADERS, name.into());
    }
}

/// JSON whose length is known: a stream is never held back to be packed.
#[derive(Clone, Copy)]
struct LongJson;

impl Predicate for LongJson {
    fn should_compress<B: Body>(&self, response: &Response<B>) -> bool {
        let content_type = response.headers().get(header::CONTENT_TYPE);
        let json = content_type.is_some_and(|value| value.as_bytes().starts_with(b"application/json"));
        json && response.body().size_hint().exact().is_some_and(|size| size >= WORTH_PACKING)
    }
}
