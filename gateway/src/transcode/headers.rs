//! Headers in and out: allow-lists, limits, and headers that fill request fields.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts};
use prost_reflect::{DynamicMessage, FieldDescriptor, Value};
use tonic::{Status, metadata::MetadataMap};

use super::{
    binding::Binding,
    deadline::Deadline,
    error::Refusal,
    etag, json,
    options::{Limits, Options},
    violation::Violation,
};

const IDEMPOTENCY_KEY: &str = "idempotency-key";
const LAST_EVENT_ID: &str = "last-event-id";

/// Refuses a URL or headers over their limits.
pub(super) fn check_sizes(request: &Parts, limits: &Limits) -> Result<(), Refusal> {
    let uri = request.uri.path_and_query().map_or(0, |uri| uri.as_str().len());
    if uri > limits.uri {
        return Err(Refusal::too_large(StatusCode::URI_TOO_LONG, "the URL"));
    }
    let size: usize = request.headers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if size > limits.headers || request.headers.len() > limits.header_count {
        return Err(Refusal::too_large(
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "the size of the headers",
        ));
    }
    Ok(())
}

/// The metadata of a call: allow-listed headers, then what the admission hook gave.
pub(super) fn metadata(
    request: &HeaderMap,
    options: &Options,
    admitted: MetadataMap,
    deadline: Deadline,
) -> HeaderMap {
    let mut metadata = HeaderMap::new();
    copy(request, &mut metadata, &options.request_headers);
    let admitted = admitted.into_headers();
    for name in admitted.keys() {
        metadata.remove(name);
    }
    for (name, value) in &admitted {
        metadata.append(name, value.clone());
    }
    metadata.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    metadata.insert(header::TE, HeaderValue::from_static("trailers"));
    if let Some(timeout) = deadline.header() {
        metadata.insert("grpc-timeout", timeout);
    }
    metadata
}

/// Copies the allow-listed headers whose values are printable.
pub(super) fn copy(from: &HeaderMap, to: &mut HeaderMap, allowed: &[HeaderName]) {
    for name in allowed {
        let printable =
            |value: &&HeaderValue| value.as_bytes().iter().all(|byte| *byte >= 0x20 && *byte != 0x7f);
        let values: Vec<HeaderValue> = from.get_all(name).iter().filter(printable).cloned().collect();
        if !values.is_empty() {
            to.remove(name);
        }
        for value in values {
            to.append(name, value);
        }
    }
}

/// A refusal with the allow-listed metadata that came before it; as in a good answer, what comes last counts.
pub(super) fn with_initial(mut status: Status, initial: &HeaderMap, allowed: &[HeaderName]) -> Status {
    let own = std::mem::take(status.metadata_mut()).into_headers();
    let mut metadata = HeaderMap::new();
    copy(initial, &mut metadata, allowed);
    copy(&own, &mut metadata, allowed);
    *status.metadata_mut() = MetadataMap::from_headers(metadata);
    status
}

/// `Idempotency-Key` into `request_id` of a message.
pub(super) fn fill_request_id(
    request: &HeaderMap,
    field: Option<&FieldDescriptor>,
    message: &mut DynamicMessage,
) -> Result<(), Refusal> {
    let (Some(field), Some(key)) = (field, text(request, IDEMPOTENCY_KEY)?) else {
        return Ok(());
    };
    fill(message, field, key, "Idempotency-Key")
}

/// `If-Match` into the `etag` of the request or of the resource it changes.
pub(super) fn fill_etag(
    request: &HeaderMap,
    binding: &Binding,
    options: &Options,
    message: &mut DynamicMessage,
) -> Result<(), Refusal> {
    let Some(tag) = etag::wanted(request, options.etags)? else {
        return Ok(());
    };
    let path = binding.if_match.as_ref();
    let path = path.ok_or_else(|| Violation::new("If-Match", "this method has no etag to compare"))?;
    let given = path.get(message);
    let given = given.as_str().unwrap_or_default();
    if !given.is_empty() && given != tag {
        return Err(Violation::new(path.name(), "differs from the If-Match header").into());
    }
    path.set(message, Value::String(tag));
    Ok(())
}

/// `Last-Event-ID` into `after_sequence`; a browser that reconnects repeats the
/// first URL, so the header goes before the query.
pub(super) fn fill_after_sequence(
    request: &HeaderMap,
    binding: &Binding,
    message: &mut DynamicMessage,
) -> Result<(), Refusal> {
    let field = binding.method.after_sequence.as_ref();
    let streamed = binding.method.descriptor.is_server_streaming();
    let (Some(field), Some(id)) = (field.filter(|_| streamed), text(request, LAST_EVENT_ID)?) else {
        return Ok(());
    };
    if id.is_empty() {
        return Ok(());
    }
    let value =
        json::from_text(&field.kind(), id).map_err(|problem| Violation::new("Last-Event-ID", problem))?;
    message.set_field(field, value);
    Ok(())
}

fn fill(
    message: &mut DynamicMessage,
    field: &FieldDescriptor,
    text: &str,
    header: &str,
) -> Result<(), Refusal> {
    let given = message.get_field(field);
    let given = given.as_str().unwrap_or_default();
    if !given.is_empty() && given != text {
        return Err(Violation::new(field.name(), format!("differs from the {header} header")).into());
    }
    message.set_field(field, Value::String(text.to_owned()));
    Ok(())
}

fn text<'h>(request: &'h HeaderMap, name: &'static str) -> Result<Option<&'h str>, Refusal> {
    let mut values = request.get_all(name).iter();
    let Some(first) = values.next() else {
        return Ok(None);
    };
    if values.any(|other| other != first) {
        return Err(Violation::new(name, "given twice with different values").into());
    }
    let text = first.to_str().map_err(|_| Violation::new(name, "must be printable ASCII"))?;
    Ok(Some(text))
}
