//! JSON without what the schema does not know, for servers that ask to be lenient.

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use super::super::field;
use super::{any, tree::Json, well_known::Form};

/// Takes unknown fields and unknown names of enums out of the JSON of a message.
pub(in super::super) fn prune(of: &MessageDescriptor, json: &mut Json) {
    let Json::Object(entries) = json else { return };
    match Form::of(of) {
        Form::Any => packed(of, entries),
        Form::Fields => fields(of, entries),
        _ => {}
    }
}

/// The same in the JSON of one field; `false` when nothing of it is left.
pub(in super::super) fn prune_field(field: &FieldDescriptor, json: &mut Json) -> bool {
    keep(&field.kind(), json)
}

fn fields(of: &MessageDescriptor, entries: &mut Vec<(String, Json)>) {
    entries.retain_mut(|(name, json)| {
        if let Some(known) = field::find(of, name) {
            return keep(&known.kind(), json);
        }
        let extension = of.get_extension_by_json_name(name).filter(|_| name.starts_with('['));
        extension.is_some_and(|known| keep(&known.kind(), json))
    });
}

fn packed(of: &MessageDescriptor, entries: &mut Vec<(String, Json)>) {
    let named = entries.iter().find_map(|(name, json)| match json {
        Json::Text(type_url) if name == "@type" => any::find(of.parent_pool(), type_url),
        _ => None,
    });
    let Some(inner) = named.filter(|inner| Form::of(inner) == Form::Fields) else { return };
    let at = entries.iter().position(|(name, _)| name == "@type").unwrap_or_default();
    let type_entry = entries.remove(at);
    fields(&inner, entries);
    entries.push(type_entry);
}

/// Prunes a value; `false` when nothing of it is left.
fn keep(kind: &Kind, json: &mut Json) -> bool {
    match (kind, json) {
        (Kind::Enum(values), Json::Text(name)) => values.get_value_by_name(name).is_some(),
        (kind, Json::List(items)) if !own_form(kind) => {
            items.retain_mut(|item| keep(kind, item));
            true
        }
        (Kind::Message(entry), Json::Object(entries)) if entry.is_map_entry() => {
            entries.retain_mut(|(_, value)| keep(&entry.map_entry_value_field().kind(), value));
            true
        }
        (Kind::Message(message), json) => {
            prune(message, json);
            true
        }
        _ => true,
    }
}

/// A list that is one value, as in Value and ListValue.
fn own_form(kind: &Kind) -> bool {
    kind.as_message().is_some_and(|message| matches!(Form::of(message), Form::List | Form::Value))
}
