//! A command that calls a method.

use super::path::Path;
use super::{behavior::Behavior, operation, request};
use crate::transcode::{Gives, Route, Takes};

/// The command; what a reader fills in is in capitals or ends with `…`.
pub fn example(route: &Route, path: &Path, origin: &str) -> String {
    let mut words = vec![format!("curl -s{} '{origin}{}{}'", switches(route), address(path), query(route))];
    if !operation::carries_proof(&route.method) {
        words.push("-H \"Authorization: Bearer $KEY\"".to_owned());
    }
    if route.method.is_server_streaming() && !matches!(route.facts.gives, Gives::Bytes) {
        words.push("-H 'Accept: text/event-stream'".to_owned());
    }
    words.extend(body(route));
    words.join(" \\\n  ")
}

fn switches(route: &Route) -> String {
    let mut switches = String::new();
    if matches!(route.facts.gives, Gives::Bytes) {
        switches.push_str("OJ");
    } else if route.method.is_server_streaming() {
        switches.push('N');
    }
    let usual = if matches!(route.facts.takes, Takes::Nothing) { "GET" } else { "POST" };
    if route.http_method != usual {
        switches.push_str(&format!(" -X {}", route.http_method));
    }
    switches
}

/// The path with its parameters in capitals.
fn address(path: &Path) -> String {
    let mut address = path.text.clone();
    for parameter in &path.parameters {
        address = address.replace(&format!("{{{}}}", parameter.name), &parameter.name.to_ascii_uppercase());
    }
    address
}

fn query(route: &Route) -> String {
    let needed = route.facts.parameters.iter().filter(|parameter| Behavior::of(&parameter.field).required);
    let pairs: Vec<String> = needed
        .map(|parameter| {
            let value = request::sample_field(&parameter.field);
            let value = value.get(0).unwrap_or(&value);
            format!("{}={}", parameter.name, value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        })
        .collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}

fn body(route: &Route) -> Vec<String> {
    let header = |kind: &str| format!("-H 'Content-Type: {kind}'");
    let json = |value: serde_json::Value| vec![header("application/json"), format!("-d '{value}'")];
    let filled: Vec<&str> = route.facts.variables.iter().map(|(path, _)| path.as_str()).collect();
    match &route.facts.takes {
        Takes::Nothing => Vec::new(),
        Takes::Whole(message) => json(request::sample(message, &filled)),
        Takes::Field(field) => json(request::sample_field(field)),
        Takes::File(_) => vec![header("text/csv"), "--data-binary @FILE".to_owned()],
        Takes::Lines(_) => vec![header("application/x-ndjson"), "--data-binary @FILE".to_owned()],
        Takes::Bytes => vec![header("application/octet-stream"), "--data-binary @FILE".to_owned()],
    }
}
