//! Messages with a JSON form of their own, read.

use std::collections::HashMap;

use prost_reflect::{DynamicMessage, Kind, MapKey, MessageDescriptor, Value};

use super::super::violation::Violation;
use super::{any, number, read, scalar, time, tree::Json};

type Read = Result<DynamicMessage, Violation>;

/// How a message is written in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Any,
    Timestamp,
    Duration,
    FieldMask,
    Struct,
    List,
    Value,
    Wrapper,
    Fields,
}

impl Form {
    /// The form of a message, by its full name.
    pub(super) fn of(message: &MessageDescriptor) -> Self {
        let Some(name) = message.full_name().strip_prefix("google.protobuf.") else {
            return Self::Fields;
        };
        match name {
            "Any" => Self::Any,
            "Timestamp" => Self::Timestamp,
            "Duration" => Self::Duration,
            "FieldMask" => Self::FieldMask,
            "Struct" => Self::Struct,
            "ListValue" => Self::List,
            "Value" => Self::Value,
            "DoubleValue" | "FloatValue" | "Int64Value" | "UInt64Value" | "Int32Value" | "UInt32Value"
            | "BoolValue" | "StringValue" | "BytesValue" => Self::Wrapper,
            _ => Self::Fields,
        }
    }
}

/// Reads a message that has a form of its own; `None` for all others.
pub(super) fn read(of: &MessageDescriptor, json: &Json) -> Option<Read> {
    let read = match Form::of(of) {
        Form::Fields => return None,
        Form::Any => any::read(of, json),
        Form::Struct => structure(of, json),
        Form::List => list(of, json),
        Form::Value => value(of, json),
        Form::Wrapper => wrapper(of, |kind| scalar::from_json(kind, json)),
        Form::Timestamp | Form::Duration | Form::FieldMask => match json {
            Json::Text(text) => textual(of, text, false),
            other => Err(Violation::here(format!("expected a string, not {}", other.kind()))),
        },
    };
    Some(read)
}

/// Whether [`from_text`] can read such a message.
pub(in super::super) fn is_textual(of: &MessageDescriptor) -> bool {
    matches!(Form::of(of), Form::Wrapper | Form::Timestamp | Form::Duration | Form::FieldMask)
}

/// Reads a message from bare text, as in a query string.
pub(super) fn from_text(of: &MessageDescriptor, text: &str) -> Result<Value, String> {
    let read = match Form::of(of) {
        Form::Wrapper => wrapper(of, |kind| scalar::from_text(kind, text)),
        Form::Timestamp | Form::Duration | Form::FieldMask => textual(of, text, true),
        _ => return Err(format!("a {} cannot be written as one text", of.name())),
    };
    read.map(Value::Message).map_err(|violation| violation.to_string())
}

/// A message of numbered fields, refused if the pool's descriptor is not the standard one.
pub(super) fn build<const N: usize>(of: &MessageDescriptor, fields: [(u32, Value); N]) -> Read {
    let mut message = DynamicMessage::new(of.clone());
    for (number, value) in fields {
        let set = message.try_set_field_by_number(number, value);
        set.map_err(|_| Violation::here(format!("{} is not the standard type", of.full_name())))?;
    }
    Ok(message)
}

fn textual(of: &MessageDescriptor, text: &str, allow_snake_case: bool) -> Read {
    if Form::of(of) == Form::FieldMask {
        let paths = time::parse_field_mask(text, allow_snake_case).map_err(Violation::here)?;
        return build(of, [(1, Value::List(paths.into_iter().map(Value::String).collect()))]);
    }
    let parse = if Form::of(of) == Form::Duration { time::parse_duration } else { time::parse_timestamp };
    let (seconds, nanos) = parse(text).map_err(Violation::here)?;
    build(of, [(1, Value::I64(seconds)), (2, Value::I32(nanos))])
}

fn wrapper(of: &MessageDescriptor, parse: impl FnOnce(&Kind) -> Result<Value, String>) -> Read {
    let field = of.get_field(1).ok_or_else(|| Violation::here("the wrapper has no value"))?;
    build(of, [(1, parse(&field.kind()).map_err(Violation::here)?)])
}

fn structure(of: &MessageDescriptor, json: &Json) -> Read {
    let Json::Object(entries) = json else {
        return Err(Violation::here(format!("expected an object, not {}", json.kind())));
    };
    let entry = inner(of)?;
    let Some(Kind::Message(value_type)) = entry.get_field(2).map(|field| field.kind()) else {
        return Err(Violation::here("the structure has no values"));
    };
    let mut fields = HashMap::with_capacity(entries.len());
    for (name, json) in entries {
        let value = value(&value_type, json).map_err(|violation| violation.under(name))?;
        if fields.insert(MapKey::String(name.clone()), Value::Message(value)).is_some() {
            return Err(Violation::new(name, "given twice"));
        }
    }
    build(of, [(1, Value::Map(fields))])
}

fn list(of: &MessageDescriptor, json: &Json) -> Read {
    let Json::List(items) = json else {
        return Err(Violation::here(format!("expected a list, not {}", json.kind())));
    };
    let value_type = inner(of)?;
    let mut values = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        values.push(Value::Message(value(&value_type, item).map_err(|violation| violation.at(index))?));
    }
    build(of, [(1, Value::List(values))])
}

fn value(of: &MessageDescriptor, json: &Json) -> Read {
    let nested = |number: u32| match of.get_field(number).map(|field| field.kind()) {
        Some(Kind::Message(message)) => Ok(message),
        _ => Err(Violation::here("the value type is not the standard one")),
    };
    let kind = match json {
        Json::Null => (1, Value::EnumNumber(0)),
        Json::Bool(flag) => (4, Value::Bool(*flag)),
        Json::Text(text) => (3, Value::String(text.clone())),
        Json::Object(_) => (5, Value::Message(structure(&nested(5)?, json)?)),
        Json::List(_) => (6, Value::Message(list(&nested(6)?, json)?)),
        number => (2, Value::F64(number::double(number).map_err(Violation::here)?)),
    };
    build(of, [kind])
}

/// The message type of field 1.
fn inner(of: &MessageDescriptor) -> Result<MessageDescriptor, Violation> {
    match of.get_field(1).map(|field| field.kind()) {
        Some(Kind::Message(message)) => Ok(message),
        _ => Err(Violation::here(format!("{} is not the standard type", of.full_name()))),
    }
}

/// Reads the payload of an `Any`: types with a form of their own sit under `value`.
pub(super) fn payload(of: &MessageDescriptor, entries: &[(String, Json)]) -> Read {
    let mut rest = entries.iter().filter(|(name, _)| name != "@type");
    if Form::of(of) == Form::Fields && of.full_name() != "google.protobuf.Empty" {
        return read::fields(of, rest);
    }
    let first = rest.next();
    if let Some((name, _)) = rest.next().or(first.filter(|(name, _)| name != "value")) {
        return Err(Violation::new(name, "only @type and value belong here"));
    }
    match first {
        Some((_, json)) => read::message(of, json).map_err(|violation| violation.under("value")),
        None if of.full_name() == "google.protobuf.Empty" => Ok(DynamicMessage::new(of.clone())),
        None => Err(Violation::new("value", "missing")),
    }
}
