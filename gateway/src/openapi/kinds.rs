//! Types as people read them.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

/// A type as people read it, and where it is explained.
#[derive(Clone, Default)]
pub struct Kinded {
    /// `string`, `User[]`.
    pub text: String,
    /// `#type-User`, or nothing.
    pub href: String,
}

/// The type of a field.
pub fn kind(field: &FieldDescriptor) -> Kinded {
    match field.kind() {
        Kind::Message(entry) if field.is_map() => {
            let value = single(&entry.map_entry_value_field().kind());
            Kinded { text: format!("map of {}", value.text), ..value }
        }
        one if field.is_list() => {
            let one = single(&one);
            Kinded { text: format!("{}[]", one.text), ..one }
        }
        one => single(&one),
    }
}

fn single(kind: &Kind) -> Kinded {
    let plain = |text: &str| Kinded { text: text.to_owned(), href: String::new() };
    match kind {
        Kind::Message(message) => message_kind(message),
        Kind::Enum(values) => linked(short(values.package_name(), values.full_name())),
        Kind::Bytes => plain("base64"),
        Kind::Int64 | Kind::Uint64 | Kind::Sint64 | Kind::Fixed64 | Kind::Sfixed64 => {
            plain("int64 as string")
        }
        Kind::Bool => plain("boolean"),
        Kind::String => plain("string"),
        Kind::Double | Kind::Float => plain("number"),
        _ => plain("integer"),
    }
}

/// A message as a type.
pub fn message_kind(message: &MessageDescriptor) -> Kinded {
    match message.full_name() {
        "google.protobuf.Timestamp" => Kinded { text: "timestamp".to_owned(), href: String::new() },
        "google.protobuf.Empty" => Kinded { text: "{}".to_owned(), href: String::new() },
        _ if !is_explained(message) => Kinded { text: message.name().to_owned(), href: String::new() },
        name => linked(short(message.package_name(), name)),
    }
}

fn linked(name: String) -> Kinded {
    Kinded { href: format!("#type-{name}"), text: name }
}

/// Whether a message is told field by field: those of Google have a form that everybody knows.
pub fn is_explained(message: &MessageDescriptor) -> bool {
    !message.full_name().starts_with("google.") && !message.is_map_entry()
}

/// A name without its package.
pub fn short(package: &str, full_name: &str) -> String {
    full_name.strip_prefix(package).map_or(full_name, |rest| rest.trim_start_matches('.')).to_owned()
}
