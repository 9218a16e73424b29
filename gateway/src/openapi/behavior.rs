//! `google.api.field_behavior` and other options, read from descriptors (AIP-203).

use prost_reflect::{Cardinality, FieldDescriptor, MethodDescriptor, Value};

const EXTENSION: &str = "google.api.field_behavior";

/// What is known of a field beside its type.
#[derive(Clone, Copy, Debug, Default)]
pub struct Behavior {
    /// Must be given in a request.
    pub required: bool,
    /// Made by the server.
    pub output_only: bool,
    /// Never shown in an answer.
    pub input_only: bool,
    /// Set once.
    pub immutable: bool,
    /// The resource's name.
    pub identifier: bool,
    /// `deprecated = true`.
    pub deprecated: bool,
    /// `debug_redact = true`: a secret.
    pub secret: bool,
}

impl Behavior {
    /// Reads the options of a field.
    pub fn of(field: &FieldDescriptor) -> Self {
        let numbers = numbers(field);
        let has = |number| numbers.contains(&number);
        let options = field.field_descriptor_proto().options.as_ref();
        Self {
            required: has(2) || field.cardinality() == Cardinality::Required,
            output_only: has(3),
            input_only: has(4),
            immutable: has(5),
            identifier: has(8),
            deprecated: options.is_some_and(|options| options.deprecated()),
            secret: is_redacted(field),
        }
    }

    /// The words a reader needs, in this order.
    pub fn words(self) -> Vec<&'static str> {
        let told = [
            (self.required, "Required"),
            (self.identifier, "Identifier"),
            (self.output_only, "Output only"),
            (self.input_only, "Input only"),
            (self.immutable, "Immutable"),
            (self.deprecated, "Deprecated"),
        ];
        told.into_iter().filter(|(is, _)| *is).map(|(_, word)| word).collect()
    }
}

/// Whether a method is `deprecated`.
pub fn is_deprecated(method: &MethodDescriptor) -> bool {
    method.method_descriptor_proto().options.as_ref().is_some_and(|options| options.deprecated())
}

/// Whether a method has `idempotency_level = NO_SIDE_EFFECTS`.
pub fn only_reads(method: &MethodDescriptor) -> bool {
    const NO_SIDE_EFFECTS: i32 = 1;
    let options = method.method_descriptor_proto().options.as_ref();
    options.is_some_and(|options| options.idempotency_level == Some(NO_SIDE_EFFECTS))
}

fn numbers(field: &FieldDescriptor) -> Vec<i32> {
    let Some(extension) = field.parent_pool().get_extension_by_name(EXTENSION) else { return Vec::new() };
    let options = field.options();
    let listed = options.get_extension(&extension);
    listed.as_list().unwrap_or_default().iter().filter_map(Value::as_enum_number).collect()
}

fn is_redacted(field: &FieldDescriptor) -> bool {
    field.options().get_field_by_name("debug_redact").is_some_and(|value| value.as_bool() == Some(true))
}
