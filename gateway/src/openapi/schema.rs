//! Messages as JSON Schema 2020-12, in the form that canonical proto3 JSON has.

mod known;

use std::collections::{BTreeMap, BTreeSet};

use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value, json};

use super::behavior::Behavior;
use super::comments::Comments;
use super::names::Names;

/// The schemas of one document, made as they are needed.
pub struct Schemas<'d> {
    comments: &'d Comments,
    names: Names,
    answered: BTreeSet<String>,
    requested: BTreeSet<String>,
    made: BTreeMap<String, Value>,
}

impl<'d> Schemas<'d> {
    /// None yet. `answered` and `requested` are full names of messages.
    pub fn new(
        comments: &'d Comments,
        names: Names,
        answered: BTreeSet<String>,
        requested: BTreeSet<String>,
    ) -> Self {
        Self { comments, names, answered, requested, made: BTreeMap::new() }
    }

    /// All that were asked for.
    pub fn made(self) -> BTreeMap<String, Value> {
        self.made
    }

    /// A message, by reference; one with a JSON form of its own as that.
    pub fn message(&mut self, message: &MessageDescriptor) -> Value {
        if let Some(known) = known::schema(message) {
            return known;
        }
        let name = self.names.name(message.package_name(), message.full_name()).to_owned();
        if !self.made.contains_key(&name) {
            // Before its fields, because one of them may be of this very type.
            self.made.insert(name.clone(), Value::Null);
            let object = self.object(message, &|_| true);
            self.made.insert(name.clone(), object);
        }
        reference(&name)
    }

    /// A request message without the fields that the path fills, under a name of its own.
    pub fn body(&mut self, message: &MessageDescriptor, filled: &[&str]) -> Value {
        let left = |field: &FieldDescriptor| !filled.contains(&field.name());
        if message.fields().all(|field| left(&field)) {
            return self.message(message);
        }
        let object = self.object(message, &left);
        let stem = format!("{}.Body", self.names.name(message.package_name(), message.full_name()));
        let numbered = (2..).map(|number| format!("{stem}{number}"));
        let mut candidates = std::iter::once(stem.clone()).chain(numbered);
        let free = |name: &String| self.made.get(name).is_none_or(|made| *made == object);
        let name = candidates.find(free).unwrap_or(stem);
        self.made.insert(name.clone(), object);
        reference(&name)
    }

    /// Whether a body may be left out: nothing in it is required.
    pub fn needs(&self, schema: &Value) -> bool {
        let name = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
        self.made.get(name).is_none_or(|made| made.get("required").is_some())
    }

    /// A field with all that is known of it.
    pub fn field(&mut self, field: &FieldDescriptor) -> Value {
        let mut schema = self.value(field);
        let behavior = Behavior::of(field);
        let description = self.describe(field);
        if let Value::Object(schema) = &mut schema {
            let marks = [
                ("readOnly", behavior.output_only),
                ("writeOnly", behavior.input_only),
                ("deprecated", behavior.deprecated),
            ];
            schema.extend(
                marks.into_iter().filter(|(_, is)| *is).map(|(name, _)| (name.to_owned(), json!(true))),
            );
            if !description.is_empty() {
                schema.insert("description".to_owned(), Value::String(description));
            }
        }
        schema
    }

    /// One value of a field, whether it is repeated or not.
    pub fn single(&mut self, kind: &Kind) -> Value {
        match kind {
            Kind::Message(message) => self.message(message),
            Kind::Enum(values) => self.enumeration(values),
            kind => known::scalar(kind),
        }
    }

    /// The comment of a field, and what its options say.
    pub fn describe(&self, field: &FieldDescriptor) -> String {
        let behavior = Behavior::of(field);
        let mut description = self.comments.field(field);
        for (is, word) in [(behavior.identifier, "Identifier."), (behavior.immutable, "Immutable.")] {
            if is {
                description = format!("{word} {description}").trim_end().to_owned();
            }
        }
        description
    }

    fn value(&mut self, field: &FieldDescriptor) -> Value {
        match field.kind() {
            Kind::Message(entry) if field.is_map() => {
                let values = self.single(&entry.map_entry_value_field().kind());
                json!({"type": "object", "additionalProperties": values})
            }
            kind if field.is_list() => json!({"type": "array", "items": self.single(&kind)}),
            kind => self.single(&kind),
        }
    }

    fn object(&mut self, message: &MessageDescriptor, has: &dyn Fn(&FieldDescriptor) -> bool) -> Value {
        let fields: Vec<FieldDescriptor> = message.fields().filter(has).collect();
        let mut properties = Map::new();
        for field in &fields {
            properties.insert(field.json_name().to_owned(), self.field(field));
        }
        let mut object = json!({"type": "object", "properties": properties});
        let required = self.required(message, &fields);
        let description = self.comments.message(message);
        let exclusions = exclusions(message);
        let told = [
            ("description", Value::String(description.clone()), !description.is_empty()),
            ("required", json!(required), !required.is_empty()),
            ("allOf", json!(exclusions), !exclusions.is_empty()),
            // A field that is not known is refused; an answer may gain fields.
            ("additionalProperties", json!(false), !self.answered.contains(message.full_name())),
        ];
        for (name, value, _) in told.into_iter().filter(|(.., is)| *is) {
            object[name] = value;
        }
        object
    }

    /// What a request must give; in a message that only answers hold, what is always there.
    fn required(&self, message: &MessageDescriptor, fields: &[FieldDescriptor]) -> Vec<String> {
        let only_answered = !self.requested.contains(message.full_name());
        let always = |field: &&FieldDescriptor| match only_answered {
            true => !field.supports_presence() && field.containing_oneof().is_none(),
            false => Behavior::of(field).required,
        };
        fields.iter().filter(always).map(|field| field.json_name().to_owned()).collect()
    }

    fn enumeration(&mut self, values: &EnumDescriptor) -> Value {
        if let Some(known) = known::enumeration(values) {
            return known;
        }
        let name = self.names.name(values.package_name(), values.full_name()).to_owned();
        if !self.made.contains_key(&name) {
            let schema = self.enum_schema(values);
            self.made.insert(name.clone(), schema);
        }
        reference(&name)
    }

    fn enum_schema(&self, values: &EnumDescriptor) -> Value {
        let names: Vec<String> = values.values().map(|value| value.name().to_owned()).collect();
        let mut lines = vec![self.comments.enumeration(values)];
        let told = values.values().map(|value| (value.name().to_owned(), self.comments.value(&value)));
        let told = told.filter(|(_, comment)| !comment.is_empty());
        let list: Vec<String> = told.map(|(name, comment)| format!("- `{name}`: {comment}")).collect();
        lines.push(list.join("\n"));
        lines.retain(|line| !line.is_empty());
        let mut schema = json!({"type": "string", "enum": names});
        if !lines.is_empty() {
            schema["description"] = json!(lines.join("\n\n"));
        }
        schema
    }
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// No two members of a oneof.
fn exclusions(message: &MessageDescriptor) -> Vec<Value> {
    let mut pairs = Vec::new();
    for oneof in message.oneofs().filter(|oneof| !oneof.is_synthetic()) {
        let members: Vec<String> = oneof.fields().map(|field| field.json_name().to_owned()).collect();
        for (index, one) in members.iter().enumerate() {
            let others = members[index + 1..].iter();
            pairs.extend(others.map(|other| json!({"not": {"required": [one, other]}})));
        }
    }
    pairs
}
