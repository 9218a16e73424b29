//! Required fields, which proto2 has.

use std::collections::HashSet;

use prost_reflect::{Cardinality, DynamicMessage, Kind, MessageDescriptor, ReflectMessage as _, Value};

use super::violation::Violation;

/// Whether a message of this type may lack something; asked once a method.
pub(super) fn any(message: &MessageDescriptor) -> bool {
    let (mut seen, mut next) = (HashSet::new(), vec![message.clone()]);
    while let Some(message) = next.pop() {
        if !seen.insert(message.full_name().to_owned()) {
            continue;
        }
        if message.fields().any(|field| field.cardinality() == Cardinality::Required) {
            return true;
        }
        let kinds = message.fields().map(|field| field.kind());
        let kinds = kinds.chain(message.extensions().map(|extension| extension.kind()));
        next.extend(kinds.filter_map(|kind| match kind {
            Kind::Message(inner) => Some(inner),
            _ => None,
        }));
    }
    false
}

/// Refuses a message that lacks a required field, at whatever depth.
pub(super) fn check(message: &DynamicMessage) -> Result<(), Violation> {
    for field in message.descriptor().fields() {
        if field.cardinality() == Cardinality::Required && !message.has_field(&field) {
            return Err(Violation::new(field.name(), "missing, but required"));
        }
    }
    for (field, value) in message.fields() {
        check_value(value).map_err(|violation| violation.under(field.name()))?;
    }
    for (extension, value) in message.extensions() {
        check_value(value).map_err(|violation| violation.under(extension.json_name()))?;
    }
    Ok(())
}

fn check_value(value: &Value) -> Result<(), Violation> {
    match value {
        Value::Message(inner) => check(inner),
        Value::List(items) => items.iter().try_for_each(check_value),
        Value::Map(entries) => entries.values().try_for_each(check_value),
        _ => Ok(()),
    }
}
