//! What an operator or an embedding program can choose.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use http::{HeaderName, HeaderValue, header, request::Parts};
use prost_reflect::MethodDescriptor;
use tonic::{Status, metadata::MetadataMap};

use super::Upstream;

/// Decides whether a call may go on, and what metadata it carries.
///
/// It runs once a call, after the route is found and before the body is read.
#[async_trait]
pub trait Admission: Send + Sync {
    /// Metadata to add to the call. A refusal is answered as any status of a service is.
    ///
    /// `request` is the HTTP request without its body, extensions included.
    async fn admit(&self, method: &MethodDescriptor, request: &Parts) -> Result<MetadataMap, Status>;
}

/// Admits everybody and adds nothing.
#[derive(Debug, Clone, Copy)]
pub struct Open;

#[async_trait]
impl Admission for Open {
    async fn admit(&self, _method: &MethodDescriptor, _request: &Parts) -> Result<MetadataMap, Status> {
        Ok(MetadataMap::new())
    }
}

/// Finds who serves a service, by its full name; `None` answers UNIMPLEMENTED. Asked once, at start.
pub type Upstreams = Arc<dyn Fn(&str) -> Option<Upstream> + Send + Sync>;

/// Whether a method is reachable over HTTP at all. Asked once, at start.
pub type Exposed = Arc<dyn Fn(&MethodDescriptor) -> bool + Send + Sync>;

/// All settings of a transcoder.
#[derive(Clone)]
pub struct Options {
    /// Who serves a service.
    pub upstreams: Upstreams,
    /// Who may call, and the metadata of the call.
    pub admission: Arc<dyn Admission>,
    /// Which methods have routes; by default all.
    pub exposed: Exposed,
    /// Gives methods without an annotation the route `POST /package.Service/Method`.
    pub bind_unannotated: bool,
    /// Request headers copied into metadata under their own name. No other header travels.
    pub request_headers: Vec<HeaderName>,
    /// Response metadata copied into HTTP headers. No other metadata travels.
    pub response_headers: Vec<HeaderName>,
    /// `domain` of the ErrorInfo in refusals made here (AIP-193).
    pub error_domain: String,
    /// `WWW-Authenticate` of a 401 (RFC 9110, 11.6.1).
    pub challenge: Option<HeaderValue>,
    /// Whether fields without presence are written when empty.
    pub emit_defaults: bool,
    /// Passes over JSON fields, enum names in JSON and query parameters that the contract does not
    /// know, instead of refusing them.
    pub ignore_unknown: bool,
    /// How the `etag` fields of messages are written.
    pub etags: EtagStyle,
    /// Sizes that a request may have.
    pub limits: Limits,
    /// How long calls may take.
    pub deadlines: Deadlines,
    /// Rhythm of streamed answers.
    pub streams: Streams,
}

/// How the string in an `etag` field relates to the HTTP header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EtagStyle {
    /// The field holds the header's text, quotes included (AIP-154).
    Quoted,
    /// The field holds the text between the quotes.
    Bare,
}

/// Sizes that a request may have, in bytes unless said otherwise.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Path and query together; more is 414.
    pub uri: usize,
    /// Names and values of all headers together; more is 431.
    pub headers: usize,
    /// Number of headers; more is 431.
    pub header_count: usize,
    /// A body that is read whole, one line of NDJSON, or all fields of a form; more is 413.
    pub body: usize,
    /// A file or a stream of lines; more is 413.
    pub upload: u64,
    /// Nested lists and objects in JSON, and names in the dotted name of a parameter.
    pub json_depth: usize,
    /// Query parameters or form fields, counted.
    pub parameters: usize,
    /// One message of an answer.
    pub answer: usize,
}

/// How long calls may take. A client shortens them with `Grpc-Timeout` or `X-Server-Timeout`.
#[derive(Debug, Clone, Copy)]
pub struct Deadlines {
    /// Unary calls without a header.
    pub unary: Duration,
    /// The most a header may ask for a unary call.
    pub unary_cap: Duration,
    /// Uploads, downloads and watches, with or without a header; `None` for no limit.
    pub streaming_cap: Option<Duration>,
}

/// Rhythm of streamed answers.
#[derive(Debug, Clone, Copy)]
pub struct Streams {
    /// Silence after which an event stream sends a comment.
    pub heartbeat: Duration,
    /// How long an answer waits for the service to accept the call, so that a
    /// refusal becomes a real HTTP status, before the headers go out anyway.
    pub acceptance: Duration,
    /// How long it then waits for the first message, for the same reason.
    pub first_message: Duration,
}

impl Options {
    /// Defaults for everything but where the services are.
    pub fn new(upstreams: impl Fn(&str) -> Option<Upstream> + Send + Sync + 'static) -> Self {
        Self {
            upstreams: Arc::new(upstreams),
            admission: Arc::new(Open),
            exposed: Arc::new(|_| true),
            bind_unannotated: false,
            request_headers: vec![
                header::ACCEPT_LANGUAGE,
                HeaderName::from_static("traceparent"),
                HeaderName::from_static("tracestate"),
            ],
            response_headers: vec![
                header::CONTENT_DISPOSITION,
                HeaderName::from_static("idempotency-replayed"),
            ],
            error_domain: "transcoder".to_owned(),
            challenge: Some(HeaderValue::from_static("Bearer")),
            emit_defaults: true,
            ignore_unknown: false,
            etags: EtagStyle::Quoted,
            limits: Limits::default(),
            deadlines: Deadlines::default(),
            streams: Streams::default(),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Options")
            .field("limits", &self.limits)
            .field("deadlines", &self.deadlines)
            .field("streams", &self.streams)
            .finish_non_exhaustive()
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            uri: 8 * 1024,
            headers: 16 * 1024,
            header_count: 100,
            body: 4 * 1024 * 1024,
            upload: 1024 * 1024 * 1024,
            json_depth: 64,
            parameters: 1_000,
            answer: 16 * 1024 * 1024,
        }
    }
}

impl Default for Deadlines {
    fn default() -> Self {
        Self { unary: Duration::from_secs(30), unary_cap: Duration::from_secs(60), streaming_cap: None }
    }
}

impl Default for Streams {
    fn default() -> Self {
        Self {
            heartbeat: Duration::from_secs(15),
            acceptance: Duration::from_secs(1),
            first_message: Duration::from_millis(100),
        }
    }
}
