//! What the door takes on at once, and how it says no to the rest.

use std::sync::Arc;

use ::http::{Method, Response, StatusCode, header};
use axum::body::Body;
use axum::extract::Request;
use platform::serve::Manners;
use proto::audience;
use serde_json::json;
use tonic::Status;

use super::around;
use crate::config::Config;

/// Paths of HTTP/JSON and of the console that last: watches, uploads, progress.
const LASTING: [&str; 3] = [":watch", ":upload", "/progress"];

impl Config {
    /// How the outer port tells requests from streams, and refuses.
    #[must_use]
    pub fn manners(&self) -> Manners {
        let origins = self.cors_origins.clone();
        let refuse = move |request: &Request, status| {
            let mut response = refuse(request, status);
            around::let_read(request.headers(), &origins, response.headers_mut());
            response
        };
        Manners { streams, refuse: Arc::new(refuse) }
    }
}

fn streams(request: &Request) -> bool {
    let path = request.uri().path();
    let upload = request.method() == Method::POST && path.ends_with("/imports");
    upload || audience::is_streaming(path) || LASTING.iter().any(|end| path.ends_with(end))
}

/// gRPC to gRPC (over the web too), the body of AIP-193 to the API, a sentence to a person.
fn refuse(request: &Request, status: Status) -> Response<Body> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    if let Some(kind) = kind.filter(|kind| kind.as_bytes().starts_with(b"application/grpc")) {
        let mut response = status.into_http();
        response.headers_mut().insert(header::CONTENT_TYPE, kind.clone());
        return response;
    }
    let (kind, body) = match request.uri().path().starts_with("/v1") {
        true => ("application/json", error(&status)),
        false => {
            ("text/plain; charset=utf-8", "Too many requests at once. Try again in a moment.\n".to_owned())
        }
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    headers.insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    response
}

fn error(status: &Status) -> String {
    let details = [
        json!({"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "OVERLOADED", "domain": "roster.example"}),
        json!({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1s"}),
    ];
    let error =
        json!({"code": 503, "message": status.message(), "status": "UNAVAILABLE", "details": details});
    json!({ "error": error }).to_string()
}
