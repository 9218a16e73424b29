//! Single answers: JSON, or the bytes of a `google.api.HttpBody`.

use std::{borrow::Cow, convert::Infallible};

use axum::body::Body;
use bytes::Bytes;
use futures::stream;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use prost_reflect::{DynamicMessage, Value};
use tonic::{Code, Status};

use super::{
    binding::Binding,
    call::{Answer, Inbound, Outbound},
    error::Refusal,
    etag,
    feed::Feeder,
    headers, json,
    method::is_http_body,
};

/// Makes the call and turns its one message into an HTTP answer.
pub(super) async fn respond(
    inbound: &Inbound,
    outbound: Outbound,
    mut feeder: Feeder,
) -> Result<Response<Body>, Refusal> {
    let mut answer = feeder.during(outbound.open()).await??;
    let raw = feeder.during(only_message(&mut answer)).await?;
    let shown = raw.and_then(|raw| show(inbound, &decode(&inbound.binding, raw)?));
    let allowed = &inbound.options.response_headers;
    let refused = |status| headers::with_initial(status, &answer.headers, allowed);
    let mut response = shown.map_err(refused)?;
    headers::copy(&answer.headers, response.headers_mut(), allowed);
    headers::copy(answer.messages.trailers(), response.headers_mut(), allowed);
    Ok(response)
}

/// The message that these bytes are.
pub(super) fn decode(binding: &Binding, raw: Bytes) -> Result<DynamicMessage, Status> {
    let message = DynamicMessage::decode(binding.method.output.clone(), raw);
    message
        .map_err(|error| broken(format!("the answer of {} cannot be read: {error}", binding.method.name())))
}

/// The JSON of what a rule shows of a message.
pub(super) fn to_json(inbound: &Inbound, message: &DynamicMessage) -> Result<Vec<u8>, Status> {
    let binding = &inbound.binding;
    let pool = binding.method.descriptor.parent_pool();
    let mut writer = json::Writer::new(pool, inbound.options.emit_defaults);
    let written = match &binding.response_body {
        Some(field) => writer.field(field, &message.get_field(field)),
        None => writer.message(message),
    };
    let problem = |violation| format!("the answer of {} cannot be shown: {violation}", binding.method.name());
    written.map_err(|violation| broken(problem(violation)))?;
    Ok(writer.finish())
}

/// Media type and bytes, when a rule shows a `google.api.HttpBody`.
pub(super) fn file(binding: &Binding, message: &DynamicMessage) -> Option<(HeaderValue, Bytes)> {
    binding.shown().filter(is_http_body)?;
    let shown = resource(binding, message)?;
    let content_type = shown.get_field_by_name("content_type");
    let content_type = content_type.as_ref().and_then(|value| value.as_str()).filter(|text| !text.is_empty());
    let content_type =
        HeaderValue::from_str(content_type.unwrap_or_default()).ok().filter(|value| !value.is_empty());
    let data = shown.get_field_by_name("data");
    let data = data.as_ref().and_then(|value| value.as_bytes()).cloned().unwrap_or_default();
    Some((content_type.unwrap_or(HeaderValue::from_static("application/octet-stream")), data))
}

async fn only_message(answer: &mut Answer) -> Result<Bytes, Status> {
    let first = answer.messages.next().await;
    let first = first.unwrap_or_else(|| Err(broken("the service answered without a message")))?;
    match answer.messages.next().await {
        None => Ok(first),
        Some(Err(status)) => Err(status),
        Some(Ok(_)) => Err(broken("the service answered a unary call with several messages")),
    }
}

fn show(inbound: &Inbound, message: &DynamicMessage) -> Result<Response<Body>, Status> {
    let tag = tag(inbound, message);
    let safe = matches!(inbound.request.method, Method::GET | Method::HEAD);
    let unchanged = tag.as_ref().is_some_and(|tag| safe && etag::is_known(&inbound.request.headers, tag));
    let mut response = if unchanged { not_modified() } else { content(inbound, message)? };
    if let Some(tag) = tag {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

fn content(inbound: &Inbound, message: &DynamicMessage) -> Result<Response<Body>, Status> {
    let (content_type, content) = match file(&inbound.binding, message) {
        Some(file) => file,
        None => (HeaderValue::from_static("application/json"), Bytes::from(to_json(inbound, message)?)),
    };
    let mut response = Response::new(Body::from(content));
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    Ok(response)
}

fn not_modified() -> Response<Body> {
    let mut response = Response::new(unsent());
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    response
}

/// What HEAD and 304 answer with: a body of unknown length without a byte. An empty one would be announced as the
/// length of what GET sends (RFC 9110, 8.6).
pub(crate) fn unsent() -> Body {
    Body::from_stream(stream::empty::<Result<Bytes, Infallible>>())
}

fn tag(inbound: &Inbound, message: &DynamicMessage) -> Option<HeaderValue> {
    let field = inbound.binding.etag.as_ref()?;
    let shown = resource(&inbound.binding, message)?;
    let text = shown.get_field(field);
    etag::header(inbound.options.etags, text.as_str()?)
}

/// The message that is shown: the answer, or the field that `response_body` names.
fn resource<'m>(binding: &Binding, message: &'m DynamicMessage) -> Option<Cow<'m, DynamicMessage>> {
    let Some(field) = &binding.response_body else {
        return Some(Cow::Borrowed(message));
    };
    match message.get_field(field).into_owned() {
        Value::Message(inner) => Some(Cow::Owned(inner)),
        _ => None,
    }
}

/// A fault of the service, not of the client.
pub(super) fn broken(problem: impl Into<String>) -> Status {
    Status::new(Code::Internal, problem)
}

/// Copies allow-listed metadata of a refusal.
pub(super) fn copy_metadata(status: &Status, to: &mut HeaderMap, allowed: &[http::HeaderName]) {
    headers::copy(&status.metadata().clone().into_headers(), to, allowed);
}
