//! Scalars, and messages with a JSON form of their own (<https://protobuf.dev/programming-guides/json/>).

use prost_reflect::{EnumDescriptor, Kind, MessageDescriptor};
use serde_json::{Value, json};

/// A scalar.
pub fn scalar(kind: &Kind) -> Value {
    match kind {
        Kind::Bool => json!({"type": "boolean"}),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => json!({"type": "integer", "format": "int32"}),
        Kind::Uint32 | Kind::Fixed32 => json!({"type": "integer", "minimum": 0, "maximum": u32::MAX}),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => {
            json!({"type": "string", "format": "int64", "pattern": "^-?[0-9]{1,19}$"})
        }
        Kind::Uint64 | Kind::Fixed64 => {
            json!({"type": "string", "format": "uint64", "pattern": "^[0-9]{1,20}$"})
        }
        Kind::Double | Kind::Float => json!({"anyOf": [
            {"type": "number", "format": if matches!(kind, Kind::Double) { "double" } else { "float" }},
            {"type": "string", "enum": ["NaN", "Infinity", "-Infinity"]},
        ]}),
        Kind::Bytes => json!({"type": "string", "contentEncoding": "base64"}),
        _ => json!({"type": "string"}),
    }
}

/// A message with a JSON form of its own.
pub fn schema(message: &MessageDescriptor) -> Option<Value> {
    let name = message.full_name().strip_prefix("google.protobuf.")?;
    Some(match name {
        "Timestamp" => json!({"type": "string", "format": "date-time"}),
        "Duration" => json!({
            "type": "string", "pattern": r"^-?[0-9]{1,12}(\.[0-9]{1,9})?s$", "examples": ["1.5s"],
        }),
        "FieldMask" => json!({
            "type": "string", "examples": ["givenName,familyName"],
            "pattern": r"^([a-zA-Z][a-zA-Z0-9]*(\.[a-zA-Z][a-zA-Z0-9]*)*(,[a-zA-Z][a-zA-Z0-9]*(\.[a-zA-Z][a-zA-Z0-9]*)*)*)?$",
        }),
        "Empty" => json!({"type": "object", "additionalProperties": false}),
        "Struct" => json!({"type": "object"}),
        "ListValue" => json!({"type": "array"}),
        "Value" => json!({}),
        "Any" => json!({
            "type": "object", "properties": {"@type": {"type": "string"}}, "required": ["@type"],
        }),
        _ => return wrapper(message, name),
    })
}

/// An enum with a JSON form of its own.
pub fn enumeration(values: &EnumDescriptor) -> Option<Value> {
    (values.full_name() == "google.protobuf.NullValue").then(|| json!({"type": "null"}))
}

fn wrapper(message: &MessageDescriptor, name: &str) -> Option<Value> {
    if !name.ends_with("Value") {
        return None;
    }
    let inner = scalar(&message.get_field_by_name("value")?.kind());
    Some(json!({"anyOf": [inner, {"type": "null"}]}))
}
