//! Which refusals an operation knows beside those that every one has.

use prost_reflect::{Kind, MessageDescriptor};
use proto::refusal::Reason;

use super::comments::Comments;
use super::operation;
use crate::transcode::{Route, Takes};

/// Reasons that any operation may have.
const ALWAYS: [Reason; 12] = [
    Reason::FieldViolations,
    Reason::NotFound,
    Reason::PermissionDenied,
    Reason::SessionMissing,
    Reason::SessionExpired,
    Reason::RateLimited,
    Reason::TooLarge,
    Reason::DependencyUnavailable,
    Reason::Draining,
    Reason::DeadlineExceeded,
    Reason::Unimplemented,
    Reason::Internal,
];

/// The reasons that a caller of this route should expect, in the order of the list: those that follow
/// from its fields, and those that its comments name.
pub fn of(route: &Route, comments: &Comments) -> Vec<Reason> {
    let words = told(route, comments);
    let request = requested(route);
    let follows = |reason: Reason| match reason {
        Reason::IdempotencyKeyReused | Reason::RequestInProgress => route.facts.idempotency_key,
        Reason::BadPageToken | Reason::PageTokenMismatch => has(&request, "page_token"),
        Reason::BadFilter => has(&request, "filter"),
        Reason::BadOrderBy => has(&request, "order_by"),
        Reason::BadFieldMask => has(&request, "update_mask"),
        Reason::EtagMismatch => route.facts.if_match,
        Reason::LinkUnknown | Reason::LinkExpired | Reason::LinkUsed => has(&request, "token"),
        _ => false,
    };
    let named = |reason: Reason| {
        words.split(|letter: char| !is_of_reason(letter)).any(|word| word == reason.as_str())
    };
    let all = Reason::ALL.iter().copied();
    all.filter(|reason| !ALWAYS.contains(reason) && (follows(*reason) || named(*reason))).collect()
}

fn is_of_reason(letter: char) -> bool {
    letter.is_ascii_uppercase() || letter == '_'
}

fn requested(route: &Route) -> MessageDescriptor {
    match &route.facts.takes {
        Takes::File(first) => first.clone(),
        _ => route.method.input(),
    }
}

fn has(message: &MessageDescriptor, field: &str) -> bool {
    message.get_field_by_name(field).is_some_and(|field| !matches!(field.kind(), Kind::Bytes))
}

/// The comments on a method and on the fields of its request.
fn told(route: &Route, comments: &Comments) -> String {
    let mut words = vec![comments.method(&route.method)];
    // What a service says of all its methods is said of those that prove who calls.
    if operation::carries_proof(&route.method) {
        words.push(comments.service(route.method.parent_service()));
    }
    words.extend(requested(route).fields().map(|field| comments.field(&field)));
    words.join(" ")
}
