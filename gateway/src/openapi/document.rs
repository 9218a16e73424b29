//! The whole document.

use std::collections::{BTreeMap, BTreeSet};

use prost_reflect::DescriptorPool;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::comments::Comments;
use super::names::Names;
use super::path::Path;
use super::schema::Schemas;
use super::{answers, errors, operation, parameters, reach};
use crate::transcode::Route;

const ROSTER: &str = "Organizations, their users, the licences that these hold, and people by the thousand from a file.

Send `Authorization: Bearer KEY` with each request. Bodies are JSON in the canonical form of Protocol Buffers: \
64-bit integers are strings, an absent field has its default, a field that is not known is refused. \
Every operation is also a gRPC method on the same port (`x-grpc`). \
A refusal names one reason of a closed list (schema `Reason`); an operation's `x-reasons` are those to expect \
beside the ones that every operation has.

A write that carries an `Idempotency-Key` may be repeated safely. Lists answer a `nextPageToken` until the last page.";

/// What descriptors cannot say.
#[derive(Clone, Debug)]
pub struct About {
    /// Name of the API.
    pub title: String,
    /// Version of the program that serves it.
    pub version: String,
    /// What it is and how to begin, as Markdown.
    pub description: String,
}

impl About {
    /// Roster's own words.
    pub fn roster() -> Self {
        Self {
            title: "Roster".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            description: ROSTER.to_owned(),
        }
    }
}

/// The document, in the order in which people read it.
#[derive(Serialize)]
pub struct OpenApi {
    openapi: &'static str,
    info: Value,
    servers: Value,
    security: Value,
    tags: Vec<Value>,
    paths: BTreeMap<String, Map<String, Value>>,
    components: Value,
}

/// Tells all routes.
pub fn of(about: &About, routes: &[Route]) -> OpenApi {
    let comments = routes.first().map_or_else(
        || Comments::of(&DescriptorPool::new()),
        |route| Comments::of(route.method.parent_pool()),
    );
    let (answered, requested) = (reach::answered(routes), reach::requested(routes));
    let names = names(routes, answered.union(&requested));
    let mut schemas = Schemas::new(&comments, names, answered, requested);
    let paths = paths(routes, &comments, &mut schemas);
    OpenApi {
        openapi: "3.1.0",
        info: json!({
            "title": about.title, "version": about.version, "description": about.description,
            "license": {"name": "Apache License 2.0", "identifier": "Apache-2.0"},
        }),
        servers: json!([{"url": "/", "description": "The origin that this document comes from."}]),
        security: json!([{"bearer": []}]),
        tags: tags(routes, &comments),
        paths,
        components: components(schemas),
    }
}

fn paths(
    routes: &[Route],
    comments: &Comments,
    schemas: &mut Schemas<'_>,
) -> BTreeMap<String, Map<String, Value>> {
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for route in routes {
        let number = counts.entry(route.method.full_name().to_owned()).or_default();
        *number += 1;
        // A route for any HTTP method cannot be told; OpenAPI names eight.
        let http_method = route.http_method.to_ascii_lowercase();
        if !matches!(
            http_method.as_str(),
            "get" | "put" | "post" | "delete" | "patch" | "head" | "options" | "trace"
        ) {
            continue;
        }
        let path = Path::of(route);
        let told = operation::of(route, *number, &path, comments, schemas);
        paths.entry(path.text).or_default().insert(http_method, told);
    }
    paths
}

fn tags(routes: &[Route], comments: &Comments) -> Vec<Value> {
    let mut seen = BTreeSet::new();
    let services = routes.iter().map(|route| route.method.parent_service().clone());
    let new = services.filter(|service| seen.insert(service.full_name().to_owned()));
    new.map(|service| json!({"name": service.name(), "description": comments.service(&service)})).collect()
}

fn components(schemas: Schemas<'_>) -> Value {
    let mut made = schemas.made();
    made.extend(errors::schemas());
    json!({
        "schemas": made,
        "responses": errors::responses(),
        "parameters": parameters::shared(),
        "headers": answers::shared_headers(),
        "securitySchemes": {"bearer": {
            "type": "http", "scheme": "bearer",
            "description": "An API key, or the session token that CreateSession answers.",
        }},
    })
}

fn names<'n>(routes: &[Route], full_names: impl Iterator<Item = &'n String>) -> Names {
    let Some(route) = routes.first() else { return Names::of(std::iter::empty()) };
    let pool = route.method.parent_pool();
    let package = |name: &String| {
        let message = pool.get_message_by_name(name).map(|message| message.package_name().to_owned());
        let values = || pool.get_enum_by_name(name).map(|values| values.package_name().to_owned());
        message.or_else(values).unwrap_or_default()
    };
    let pairs: Vec<(String, &String)> = full_names.map(|name| (package(name), name)).collect();
    Names::of(pairs.iter().map(|(package, name)| (package.as_str(), name.as_str())))
}
