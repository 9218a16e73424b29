//! Which messages and enums a set of messages leads to.

use std::collections::BTreeSet;

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use crate::transcode::{Gives, Route, Takes};

/// Full names of what answers show.
pub fn answered(routes: &[Route]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for route in routes {
        match &route.facts.gives {
            Gives::Message(message) => visit(message, &mut found),
            Gives::Field(field) => visit_field(field, &mut found),
            Gives::Bytes => {}
        }
    }
    found
}

/// Full names of what requests are made of.
pub fn requested(routes: &[Route]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for route in routes {
        match &route.facts.takes {
            Takes::Whole(message) | Takes::File(message) | Takes::Lines(message) => {
                visit(message, &mut found)
            }
            Takes::Field(field) => visit_field(field, &mut found),
            Takes::Nothing | Takes::Bytes => {}
        }
        for parameter in &route.facts.parameters {
            visit_field(&parameter.field, &mut found);
        }
        for (_, field) in &route.facts.variables {
            visit_field(field, &mut found);
        }
    }
    found
}

fn visit(message: &MessageDescriptor, found: &mut BTreeSet<String>) {
    if !found.insert(message.full_name().to_owned()) {
        return;
    }
    for field in message.fields() {
        visit_field(&field, found);
    }
}

fn visit_field(field: &FieldDescriptor, found: &mut BTreeSet<String>) {
    match field.kind() {
        Kind::Message(message) => visit(&message, found),
        Kind::Enum(values) => {
            found.insert(values.full_name().to_owned());
        }
        _ => {}
    }
}
