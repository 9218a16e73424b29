//! JSON to messages.

use std::collections::{HashMap, HashSet};

use prost_reflect::{
    DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, ReflectMessage as _, Value,
};

use super::super::{field, violation::Violation};
use super::{number, scalar, tree::Json, well_known};

/// A whole message.
pub(in super::super) fn message(of: &MessageDescriptor, json: &Json) -> Result<DynamicMessage, Violation> {
    if let Some(read) = well_known::read(of, json) {
        return read;
    }
    let Json::Object(entries) = json else {
        return Err(Violation::here(format!("expected an object, not {}", json.kind())));
    };
    fields(of, entries.iter())
}

/// The value of one field; `None` where `null` leaves it unset.
pub(in super::super) fn value(field: &FieldDescriptor, json: &Json) -> Result<Option<Value>, Violation> {
    if field.is_map() {
        return if *json == Json::Null { Ok(None) } else { map(&field.kind(), json).map(Some) };
    }
    one_or_many(&field.kind(), field.is_list(), json)
}

fn one_or_many(kind: &Kind, many: bool, json: &Json) -> Result<Option<Value>, Violation> {
    if *json == Json::Null && (many || !takes_null(kind)) {
        return Ok(None);
    }
    let read = if many { list } else { single };
    read(kind, json).map(Some)
}

/// A message from the entries of an object.
pub(super) fn fields<'j>(
    of: &MessageDescriptor,
    entries: impl Iterator<Item = &'j (String, Json)>,
) -> Result<DynamicMessage, Violation> {
    let mut message = DynamicMessage::new(of.clone());
    let mut seen = HashSet::new();
    for (name, json) in entries {
        if extension(&mut message, &mut seen, name, json)? {
            continue;
        }
        let known = field::find(of, name);
        let known = known.ok_or_else(|| Violation::new(name, format!("{} has no such field", of.name())))?;
        if !seen.insert(known.number()) {
            return Err(Violation::new(name, "given twice"));
        }
        let Some(value) = value(&known, json).map_err(|violation| violation.under(name))? else {
            continue;
        };
        field::check_oneof(&message, &known, name)?;
        message.set_field(&known, value);
    }
    Ok(message)
}

/// Reads a proto2 extension, named `[package.name]`; `false` when the name is none.
fn extension(
    message: &mut DynamicMessage,
    seen: &mut HashSet<u32>,
    name: &str,
    json: &Json,
) -> Result<bool, Violation> {
    let known = name.strip_prefix('[').and_then(|_| message.descriptor().get_extension_by_json_name(name));
    let Some(known) = known else { return Ok(false) };
    if !seen.insert(known.number()) {
        return Err(Violation::new(name, "given twice"));
    }
    let value = one_or_many(&known.kind(), known.is_list(), json);
    if let Some(value) = value.map_err(|violation| violation.under(name))? {
        message.set_extension(&known, value);
    }
    Ok(true)
}

/// A single value that is neither a list nor a map.
pub(super) fn single(kind: &Kind, json: &Json) -> Result<Value, Violation> {
    match kind {
        Kind::Message(of) => message(of, json).map(Value::Message),
        kind => scalar::from_json(kind, json).map_err(Violation::here),
    }
}

fn list(kind: &Kind, json: &Json) -> Result<Value, Violation> {
    let Json::List(items) = json else {
        return Err(Violation::here(format!("expected a list, not {}", json.kind())));
    };
    let mut values = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        values.push(single(kind, item).map_err(|violation| violation.at(index))?);
    }
    Ok(Value::List(values))
}

fn map(kind: &Kind, json: &Json) -> Result<Value, Violation> {
    let Json::Object(entries) = json else {
        return Err(Violation::here(format!("expected an object, not {}", json.kind())));
    };
    let Kind::Message(entry) = kind else {
        return Err(Violation::here("the map has no entry type"));
    };
    let (key_kind, value_kind) = (entry.map_entry_key_field().kind(), entry.map_entry_value_field().kind());
    let mut values = HashMap::with_capacity(entries.len());
    for (name, json) in entries {
        let key = map_key(&key_kind, name).map_err(|problem| Violation::here(problem).at(name))?;
        let value = single(&value_kind, json).map_err(|violation| violation.at(name))?;
        if values.insert(key, value).is_some() {
            return Err(Violation::here("given twice").at(name));
        }
    }
    Ok(Value::Map(values))
}

fn map_key(kind: &Kind, text: &str) -> Result<MapKey, String> {
    match kind {
        Kind::String => Ok(MapKey::String(text.to_owned())),
        Kind::Bool => match text {
            "true" => Ok(MapKey::Bool(true)),
            "false" => Ok(MapKey::Bool(false)),
            other => Err(format!("the key {other:?} is neither true nor false")),
        },
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => whole(text).map(MapKey::I32),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => whole(text).map(MapKey::I64),
        Kind::Uint32 | Kind::Fixed32 => whole(text).map(MapKey::U32),
        _ => whole(text).map(MapKey::U64),
    }
}

fn whole<T: TryFrom<i128>>(text: &str) -> Result<T, String> {
    number::whole_text(text).and_then(number::narrow)
}

/// `null` is a value of these types; elsewhere it means "not set".
fn takes_null(kind: &Kind) -> bool {
    match kind {
        Kind::Message(message) => message.full_name() == "google.protobuf.Value",
        Kind::Enum(values) => values.full_name() == "google.protobuf.NullValue",
        _ => false,
    }
}
