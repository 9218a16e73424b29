//! Single values: from JSON, and from the bare text of a path or a query.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use bytes::Bytes;
use prost_reflect::{EnumDescriptor, Kind, Value};

use super::{number, tree::Json, well_known};

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// A scalar or enum from JSON; messages are read elsewhere.
pub(super) fn from_json(kind: &Kind, json: &Json) -> Result<Value, String> {
    match (kind, json) {
        (Kind::Bool, Json::Bool(value)) => Ok(Value::Bool(*value)),
        (Kind::String, Json::Text(text)) => Ok(Value::String(text.clone())),
        (Kind::Bytes, Json::Text(text)) => bytes(text),
        (Kind::Enum(values), json) => enumeration(values, json),
        (Kind::Double, json) => number::double(json).map(Value::F64),
        (Kind::Float, json) => number::double(json).and_then(number::single).map(Value::F32),
        (kind, json) if is_whole(kind) => whole(kind, number::whole(json)?),
        (kind, json) => Err(format!("expected {}, not {}", expected(kind), json.kind())),
    }
}

/// A value written as bare text in a path, a query or a form.
///
/// Besides scalars and enums: wrappers, Timestamp, Duration and FieldMask.
pub(in super::super) fn from_text(kind: &Kind, text: &str) -> Result<Value, String> {
    match kind {
        Kind::Bool => match text {
            "true" | "True" | "TRUE" | "1" => Ok(Value::Bool(true)),
            "false" | "False" | "FALSE" | "0" => Ok(Value::Bool(false)),
            other => Err(format!("{other:?} is neither true nor false")),
        },
        Kind::String => Ok(Value::String(text.to_owned())),
        Kind::Bytes => bytes(text),
        Kind::Double => number::double_text(text).map(Value::F64),
        Kind::Float => number::double_text(text).and_then(number::single).map(Value::F32),
        Kind::Enum(values) => enum_text(values, text),
        Kind::Message(message) => well_known::from_text(message, text),
        kind => whole(kind, number::whole_text(text)?),
    }
}

fn whole(kind: &Kind, value: i128) -> Result<Value, String> {
    match kind {
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => number::narrow(value).map(Value::I32),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => number::narrow(value).map(Value::I64),
        Kind::Uint32 | Kind::Fixed32 => number::narrow(value).map(Value::U32),
        _ => number::narrow(value).map(Value::U64),
    }
}

fn bytes(text: &str) -> Result<Value, String> {
    let engine = if text.contains(['-', '_']) { &URL_SAFE } else { &STANDARD };
    let decoded = engine.decode(text).map_err(|error| format!("not base64: {error}"))?;
    Ok(Value::Bytes(Bytes::from(decoded)))
}

fn enumeration(values: &EnumDescriptor, json: &Json) -> Result<Value, String> {
    match json {
        Json::Text(name) => enum_name(values, name),
        Json::Null if values.full_name() == "google.protobuf.NullValue" => Ok(Value::EnumNumber(0)),
        Json::Signed(_) | Json::Unsigned(_) | Json::Float(_) => {
            number::whole(json).and_then(number::narrow).map(Value::EnumNumber)
        }
        other => Err(format!("expected a name of {}, not {}", values.name(), other.kind())),
    }
}

fn enum_name(values: &EnumDescriptor, name: &str) -> Result<Value, String> {
    let value = values.get_value_by_name(name);
    let value = value.ok_or_else(|| format!("{name:?} is not a value of {}", values.name()))?;
    Ok(Value::EnumNumber(value.number()))
}

fn enum_text(values: &EnumDescriptor, text: &str) -> Result<Value, String> {
    match text.parse() {
        Ok(number) => Ok(Value::EnumNumber(number)),
        Err(_) => enum_name(values, text),
    }
}

fn is_whole(kind: &Kind) -> bool {
    let other = matches!(kind, Kind::Bool | Kind::String | Kind::Bytes | Kind::Double | Kind::Float);
    !other && !matches!(kind, Kind::Enum(_) | Kind::Message(_))
}

fn expected(kind: &Kind) -> &'static str {
    match kind {
        Kind::Bool => "true or false",
        Kind::String => "a string",
        Kind::Bytes => "a base64 string",
        Kind::Message(_) => "an object",
        _ => "a number",
    }
}
