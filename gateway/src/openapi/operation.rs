//! One operation: a route of a method.

use prost_reflect::MethodDescriptor;
use serde_json::{Value, json};

use super::behavior::{self, Behavior};
use super::comments::Comments;
use super::path::Path;
use super::schema::Schemas;
use super::{answers, parameters, reasons, request, text};
use crate::transcode::Route;

/// The operation of a route; `number` counts the routes of its method from 1.
pub fn of(
    route: &Route,
    number: usize,
    path: &Path,
    comments: &Comments,
    schemas: &mut Schemas<'_>,
) -> Value {
    let method = &route.method;
    let reads = route.http_method == "GET";
    let mut operation = json!({
        "operationId": id(method, number),
        "summary": text::sentence(method.name()),
        "tags": [method.parent_service().name()],
        "responses": answers::of(route, reads, schemas),
        "x-grpc": format!("{}/{}", method.parent_service().full_name(), method.name()),
        "x-reasons": reasons::of(route, comments).iter().map(|reason| reason.as_str()).collect::<Vec<_>>(),
    });
    let parameters = parameters::of(&route.facts, path, reads, schemas);
    let description = comments.method(method);
    let told = [
        ("description", json!(description), !description.is_empty()),
        ("parameters", json!(parameters), !parameters.is_empty()),
        ("deprecated", json!(true), behavior::is_deprecated(method)),
        ("security", json!([{"bearer": []}, {}]), carries_proof(method)),
    ];
    for (name, value, _) in told.into_iter().filter(|(.., is)| *is) {
        operation[name] = value;
    }
    if let Some(body) = request::body(&route.facts, schemas) {
        operation["requestBody"] = body;
    }
    operation
}

/// Stable: a method's own first rule keeps its id when others are added.
pub fn id(method: &MethodDescriptor, number: usize) -> String {
    let name = format!("{}_{}", method.parent_service().name(), method.name());
    if number == 1 { name } else { format!("{name}_{number}") }
}

/// Whether the request itself holds a secret that may prove who calls: a password, a code from a mail.
pub fn carries_proof(method: &MethodDescriptor) -> bool {
    method.input().fields().map(|field| Behavior::of(&field)).any(|field| field.secret && field.required)
}
