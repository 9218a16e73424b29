//! Refusals as HTTP answers with the body of AIP-193.

use std::{collections::HashMap, sync::LazyLock};

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use prost::Message;
use prost_reflect::DescriptorPool;
use prost_types::Any;
use serde_json::json;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt, pb};

use super::{json, violation::Violation};

const ERROR_INFO: &str = "type.googleapis.com/google.rpc.ErrorInfo";
const RETRY_INFO: &str = "type.googleapis.com/google.rpc.RetryInfo";

/// Types of google.rpc, for pools that lack them.
static RPC_TYPES: LazyLock<DescriptorPool> =
    LazyLock::new(|| DescriptorPool::decode(pb::FILE_DESCRIPTOR_SET).unwrap_or_default());

/// Why a call was not, or not well, answered.
#[derive(Debug)]
pub(super) enum Refusal {
    /// A status of the service or of the admission hook.
    Status(Status),
    /// Something that is wrong with the HTTP request.
    Request(Fault),
}

/// Something that is wrong with an HTTP request.
#[derive(Debug)]
pub(super) struct Fault {
    http: StatusCode,
    code: Code,
    reason: &'static str,
    message: String,
    violations: Vec<Violation>,
    allow: Option<HeaderValue>,
}

impl From<Status> for Refusal {
    fn from(status: Status) -> Self {
        Self::Status(status)
    }
}

impl From<Violation> for Refusal {
    fn from(violation: Violation) -> Self {
        let message = violation.to_string();
        let violations = vec![violation];
        let (http, code) = (StatusCode::BAD_REQUEST, Code::InvalidArgument);
        Self::Request(Fault { http, code, reason: "FIELD_VIOLATIONS", message, violations, allow: None })
    }
}

impl Refusal {
    /// A fault that concerns no field.
    pub(super) fn request(
        http: StatusCode,
        code: Code,
        reason: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self::Request(Fault {
            http,
            code,
            reason,
            message: message.into(),
            violations: Vec::new(),
            allow: None,
        })
    }

    /// The path exists, but not for this HTTP method.
    pub(super) fn not_allowed(allow: HeaderValue) -> Self {
        let (http, message) =
            (StatusCode::METHOD_NOT_ALLOWED, "this path does not take this HTTP method".to_owned());
        let (code, reason) = (Code::Unimplemented, "UNIMPLEMENTED");
        Self::Request(Fault { http, code, reason, message, violations: Vec::new(), allow: Some(allow) })
    }

    /// The HTTP methods that the path takes, if that is what was wrong.
    pub(super) fn allow(&self) -> Option<HeaderValue> {
        match self {
            Self::Request(fault) => fault.allow.clone(),
            Self::Status(_) => None,
        }
    }

    /// The URL, the headers, the body or a part of it is over a limit.
    pub(super) fn too_large(http: StatusCode, what: &str) -> Self {
        Self::request(http, Code::ResourceExhausted, "TOO_LARGE", format!("{what} is over the limit"))
    }

    /// The body has a media type or coding that this method does not take.
    pub(super) fn media_type(header: HeaderName, problem: impl Into<String>) -> Self {
        let mut refusal = Self::from(Violation::new(header.as_str(), problem));
        if let Self::Request(fault) = &mut refusal {
            fault.http = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        }
        refusal
    }

    /// The status to show and the HTTP status that goes with it.
    pub(super) fn into_status(self, domain: &str) -> (Status, StatusCode) {
        match self {
            Self::Status(status) => {
                let http = http_status(status.code());
                (status, http)
            }
            Self::Request(fault) => (fault.status(domain), fault.http),
        }
    }
}

impl Fault {
    fn status(&self, domain: &str) -> Status {
        let count = ("count".to_owned(), self.violations.len().to_string());
        let metadata: HashMap<String, String> =
            Some(count).filter(|_| !self.violations.is_empty()).into_iter().collect();
        let mut details = ErrorDetails::with_error_info(self.reason, domain, metadata);
        for violation in self.violations.iter().filter(|violation| !violation.field.is_empty()) {
            details.add_bad_request_violation(&violation.field, &violation.problem);
        }
        Status::with_error_details(self.code, &self.message, details)
    }
}

/// The HTTP status of a gRPC code (google/rpc/code.proto); 499 for a client that went away.
pub fn http_status(code: Code) -> StatusCode {
    match code {
        Code::Ok => StatusCode::OK,
        Code::Cancelled => StatusCode::from_u16(499).unwrap_or(StatusCode::BAD_REQUEST),
        Code::InvalidArgument | Code::FailedPrecondition | Code::OutOfRange => StatusCode::BAD_REQUEST,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::PermissionDenied => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::AlreadyExists | Code::Aborted => StatusCode::CONFLICT,
        Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        Code::Unimplemented => StatusCode::NOT_IMPLEMENTED,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        Code::Unknown | Code::Internal | Code::DataLoss => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// A gRPC code for an HTTP status of something between us and the service
/// (grpc/doc/http-grpc-status-mapping.md).
pub(super) fn status_of_http(http: StatusCode) -> Status {
    let code = match http.as_u16() {
        400 => Code::Internal,
        401 => Code::Unauthenticated,
        403 => Code::PermissionDenied,
        404 => Code::Unimplemented,
        429 | 502 | 503 | 504 => Code::Unavailable,
        _ => Code::Unknown,
    };
    Status::new(code, format!("the service answered with HTTP {}", http.as_u16()))
}

/// The answer for a refusal, without allow-listed metadata.
pub(super) fn response(pool: &DescriptorPool, status: &Status, http: StatusCode) -> Response<Body> {
    let mut response = Response::new(Body::from(body(pool, status, http)));
    *response.status_mut() = http;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(seconds) = retry_after(status) {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// `{"error": {"code", "message", "status", "details"}}`.
pub(super) fn body(pool: &DescriptorPool, status: &Status, http: StatusCode) -> Vec<u8> {
    let details: Vec<String> = details(status).iter().map(|detail| detail_json(pool, detail)).collect();
    let head = json!({
        "code": http.as_u16(),
        "message": status.message(),
        "status": code_name(status.code()),
    });
    let mut text = head.to_string();
    text.pop();
    format!("{{\"error\":{text},\"details\":[{}]}}}}", details.join(",")).into_bytes()
}

/// The details of a status; none when they cannot be read.
fn details(status: &Status) -> Vec<Any> {
    pb::Status::decode(status.details()).map(|status| status.details).unwrap_or_default()
}

fn detail_json(pool: &DescriptorPool, detail: &Any) -> String {
    let content = Bytes::from(detail.value.clone());
    let pool = if json::knows(pool, &detail.type_url) { pool } else { &RPC_TYPES };
    let mut writer = json::Writer::new(pool, false);
    match writer.packed(&detail.type_url, &content) {
        Ok(()) => String::from_utf8_lossy(&writer.finish()).into_owned(),
        Err(_) => json::base64_detail(&detail.type_url, &content),
    }
}

fn retry_after(status: &Status) -> Option<u64> {
    let details = details(status);
    let detail = details.iter().find(|detail| detail.type_url == RETRY_INFO)?;
    let delay = pb::RetryInfo::decode(detail.value.as_slice()).ok()?.retry_delay?;
    let seconds = u64::try_from(delay.seconds).ok()?;
    Some(seconds.saturating_add(u64::from(delay.nanos > 0)))
}

/// Whether the service says that the etag which was sent is not the current one (AIP-154). An
/// ErrorInfo with another reason says that it was something else.
pub(super) fn is_mismatch(status: &Status) -> bool {
    let details = details(status);
    let info = details.iter().find(|detail| detail.type_url == ERROR_INFO);
    let info = info.and_then(|detail| pb::ErrorInfo::decode(detail.value.as_slice()).ok());
    status.code() == Code::Aborted && info.is_none_or(|info| info.reason == "ETAG_MISMATCH")
}

/// The name of a gRPC code, as `status` of an error body has it.
pub fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
