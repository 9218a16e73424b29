//! Request bodies that are read whole, and the message they make.

use axum::body::Body as HttpBody;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header, request::Parts};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use prost_reflect::{DynamicMessage, MessageDescriptor, ReflectMessage as _, Value};

use super::{
    binding::{Binding, Body},
    error::Refusal,
    headers,
    json::{self, Json},
    method,
    options::Options,
    query::Filler,
    required,
    violation::Violation,
};

/// The request message of a unary or server-streaming call.
pub(super) async fn message(
    binding: &Binding,
    path: &[&str],
    request: &Parts,
    body: HttpBody,
    options: &Options,
) -> Result<DynamicMessage, Refusal> {
    let raw = match binding.body {
        Body::None => Bytes::new(),
        _ => read_whole(&request.headers, body, options.limits.body).await?,
    };
    let mut message = parse(binding, &request.headers, &raw, options)?;
    complete(binding, path, request, &mut message, options)?;
    headers::fill_request_id(&request.headers, binding.method.request_id.as_ref(), &mut message)?;
    headers::fill_etag(&request.headers, binding, options, &mut message)?;
    headers::fill_after_sequence(&request.headers, binding, &mut message)?;
    Ok(message)
}

/// Adds what the URL says.
pub(super) fn complete(
    binding: &Binding,
    path: &[&str],
    request: &Parts,
    message: &mut DynamicMessage,
    options: &Options,
) -> Result<(), Refusal> {
    for (variable, field) in &binding.variables {
        let wrong = |problem: String| Violation::new(field.name(), problem);
        let text = variable.capture(path).map_err(wrong)?;
        let value = json::from_text(&field.leaf().kind(), &text).map_err(wrong)?;
        field.set(message, value);
    }
    Filler::new(options).query(binding, request.uri.query(), message)?;
    if binding.method.strict {
        required::check(message)?;
    }
    Ok(())
}

/// Reads JSON, or the bytes of a `google.api.HttpBody`, into a request message.
pub(super) fn parse(
    binding: &Binding,
    headers: &HeaderMap,
    raw: &Bytes,
    options: &Options,
) -> Result<DynamicMessage, Refusal> {
    if let Some(message) = binding.taken().filter(method::is_http_body) {
        return Ok(wrap(binding, http_body(&message, content_type(headers), raw.clone())));
    }
    if raw.iter().all(u8::is_ascii_whitespace) {
        return Ok(DynamicMessage::new(binding.method.input.clone()));
    }
    check_json(headers)?;
    let mut json = json::parse(raw, options.limits.json_depth)?;
    from_json(binding, &mut json, options).map_err(Refusal::from)
}

/// The request message that a JSON value stands for.
pub(super) fn from_json(
    binding: &Binding,
    json: &mut Json,
    options: &Options,
) -> Result<DynamicMessage, Violation> {
    let lenient = options.ignore_unknown;
    let mut message = DynamicMessage::new(binding.method.input.clone());
    match &binding.body {
        Body::None => {}
        Body::Whole => {
            if lenient {
                json::prune(&binding.method.input, json);
            }
            return json::message(&binding.method.input, json);
        }
        Body::Field(field) => {
            if lenient && !json::prune_field(field, json) {
                return Ok(message);
            }
            let value = json::value(field, json).map_err(|violation| violation.under(field.name()))?;
            if let Some(value) = value {
                message.set_field(field, value);
            }
        }
    }
    Ok(message)
}

/// A `google.api.HttpBody`.
pub(super) fn http_body(of: &MessageDescriptor, content_type: &str, data: Bytes) -> DynamicMessage {
    let mut message = DynamicMessage::new(of.clone());
    for (name, value) in
        [("content_type", Value::String(content_type.to_owned())), ("data", Value::Bytes(data))]
    {
        // A field that is missing or of another type means a foreign HttpBody: what fits is filled.
        let _ = message.try_set_field_by_name(name, value);
    }
    message
}

/// Puts the message of the body where the rule says.
pub(super) fn wrap(binding: &Binding, inner: DynamicMessage) -> DynamicMessage {
    let Body::Field(field) = &binding.body else {
        return inner;
    };
    let mut message = DynamicMessage::new(binding.method.input.clone());
    debug_assert!(field.kind().as_message() == Some(&inner.descriptor()));
    message.set_field(field, Value::Message(inner));
    message
}

/// The media type as the client wrote it, or that of unknown bytes.
pub(super) fn content_type(headers: &HeaderMap) -> &str {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    value.unwrap_or("application/octet-stream")
}

/// Refuses a body in another coding than identity: unpacking has its own limits and is not done here.
pub(super) fn check_coding(headers: &HeaderMap) -> Result<(), Refusal> {
    match headers.get(header::CONTENT_ENCODING) {
        Some(coding) if !coding.as_bytes().eq_ignore_ascii_case(b"identity") => {
            Err(Refusal::media_type(header::CONTENT_ENCODING, "this Content-Encoding is not taken"))
        }
        _ => Ok(()),
    }
}

async fn read_whole(headers: &HeaderMap, body: HttpBody, limit: usize) -> Result<Bytes, Refusal> {
    check_coding(headers)?;
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => {
            Err(Refusal::too_large(StatusCode::PAYLOAD_TOO_LARGE, "the body"))
        }
        Err(_) => Err(cut_short()),
    }
}

/// The body ended before its end.
pub(super) fn cut_short() -> Refusal {
    Violation::here("the body could not be read to its end").into()
}

fn check_json(headers: &HeaderMap) -> Result<(), Refusal> {
    if !headers.contains_key(header::CONTENT_TYPE) {
        return Ok(());
    }
    let mut parts = content_type(headers).split(';').map(|part| part.trim().to_ascii_lowercase());
    let media_type = parts.next().unwrap_or_default();
    let charset =
        parts.find_map(|part| part.strip_prefix("charset=").map(|name| name.trim_matches('"').to_owned()));
    if charset.is_some_and(|name| name != "utf-8") {
        return Err(Refusal::media_type(header::CONTENT_TYPE, "JSON is read as UTF-8 only"));
    }
    if media_type == "application/json" || media_type.ends_with("+json") {
        return Ok(());
    }
    Err(Refusal::media_type(header::CONTENT_TYPE, format!("expected application/json, not {media_type}")))
}
