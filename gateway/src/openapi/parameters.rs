//! Parameters of an operation: path, query, headers.

use prost_reflect::FieldDescriptor;
use serde_json::{Value, json};

use super::behavior::Behavior;
use super::path::{Path, Segment};
use super::schema::Schemas;
use crate::transcode::{Facts, Parameter, Takes};

/// All parameters of one route; `reads` says whether it is a GET.
pub fn of(facts: &Facts, path: &Path, reads: bool, schemas: &mut Schemas<'_>) -> Vec<Value> {
    let mut parameters: Vec<Value> =
        path.parameters.iter().map(|segment| in_path(segment, schemas)).collect();
    parameters.extend(facts.parameters.iter().map(|parameter| in_query(facts, parameter, schemas)));
    parameters.extend(headers(facts, reads));
    parameters
}

/// Header parameters that more than one operation has.
pub fn shared() -> Value {
    let header = |name: &str, description: &str, schema: Value| json!({"name": name, "in": "header", "required": false, "description": description, "schema": schema});
    json!({
        "IdempotencyKey": header(
            "Idempotency-Key",
            "The same key with the same request within 24 hours gives the stored answer and does nothing again; \
             with another request it is refused (`IDEMPOTENCY_KEY_REUSED`). The same as the field `requestId`.",
            json!({"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$"}),
        ),
        "IfMatch": header(
            "If-Match",
            "The `ETag` that was read; if it is not the present one the answer is 412 and nothing is changed. \
             The same as the field `etag`.",
            json!({"type": "string", "pattern": "^(\\*|(W/)?\"[!#-~]*\")$"}),
        ),
        "IfNoneMatch": header(
            "If-None-Match",
            "`ETag`s that are known; if the present one is among them the answer is 304 without a body.",
            json!({"type": "string"}),
        ),
        "LastEventId": header(
            "Last-Event-ID",
            "The last `id` that was seen, as browsers send it when they reconnect; goes before `afterSequence`.",
            json!({"type": "string", "pattern": "^[0-9]{0,18}$"}),
        ),
        "ContentRange": header(
            "Content-Range",
            "Which part of the file this body is, `bytes 0-65535/1048576`; without it the body is the whole file.",
            json!({"type": "string", "pattern": r"^bytes [0-9]{1,15}-([0-9]{1,15}|\*)/([0-9]{1,15}|\*)$"}),
        ),
    })
}

fn headers(facts: &Facts, reads: bool) -> Vec<Value> {
    let wanted = [
        ("IdempotencyKey", facts.idempotency_key),
        ("IfMatch", facts.if_match),
        ("IfNoneMatch", facts.etag && reads),
        ("LastEventId", facts.last_event_id),
        ("ContentRange", matches!(facts.takes, Takes::File(_))),
    ];
    let named = wanted.into_iter().filter(|(_, is)| *is);
    named.map(|(name, _)| json!({"$ref": format!("#/components/parameters/{name}")})).collect()
}

fn in_path(segment: &Segment, schemas: &mut Schemas<'_>) -> Value {
    let (schema, mut description) = match &segment.field {
        Some(field) => (schemas.single(&field.kind()), schemas.describe(field)),
        None => (json!({"type": "string", "minLength": 1, "pattern": "^[^/]+$"}), part(segment)),
    };
    if segment.rest {
        description = format!("{description} May hold slashes.").trim().to_owned();
    }
    let mut parameter = json!({"name": segment.name, "in": "path", "required": true, "schema": schema});
    if !description.is_empty() {
        parameter["description"] = json!(description);
    }
    parameter
}

/// What a part of a name is a part of.
fn part(segment: &Segment) -> String {
    match segment.fills.is_empty() {
        true => String::new(),
        false => format!("Part of `{}`: `{}`.", segment.fills, segment.pattern),
    }
}

fn in_query(facts: &Facts, parameter: &Parameter, schemas: &mut Schemas<'_>) -> Value {
    let field = &parameter.field;
    let (required, mut description) = (Behavior::of(field).required, schemas.describe(field));
    // A form may hold it instead.
    let upload = matches!(facts.takes, Takes::File(_));
    if upload && required {
        description = format!("Required, here or as a field of the form. {description}").trim().to_owned();
    }
    let must = required && !upload && !parameter.name.contains('.');
    let mut told = json!({
        "name": parameter.name, "in": "query", "required": must, "schema": in_text(field, schemas),
    });
    if !description.is_empty() {
        told["description"] = json!(description);
    }
    if Behavior::of(field).deprecated {
        told["deprecated"] = json!(true);
    }
    told
}

fn in_text(field: &FieldDescriptor, schemas: &mut Schemas<'_>) -> Value {
    let single = schemas.single(&field.kind());
    if field.is_list() { json!({"type": "array", "items": single}) } else { single }
}
