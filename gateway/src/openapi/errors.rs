//! Refusals: their schema, and one shared answer for each HTTP status with an example of each reason.

use proto::refusal::Reason;
use serde_json::{Map, Value, json};

use crate::transcode;

/// HTTP statuses of refusals, their names here and what they mean.
pub const STATUSES: [(u16, &str, &str); 15] = [
    (400, "BadRequest", "The request is wrong, or does not fit the present state."),
    (401, "Unauthenticated", "No credential was sent, or it is not valid any more."),
    (403, "Forbidden", "The caller may not do this."),
    (404, "NotFound", "It does not exist, or not for this caller."),
    (409, "Conflict", "It exists already, or somebody changed it in between."),
    (412, "PreconditionFailed", "`If-Match` names another version than the present one."),
    (413, "ContentTooLarge", "The body is over a limit."),
    (414, "UriTooLong", "Path and query are over a limit."),
    (415, "UnsupportedMediaType", "The body has another media type or coding than this operation takes."),
    (429, "TooManyRequests", "Too often, or too much; `Retry-After` says when to try again."),
    (431, "HeadersTooLarge", "The headers are over a limit."),
    (500, "Internal", "Our fault; the cause is in the log."),
    (501, "NotImplemented", "No such method here."),
    (503, "Unavailable", "A part of the service is not there; try again after `Retry-After`."),
    (504, "DeadlineExceeded", "It took longer than the client or the server allows."),
];

/// HTTP statuses with which a reason is answered.
pub fn statuses(reason: Reason) -> Vec<u16> {
    let usual = transcode::http_status(reason.code()).as_u16();
    let more: &[u16] = match reason {
        Reason::FieldViolations => &[415],
        Reason::TooLarge => &[413, 414, 431],
        Reason::Unimplemented => &[405],
        Reason::EtagMismatch => &[412],
        _ => &[],
    };
    [&[usual], more].concat()
}

/// `components.responses`.
pub fn responses() -> Map<String, Value> {
    let named =
        STATUSES.iter().map(|(status, name, meaning)| ((*name).to_owned(), response(*status, meaning)));
    named.collect()
}

/// `Error` and `Reason` of `components.schemas`.
pub fn schemas() -> [(String, Value); 2] {
    [("Error".to_owned(), error()), ("Reason".to_owned(), reason())]
}

/// A reference to the error schema.
pub fn reference() -> Value {
    json!({"$ref": "#/components/schemas/Error"})
}

fn reason() -> Value {
    let names: Vec<&str> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
    let line = |reason: &Reason| {
        let statuses: Vec<String> = statuses(*reason).iter().map(u16::to_string).collect();
        let code = transcode::code_name(reason.code());
        format!("- `{}` ({code}, {}): {}", reason.as_str(), statuses.join(" or "), reason.meaning())
    };
    let lines: Vec<String> = Reason::ALL.iter().map(line).collect();
    let description = format!(
        "Why a request is refused. The list is closed: switch on it, never on the message.\n\n{}",
        lines.join("\n")
    );
    json!({"type": "string", "description": description, "enum": names})
}

fn error() -> Value {
    let violation = json!({
        "type": "object",
        "required": ["field", "description"],
        "properties": {
            "field": {"type": "string", "description": "Path in the request, `lines[3].email`."},
            "description": {"type": "string", "description": "What is wrong with it, as a sentence."},
        },
    });
    let detail = |name: &str, properties: Value, required: &[&str]| {
        let mut object = json!({"type": "object", "title": name, "properties": properties});
        object["properties"]["@type"] = json!({"const": format!("type.googleapis.com/google.rpc.{name}")});
        object["required"] = json!([&["@type"], required].concat());
        object
    };
    let details = json!({"anyOf": [
        detail("ErrorInfo", json!({
            "reason": {"$ref": "#/components/schemas/Reason"},
            "domain": {"type": "string"},
            "metadata": {
                "type": "object", "additionalProperties": {"type": "string"},
                "description": "Facts for a program, such as `seatsFree`.",
            },
        }), &["reason", "domain"]),
        detail("BadRequest", json!({"fieldViolations": {"type": "array", "items": violation}}), &["fieldViolations"]),
        detail("RetryInfo", json!({"retryDelay": {"type": "string", "examples": ["1s"]}}), &[]),
    ]});
    let codes: Vec<&str> = (1..=16).map(|code| transcode::code_name(tonic::Code::from(code))).collect();
    let inner = json!({
        "type": "object",
        "required": ["code", "message", "status", "details"],
        "properties": {
            "code": {"type": "integer", "description": "The HTTP status."},
            "message": {"type": "string", "description": "For a person; the text may change."},
            "status": {"type": "string", "enum": codes, "description": "The name of the gRPC code."},
            "details": {"type": "array", "items": details},
        },
    });
    json!({
        "type": "object", "description": "Every refusal (AIP-193).",
        "required": ["error"], "properties": {"error": inner},
    })
}

fn response(status: u16, meaning: &str) -> Value {
    let reasons = Reason::ALL.iter().filter(|reason| statuses(**reason).contains(&status));
    let examples: Map<String, Value> =
        reasons.map(|reason| (reason.as_str().to_owned(), example(*reason, status))).collect();
    let mut headers = Map::new();
    let mut header = |name: &str, kind: &str, description: &str| {
        let told = json!({"schema": {"type": kind}, "description": description});
        headers.insert(name.to_owned(), told);
    };
    match status {
        401 => header("WWW-Authenticate", "string", "`Bearer`"),
        429 | 503 => header("Retry-After", "integer", "Seconds after which it is worth trying again."),
        _ => {}
    }
    let content = json!({"application/json": {"schema": reference(), "examples": examples}});
    json!({"description": meaning, "headers": headers, "content": content})
}

fn example(reason: Reason, status: u16) -> Value {
    let mut details = vec![json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason.as_str(), "domain": "roster.example",
    })];
    if reason == Reason::FieldViolations {
        let violation = json!({"field": "lines[3].email", "description": "must be an e-mail address"});
        details.push(
            json!({"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]}),
        );
    }
    if matches!(status, 429 | 503) {
        details.push(json!({"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1s"}));
    }
    let body = json!({
        "code": status, "message": reason.meaning(),
        "status": transcode::code_name(reason.code()), "details": details,
    });
    json!({"summary": reason.meaning(), "value": {"error": body}})
}
