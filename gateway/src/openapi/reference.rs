//! The reference for people: the same routes, told method by method.

use std::collections::BTreeMap;

use prost_reflect::{DescriptorPool, FieldDescriptor, MessageDescriptor};
use proto::refusal::Reason;

use super::behavior::{self, Behavior};
use super::comments::Comments;
use super::kinds::{Kinded, is_explained, kind, message_kind, short};
use super::path::Path;
use super::{curl, errors, notes, operation, reach, reasons, text};
use crate::transcode::{self, Gives, Route, Takes};

/// All that the page shows, made once.
pub struct Reference {
    /// Services in the order of the contract.
    pub services: Vec<Service>,
    /// Messages and enums that requests and answers hold, by name.
    pub types: Vec<Type>,
    /// The closed list.
    pub reasons: Vec<Refusal>,
}

/// A service and its methods.
#[derive(Clone)]
pub struct Service {
    /// `UserService`.
    pub name: String,
    /// `User`.
    pub title: String,
    /// From its comment.
    pub description: String,
    /// In the order of the contract.
    pub methods: Vec<Method>,
}

/// One method with all its routes.
#[derive(Clone)]
pub struct Method {
    /// The operation id; the anchor too.
    pub id: String,
    /// `Create user`.
    pub title: String,
    /// From its comment.
    pub description: String,
    /// HTTP method and path, a route each.
    pub lines: Vec<(String, String)>,
    /// `roster.identity.v1.UserService/CreateUser`.
    pub grpc: String,
    /// A command to try it with.
    pub curl: String,
    /// Parameters and fields of the body.
    pub takes: Vec<Row>,
    /// Fields of the answer.
    pub gives: Vec<Row>,
    /// The type of the answer.
    pub answer: Kinded,
    /// What else to know: streams, files, headers.
    pub notes: Vec<String>,
    /// Reasons beside those that every method has.
    pub reasons: Vec<&'static str>,
    /// Whether new programs should not call it.
    pub deprecated: bool,
}

/// A field or parameter.
#[derive(Clone)]
pub struct Row {
    /// Its JSON name.
    pub name: String,
    /// `path`, `query`, `header`, `body` or nothing.
    pub place: &'static str,
    /// Its type.
    pub kind: Kinded,
    /// `Required`, `Output only` …
    pub behavior: Vec<&'static str>,
    /// From its comment.
    pub description: String,
}

/// A message or an enum.
pub struct Type {
    /// `Purchase.State`.
    pub name: String,
    /// From its comment.
    pub description: String,
    /// Fields, or values.
    pub rows: Vec<Row>,
}

/// A reason.
pub struct Refusal {
    /// `INSUFFICIENT_SEATS`.
    pub name: &'static str,
    /// The gRPC code.
    pub code: &'static str,
    /// HTTP statuses.
    pub statuses: String,
    /// What it means.
    pub meaning: &'static str,
}

impl Reference {
    /// Tells all routes; `origin` begins the addresses of the examples.
    pub fn of(routes: &[Route], origin: &str) -> Self {
        let pool =
            routes.first().map_or_else(DescriptorPool::new, |route| route.method.parent_pool().clone());
        let comments = Comments::of(&pool);
        Self {
            services: services(routes, origin, &comments),
            types: types(routes, &pool, &comments),
            reasons: refusals(),
        }
    }
}

fn services(routes: &[Route], origin: &str, comments: &Comments) -> Vec<Service> {
    let mut services: Vec<Service> = Vec::new();
    for route in routes {
        let service = route.method.parent_service();
        if services.last().is_none_or(|last| last.name != service.name()) {
            let title = text::sentence(service.name().trim_end_matches("Service"));
            let description = comments.service(service);
            services.push(Service {
                name: service.name().to_owned(),
                title,
                description,
                methods: Vec::new(),
            });
        }
        let Some(section) = services.last_mut() else { continue };
        let (path, id) = (Path::of(route), operation::id(&route.method, 1));
        let line = (route.http_method.clone(), path.text.clone());
        match section.methods.last_mut().filter(|last| last.id == id) {
            Some(known) => known.lines.push(line),
            None => section.methods.push(method(route, &path, line, origin, comments)),
        }
    }
    services
}

fn method(route: &Route, path: &Path, line: (String, String), origin: &str, comments: &Comments) -> Method {
    let descriptor = &route.method;
    let answer = match &route.facts.gives {
        Gives::Bytes => Kinded { text: "file".to_owned(), href: String::new() },
        Gives::Message(message) => message_kind(message),
        Gives::Field(field) => kind(field),
    };
    let gives = match &route.facts.gives {
        Gives::Message(message) => rows(message, "", comments),
        _ => Vec::new(),
    };
    Method {
        id: operation::id(descriptor, 1),
        title: text::sentence(descriptor.name()),
        description: comments.method(descriptor),
        lines: vec![line],
        grpc: format!("{}/{}", descriptor.parent_service().full_name(), descriptor.name()),
        curl: curl::example(route, path, origin),
        takes: takes(route, path, comments),
        gives,
        answer,
        notes: notes::of(route),
        reasons: reasons::of(route, comments).into_iter().map(Reason::as_str).collect(),
        deprecated: behavior::is_deprecated(descriptor),
    }
}

fn takes(route: &Route, path: &Path, comments: &Comments) -> Vec<Row> {
    let facts = &route.facts;
    let mut told: Vec<Row> = path
        .parameters
        .iter()
        .map(|segment| {
            let description = match &segment.field {
                Some(field) => comments.field(field),
                None => format!("Part of `{}`: `{}`.", segment.fills, segment.pattern),
            };
            let kind = segment
                .field
                .as_ref()
                .map_or_else(|| Kinded { text: "string".to_owned(), ..Kinded::default() }, kind);
            Row { name: segment.name.clone(), place: "path", kind, behavior: vec!["Required"], description }
        })
        .collect();
    let place = if matches!(facts.takes, Takes::File(_)) { "query or form" } else { "query" };
    told.extend(facts.parameters.iter().map(|parameter| {
        let row = row(&parameter.field, place, comments);
        Row { name: parameter.name.clone(), ..row }
    }));
    let filled = |field: &FieldDescriptor| facts.variables.iter().any(|(path, _)| path == field.name());
    match &facts.takes {
        Takes::Whole(message) | Takes::Lines(message) => {
            let left = message.fields().filter(|field| !filled(field));
            told.extend(left.map(|field| row(&field, "body", comments)));
        }
        Takes::Field(field) => told.push(row(field, "body", comments)),
        Takes::Nothing | Takes::File(_) | Takes::Bytes => {}
    }
    told
}

fn types(routes: &[Route], pool: &DescriptorPool, comments: &Comments) -> Vec<Type> {
    let mut told = BTreeMap::new();
    for name in reach::answered(routes).union(&reach::requested(routes)) {
        if let Some(message) = pool.get_message_by_name(name).filter(is_explained) {
            let (name, rows) = (short(message.package_name(), name), rows(&message, "", comments));
            told.insert(name.clone(), Type { name, description: comments.message(&message), rows });
        }
        if let Some(values) = pool.get_enum_by_name(name) {
            let name = short(values.package_name(), name);
            let rows = values.values().map(|value| Row {
                name: value.name().to_owned(),
                place: "",
                kind: Kinded::default(),
                behavior: Vec::new(),
                description: comments.value(&value),
            });
            told.insert(
                name.clone(),
                Type { name, description: comments.enumeration(&values), rows: rows.collect() },
            );
        }
    }
    told.into_values().collect()
}

fn refusals() -> Vec<Refusal> {
    let told = Reason::ALL.iter().map(|reason| {
        let statuses: Vec<String> = errors::statuses(*reason).iter().map(u16::to_string).collect();
        let code = transcode::code_name(reason.code());
        Refusal { name: reason.as_str(), code, statuses: statuses.join(", "), meaning: reason.meaning() }
    });
    told.collect()
}

fn rows(message: &MessageDescriptor, place: &'static str, comments: &Comments) -> Vec<Row> {
    if !is_explained(message) {
        return Vec::new();
    }
    message.fields().map(|field| row(&field, place, comments)).collect()
}

fn row(field: &FieldDescriptor, place: &'static str, comments: &Comments) -> Row {
    let behavior = Behavior::of(field).words();
    let name = field.json_name().to_owned();
    Row { name, place, kind: kind(field), behavior, description: comments.field(field) }
}
