//! The body of a request.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value, json};

use super::behavior::Behavior;
use super::schema::Schemas;
use crate::transcode::{Facts, Takes};

/// The request body of a route, if it takes one.
pub fn body(facts: &Facts, schemas: &mut Schemas<'_>) -> Option<Value> {
    match &facts.takes {
        Takes::Nothing => None,
        Takes::Whole(message) => Some(whole(facts, message, schemas)),
        Takes::Field(field) => Some(single(field, schemas)),
        Takes::File(first) => Some(file(facts, first, schemas)),
        Takes::Lines(message) => Some(lines(message, schemas)),
        Takes::Bytes => Some(json!({"required": true, "content": {"*/*": {}}})),
    }
}

fn whole(facts: &Facts, message: &MessageDescriptor, schemas: &mut Schemas<'_>) -> Value {
    let filled: Vec<&str> = facts.variables.iter().map(|(path, _)| path.as_str()).collect();
    let schema = schemas.body(message, &filled);
    let required = schemas.needs(&schema);
    json!({"required": required, "content": {"application/json": {"schema": schema}}})
}

fn single(field: &FieldDescriptor, schemas: &mut Schemas<'_>) -> Value {
    let schema = schemas.field(field);
    let required = Behavior::of(field).required || schemas.needs(&schema);
    json!({"required": required, "content": {"application/json": {"schema": schema}}})
}

/// A file: as it is, or as the last part of a form after fields.
fn file(facts: &Facts, first: &MessageDescriptor, schemas: &mut Schemas<'_>) -> Value {
    let mut properties = Map::new();
    for parameter in facts.parameters.iter().filter(|parameter| !parameter.name.contains('.')) {
        properties.insert(parameter.name.clone(), schemas.field(&parameter.field));
    }
    let content = json!({"type": "string", "contentMediaType": "application/octet-stream",
        "description": "The file; the last part of the form."});
    properties.insert("file".to_owned(), content);
    let form = json!({"type": "object", "properties": properties, "required": ["file"]});
    let description = format!(
        "The bytes of the file, or a form (RFC 7578) whose fields come first and whose last part is the file. \
         Fields that are not in the form may be query parameters. They become {}.",
        first.name()
    );
    json!({
        "required": true,
        "description": description,
        "content": {"multipart/form-data": {"schema": form}, "*/*": {"schema": {"type": "string"}}},
    })
}

fn lines(message: &MessageDescriptor, schemas: &mut Schemas<'_>) -> Value {
    let line = schemas.message(message);
    let stream =
        json!({"type": "string", "description": "One message a line, as JSON.", "x-itemSchema": line});
    json!({"required": true, "content": {"application/x-ndjson": {"schema": stream}}})
}

/// A request that somebody could send: what is required, with values of the right kind.
pub fn sample(message: &MessageDescriptor, filled: &[&str]) -> Value {
    let left = message.fields().filter(|field| !filled.contains(&field.name()));
    let required = left.filter(|field| Behavior::of(field).required);
    Value::Object(required.map(|field| (field.json_name().to_owned(), sample_field(&field))).collect())
}

/// A message within a request; of one that requires nothing, the first texts that a client writes.
fn sample_inner(message: &MessageDescriptor) -> Value {
    let required = sample(message, &[]);
    if required != json!({}) {
        return required;
    }
    let written = |field: &FieldDescriptor| {
        let behavior = Behavior::of(field);
        field.kind() == Kind::String && !behavior.identifier && !behavior.output_only
    };
    let first = message.fields().filter(written).take(3);
    Value::Object(first.map(|field| (field.json_name().to_owned(), sample_field(&field))).collect())
}

/// A value for one field.
pub fn sample_field(field: &FieldDescriptor) -> Value {
    let value = match field.kind() {
        Kind::Message(message) if message.full_name().starts_with("google.protobuf.") => json!("…"),
        Kind::Message(message) => sample_inner(&message),
        Kind::Enum(values) => values.values().nth(1).map_or(json!(0), |value| json!(value.name())),
        Kind::Bool => json!(true),
        Kind::String => json!(sample_text(field)),
        Kind::Bytes => json!("AAEC"),
        Kind::Int64 | Kind::Uint64 | Kind::Sint64 | Kind::Fixed64 | Kind::Sfixed64 => json!("1"),
        _ => json!(1),
    };
    if field.is_list() { json!([value]) } else { value }
}

fn sample_text(field: &FieldDescriptor) -> String {
    match field.name() {
        name if name.ends_with("email") => "ann@example.com".to_owned(),
        name => format!("{}…", name.replace('_', " ")),
    }
}
