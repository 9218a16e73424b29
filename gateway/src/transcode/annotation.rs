//! `google.api.http` options, read from the descriptor pool without generated code.

use prost_reflect::{DynamicMessage, ExtensionDescriptor, MethodDescriptor, ReflectMessage, Value};

const EXTENSION: &str = "google.api.http";

/// One way to reach a method over HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rule {
    /// An HTTP method as written (they are case-sensitive), or `*` for any.
    pub(super) http_method: String,
    pub(super) template: String,
    /// Empty for none, `*` for the whole request, else a field.
    pub(super) body: String,
    /// Empty for the whole answer, else a field.
    pub(super) response_body: String,
}

/// The rules of a method: its own, then its additional bindings.
///
/// A pool without `google/api/annotations.proto` has no rules.
pub(super) fn rules(method: &MethodDescriptor) -> Vec<Rule> {
    let Some(extension) = method.parent_pool().get_extension_by_name(EXTENSION) else {
        return Vec::new();
    };
    let Some(first) = annotation(method, &extension) else {
        return Vec::new();
    };
    let additional = first.get_field_by_name("additional_bindings");
    let additional = additional.as_ref().and_then(|value| value.as_list()).unwrap_or_default();
    let additional = additional.iter().filter_map(Value::as_message).filter_map(rule);
    rule(&first).into_iter().chain(additional).collect()
}

/// The rule given to methods without an annotation, when that is asked for:
/// `POST /package.Service/Method` with the whole request as body.
pub(super) fn unannotated(method: &MethodDescriptor) -> Rule {
    Rule {
        http_method: "POST".to_owned(),
        template: format!("/{}/{}", method.parent_service().full_name(), method.name()),
        body: "*".to_owned(),
        response_body: String::new(),
    }
}

fn annotation(method: &MethodDescriptor, extension: &ExtensionDescriptor) -> Option<DynamicMessage> {
    let options = method.options();
    let extendee = extension.containing_message();
    if options.descriptor().full_name() != extendee.full_name() || !options.has_extension(extension) {
        return None;
    }
    options.get_extension(extension).as_message().cloned()
}

fn rule(message: &DynamicMessage) -> Option<Rule> {
    let (http_method, template) = pattern(message)?;
    let (body, response_body) = (text(message, "body"), text(message, "response_body"));
    Some(Rule { http_method, template, body, response_body })
}

fn pattern(message: &DynamicMessage) -> Option<(String, String)> {
    for kind in ["get", "put", "post", "delete", "patch"] {
        let template = text(message, kind);
        if !template.is_empty() {
            return Some((kind.to_ascii_uppercase(), template));
        }
    }
    let custom = message.get_field_by_name("custom")?;
    let custom = custom.as_message()?;
    let (kind, path) = (text(custom, "kind"), text(custom, "path"));
    (!kind.is_empty() && !path.is_empty()).then_some((kind, path))
}

fn text(message: &DynamicMessage, field: &str) -> String {
    let value = message.get_field_by_name(field);
    value.as_ref().and_then(|value| value.as_str()).unwrap_or_default().to_owned()
}
