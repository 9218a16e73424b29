//! `google.protobuf.Any` in JSON.
//!
//! A type that the pool does not know is shown as `{"@type": …, "value": base64}`
//! and taken back the same way: one unknown detail must not make an error a 500.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, Kind, MessageDescriptor, Value};

use super::super::violation::Violation;
use super::{scalar, tree::Json, well_known};

/// Reads an `Any`.
pub(super) fn read(of: &MessageDescriptor, json: &Json) -> Result<DynamicMessage, Violation> {
    let Json::Object(entries) = json else {
        return Err(Violation::here(format!("expected an object, not {}", json.kind())));
    };
    if entries.is_empty() {
        return Ok(DynamicMessage::new(of.clone()));
    }
    let mut types = entries.iter().filter(|(name, _)| name == "@type");
    let (Some((_, Json::Text(type_url))), None) = (types.next(), types.next()) else {
        return Err(Violation::new("@type", "exactly one type URL is needed"));
    };
    let content = match find(of.parent_pool(), type_url) {
        Some(inner) => well_known::payload(&inner, entries)?.encode_to_vec().into(),
        None => unknown(type_url, entries)?,
    };
    well_known::build(of, [(1, Value::String(type_url.clone())), (2, Value::Bytes(content))])
}

/// The type URL and the content of an `Any`.
pub(super) fn parts(message: &DynamicMessage) -> (String, Bytes) {
    let type_url = message.get_field_by_number(1);
    let type_url = type_url.as_ref().and_then(|value| value.as_str()).unwrap_or_default();
    let content = message.get_field_by_number(2);
    let content = content.as_ref().and_then(|value| value.as_bytes()).cloned().unwrap_or_default();
    (type_url.to_owned(), content)
}

/// The message that a type URL names and its content holds; `None` when unknown or broken.
pub(super) fn open(pool: &DescriptorPool, type_url: &str, content: &Bytes) -> Option<DynamicMessage> {
    DynamicMessage::decode(find(pool, type_url)?, content.clone()).ok()
}

/// The JSON of a detail whose type nobody knows.
pub(in super::super) fn base64_detail(type_url: &str, content: &[u8]) -> String {
    let detail = serde_json::json!({ "@type": type_url, "value": STANDARD.encode(content) });
    detail.to_string()
}

/// Whether the pool has the type that a URL names.
pub(in super::super) fn knows(pool: &DescriptorPool, type_url: &str) -> bool {
    find(pool, type_url).is_some()
}

pub(super) fn find(pool: &DescriptorPool, type_url: &str) -> Option<MessageDescriptor> {
    let (_, name) = type_url.rsplit_once('/')?;
    pool.get_message_by_name(name)
}

fn unknown(type_url: &str, entries: &[(String, Json)]) -> Result<Bytes, Violation> {
    let mut rest = entries.iter().filter(|(name, _)| name != "@type");
    let not_known = || Violation::new("@type", format!("the type {type_url:?} is not known"));
    if !names_a_type(type_url) {
        return Err(not_known());
    }
    let (Some((name, json)), None) = (rest.next(), rest.next()) else {
        return Err(not_known());
    };
    match scalar::from_json(&Kind::Bytes, json) {
        Ok(Value::Bytes(content)) if name == "value" => Ok(content),
        _ => Err(not_known()),
    }
}

/// Whether a URL ends in a slash and a full name (google/protobuf/any.proto).
fn names_a_type(type_url: &str) -> bool {
    let word = |part: &str| {
        !part.is_empty() && part.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    };
    type_url.rsplit_once('/').is_some_and(|(_, name)| name.split('.').all(word))
}
