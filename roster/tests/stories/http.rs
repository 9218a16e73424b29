//! A partner with nothing but HTTP and JSON.

use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tokio::time::timeout;

/// No call of the story may take longer.
const LIMIT: Duration = Duration::from_secs(60);

/// Calls one installation, with or without a credential.
#[derive(Clone)]
pub struct Http {
    client: Client<HttpConnector, Full<bytes::Bytes>>,
    origin: String,
    bearer: Option<String>,
}

/// An answer, read whole.
pub struct Answer {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub bytes: bytes::Bytes,
    pub text: String,
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Failure {
    /// Nobody listens there, or who does had said goodbye: the call was not taken.
    Nobody,
    /// The call was sent, and its fate is unknown.
    Broken(String),
}

impl Failure {
    fn of(error: hyper_util::client::legacy::Error) -> Self {
        if error.is_connect() || said_goodbye(&error) {
            Self::Nobody
        } else {
            Self::Broken(format!("{error:?}"))
        }
    }
}

/// A stream above the last one a GOAWAY names was never looked at (RFC 9113, 6.8): every client may send it anew.
fn said_goodbye(error: &(dyn std::error::Error + 'static)) -> bool {
    let cause = std::iter::successors(Some(error), |error| error.source());
    cause
        .filter_map(|cause| cause.downcast_ref::<h2::Error>())
        .any(|cause| cause.is_go_away() && cause.is_remote() && cause.reason() == Some(h2::Reason::NO_ERROR))
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error} in: {}", self.text))
    }

    /// ErrorInfo.reason of a refusal (AIP-193).
    pub fn reason(&self) -> String {
        let body = self.json();
        let details = body["error"]["details"].as_array().cloned().unwrap_or_default();
        let reason = details.iter().find_map(|detail| detail["reason"].as_str().map(str::to_owned));
        reason.unwrap_or_else(|| panic!("no reason in: {}", self.text))
    }
}

impl Http {
    pub fn new(origin: &str) -> Self {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { client, origin: origin.to_owned(), bearer: None }
    }

    pub fn origin(&self) -> &str {
        &self.origin
    }

    pub fn bearer(&self) -> &str {
        self.bearer.as_deref().expect("somebody is signed in")
    }

    pub fn with(&self, bearer: &str) -> Self {
        Self { bearer: Some(bearer.to_owned()), ..self.clone() }
    }

    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        self.attempt(method, path, headers, body)
            .await
            .unwrap_or_else(|problem| panic!("{method} {path}: {problem:?}"))
    }

    /// HTTP/2 from the first byte: a server that leaves says so before it closes, so no call is lost on the way.
    pub fn over_http2(origin: &str, bearer: &str) -> Self {
        let client = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
        Self { client, origin: origin.to_owned(), bearer: Some(bearer.to_owned()) }
    }

    /// As [`send`](Self::send), for calls that may find nobody: a connection that breaks is an answer too.
    pub async fn attempt(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Answer, Failure> {
        let mut request = http::Request::builder().method(method).uri(format!("{}{path}", self.origin));
        if let Some(bearer) = &self.bearer {
            request = request.header("authorization", format!("Bearer {bearer}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::from(body)).unwrap();
        let exchange = async {
            let response = self.client.request(request).await.map_err(Failure::of)?;
            let (parts, body) = response.into_parts();
            let bytes =
                body.collect().await.map_err(|error| Failure::Broken(format!("{error:?}")))?.to_bytes();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, bytes, text })
        };
        timeout(LIMIT, exchange).await.unwrap_or_else(|_| Err(Failure::Broken("took too long".to_owned())))
    }

    /// Opens a stream and waits for its head.
    pub async fn open(&self, path: &str, headers: &[(&str, &str)]) -> http::Response<axum::body::Body> {
        let mut request = http::Request::builder().uri(format!("{}{path}", self.origin));
        request = request.header("authorization", format!("Bearer {}", self.bearer()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let asked = self.client.request(request.body(Full::default()).unwrap());
        let response = timeout(LIMIT, asked).await.expect("a head comes in time").unwrap();
        response.map(axum::body::Body::new)
    }

    /// Status and text of a page, or none when nobody answers.
    pub async fn probe(&self, path: &str) -> Option<(u16, String)> {
        let request = http::Request::builder().uri(format!("{}{path}", self.origin));
        let asked = self.client.request(request.body(Full::default()).unwrap());
        let response = timeout(Duration::from_secs(2), asked).await.ok()?.ok()?;
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.ok()?.to_bytes();
        Some((status, String::from_utf8_lossy(&bytes).into_owned()))
    }

    pub async fn try_post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, &[("content-type", "application/json")], body.to_string().into_bytes()).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Value {
        let answer = self.try_post(path, body).await;
        assert_eq!(answer.status, 200, "POST {path}: {}", answer.text);
        answer.json()
    }

    pub async fn try_get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], Vec::new()).await
    }

    pub async fn get(&self, path: &str) -> Value {
        let answer = self.try_get(path).await;
        assert_eq!(answer.status, 200, "GET {path}: {}", answer.text);
        answer.json()
    }

    /// All messages of a watch that ends by itself (NDJSON).
    pub async fn watch(&self, path: &str) -> Vec<Value> {
        let answer = self.send("GET", path, &[("accept", "application/x-ndjson")], Vec::new()).await;
        assert_eq!(answer.status, 200, "GET {path}: {}", answer.text);
        answer.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    pub async fn upload(&self, path: &str, csv: impl Into<Vec<u8>>) -> Answer {
        self.send("POST", path, &[("content-type", "text/csv")], csv.into()).await
    }
}
