//! Answers of an operation.

use serde_json::{Map, Value, json};

use super::{behavior, errors, schema::Schemas};
use crate::transcode::{Gives, Route, Takes};

/// All answers of a route, by HTTP status.
pub fn of(route: &Route, reads: bool, schemas: &mut Schemas<'_>) -> Map<String, Value> {
    let mut answers = Map::new();
    answers.insert("200".to_owned(), good(route, schemas));
    if route.facts.etag && reads {
        let etag = json!({"ETag": {"$ref": "#/components/headers/ETag"}});
        answers.insert("304".to_owned(), json!({"description": "Nothing has changed.", "headers": etag}));
    }
    for (status, name, _) in errors::STATUSES.iter().filter(|(status, ..)| is_possible(route, *status)) {
        answers.insert(status.to_string(), json!({"$ref": format!("#/components/responses/{name}")}));
    }
    answers
}

/// Headers of answers that more than one operation has.
pub fn shared_headers() -> Value {
    let header = |description: &str| json!({"schema": {"type": "string"}, "description": description});
    json!({
        "ETag": header("The version of what is shown (RFC 9110, 8.8.3)."),
        "IdempotencyReplayed": header("`true` where the answer is a stored one and nothing was done."),
        "ContentDisposition": header("The name under which to save it."),
    })
}

fn good(route: &Route, schemas: &mut Schemas<'_>) -> Value {
    let (facts, streamed) = (&route.facts, route.method.is_server_streaming());
    let mut headers = Map::new();
    let told = [
        ("ETag", "ETag", facts.etag),
        ("Idempotency-Replayed", "IdempotencyReplayed", facts.idempotency_key),
        ("Content-Disposition", "ContentDisposition", matches!(facts.gives, Gives::Bytes)),
    ];
    for (header, name, _) in told.into_iter().filter(|(.., is)| *is) {
        headers.insert(header.to_owned(), json!({"$ref": format!("#/components/headers/{name}")}));
    }
    let (description, content) = match &facts.gives {
        Gives::Bytes => ("A file.", json!({"*/*": {"schema": {"type": "string"}}})),
        Gives::Message(message) if streamed => (
            "A stream, in the form that `Accept` asks for; lines without one.",
            stream(schemas.message(message)),
        ),
        Gives::Field(field) if streamed => {
            ("A stream, in the form that `Accept` asks for; lines without one.", stream(schemas.field(field)))
        }
        Gives::Message(message) => {
            ("Done.", json!({"application/json": {"schema": schemas.message(message)}}))
        }
        Gives::Field(field) => ("Done.", json!({"application/json": {"schema": schemas.field(field)}})),
    };
    let mut answer = json!({"description": description, "content": content});
    if !headers.is_empty() {
        answer["headers"] = Value::Object(headers);
    }
    answer
}

/// Messages as they come; the last may be an error, because the status is gone by then.
fn stream(message: Value) -> Value {
    let item = json!({"anyOf": [message, errors::reference()]});
    let text = |description: &str| json!({"schema": {"type": "string", "description": description, "x-itemSchema": item}});
    json!({
        "text/event-stream": text(
            "Server-Sent Events: `data:` is a message as JSON, `id:` its sequence; a failure is a last `event: error`; \
             a comment every 15 s keeps a quiet connection open."
        ),
        "application/x-ndjson": text("A message as JSON a line; a failure is the last line."),
        "application/json": {"schema": {"type": "array", "items": item}},
    })
}

/// Whether a route may answer with a status.
fn is_possible(route: &Route, status: u16) -> bool {
    let takes = !matches!(route.facts.takes, Takes::Nothing);
    match status {
        409 => !behavior::only_reads(&route.method),
        412 => route.facts.if_match,
        413 | 415 => takes,
        _ => true,
    }
}
