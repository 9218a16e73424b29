//! What a route takes and gives beyond its annotation, for documents about the API.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use super::{
    binding::{Binding, Body},
    json,
    method::{self, Feed},
    query,
    template::{Segment, Template},
};

/// How deep parameters of messages within messages are told.
const DEPTH: usize = 3;

/// What a route takes and gives.
#[derive(Clone)]
pub struct Facts {
    /// The path, piece by piece.
    pub pieces: Vec<Piece>,
    /// What stands after the colon at the end of the path.
    pub verb: Option<String>,
    /// Field paths that the URL's path fills, in its order.
    pub variables: Vec<(String, FieldDescriptor)>,
    /// Every query parameter; in an upload also a field of the form.
    pub parameters: Vec<Parameter>,
    /// The body of the request.
    pub takes: Takes,
    /// The body of the answer.
    pub gives: Gives,
    /// Whether `Idempotency-Key` fills the request's `request_id`.
    pub idempotency_key: bool,
    /// Whether `If-Match` is compared.
    pub if_match: bool,
    /// Whether the answer has an `ETag`, and a GET knows `If-None-Match`.
    pub etag: bool,
    /// Whether `Last-Event-ID` goes on where a stream broke off.
    pub last_event_id: bool,
}

/// One piece of a path between two slashes.
#[derive(Clone)]
pub struct Piece {
    /// What it matches.
    pub takes: Match,
    /// Path of the field that it fills, alone or as a part of a pattern.
    pub fills: Option<String>,
}

/// What a piece of a path matches.
#[derive(Clone)]
pub enum Match {
    /// This very text.
    Literal(String),
    /// One segment.
    One,
    /// All that follows.
    Rest,
}

/// A query parameter.
#[derive(Clone)]
pub struct Parameter {
    /// Dotted JSON names.
    pub name: String,
    /// The field at the end.
    pub field: FieldDescriptor,
}

/// The body of a request.
#[derive(Clone)]
pub enum Takes {
    /// None.
    Nothing,
    /// The whole request as JSON.
    Whole(MessageDescriptor),
    /// One field of it as JSON.
    Field(FieldDescriptor),
    /// A file, raw or as the last part of a form; the message is sent before it.
    File(MessageDescriptor),
    /// Messages as newline-delimited JSON.
    Lines(MessageDescriptor),
    /// Bytes of any media type.
    Bytes,
}

/// The body of an answer.
#[derive(Clone)]
pub enum Gives {
    /// A message as JSON.
    Message(MessageDescriptor),
    /// One field of it as JSON.
    Field(FieldDescriptor),
    /// Bytes of any media type.
    Bytes,
}

impl Facts {
    /// Reads them from a resolved rule.
    pub(super) fn of(binding: &Binding) -> Self {
        let method = &binding.method;
        let template = Template::parse(&binding.rule.template).unwrap_or_default();
        let single = matches!(method.feed, Feed::Single);
        let gives = gives(binding);
        Self {
            pieces: pieces(&template),
            verb: template.verb,
            variables: variables(binding),
            parameters: parameters(binding),
            takes: takes(binding),
            idempotency_key: method.request_id.is_some() && !matches!(method.feed, Feed::Lines),
            if_match: single && binding.if_match.is_some(),
            etag: binding.etag.is_some() && !method.descriptor.is_server_streaming(),
            last_event_id: single
                && method.after_sequence.is_some()
                && method.descriptor.is_server_streaming()
                && !matches!(gives, Gives::Bytes),
            gives,
        }
    }
}

fn pieces(template: &Template) -> Vec<Piece> {
    let field = |index| {
        let variable = template.variables.iter().find(|variable| variable.covers(index));
        variable.map(|variable| variable.field_path.clone())
    };
    let numbered = template.segments.iter().enumerate();
    let takes = |segment: &Segment| match segment {
        Segment::Literal(text) => Match::Literal(text.clone()),
        Segment::One => Match::One,
        Segment::Rest => Match::Rest,
    };
    numbered.map(|(index, segment)| Piece { takes: takes(segment), fills: field(index) }).collect()
}

fn variables(binding: &Binding) -> Vec<(String, FieldDescriptor)> {
    let told = |(_, path): &(_, super::field::FieldPath)| (path.name(), path.leaf().clone());
    binding.variables.iter().map(told).collect()
}

fn takes(binding: &Binding) -> Takes {
    let bytes = binding.taken().is_some_and(|message| method::is_http_body(&message));
    match (&binding.method.feed, &binding.body) {
        (Feed::Upload(shape), _) => Takes::File(shape.first_message()),
        _ if bytes => Takes::Bytes,
        (_, Body::None) => Takes::Nothing,
        (Feed::Lines, _) => Takes::Lines(binding.taken().unwrap_or_else(|| binding.method.input.clone())),
        (_, Body::Whole) => Takes::Whole(binding.method.input.clone()),
        (_, Body::Field(field)) => Takes::Field(field.clone()),
    }
}

fn gives(binding: &Binding) -> Gives {
    match (binding.shown(), &binding.response_body) {
        (Some(shown), _) if method::is_http_body(&shown) => Gives::Bytes,
        (_, Some(field)) => Gives::Field(field.clone()),
        (_, None) => Gives::Message(binding.method.output.clone()),
    }
}

/// Every parameter that the query may hold; messages are opened up to a depth.
fn parameters(binding: &Binding) -> Vec<Parameter> {
    let of = match &binding.method.feed {
        Feed::Upload(shape) => shape.first_message(),
        _ => binding.method.input.clone(),
    };
    let mut found = Vec::new();
    collect(&of, "", DEPTH, &mut found);
    found.retain(|parameter| query::is_free(binding, &parameter.name));
    found
}

fn collect(of: &MessageDescriptor, before: &str, depth: usize, found: &mut Vec<Parameter>) {
    for field in of.fields().filter(|field| !field.is_map()) {
        let name = format!("{before}{}", field.json_name());
        match field.kind() {
            Kind::Message(inner) if !json::is_textual(&inner) => {
                if depth > 0 && !field.is_list() {
                    collect(&inner, &format!("{name}."), depth - 1, found);
                }
            }
            _ => found.push(Parameter { name, field }),
        }
    }
}
