//! Field paths such as `organization.name`, resolved against a message once.

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};

use super::violation::Violation;

/// The fields from a message down to one of its leaves.
#[derive(Clone)]
pub(super) struct FieldPath {
    parents: Vec<FieldDescriptor>,
    leaf: FieldDescriptor,
}

impl FieldPath {
    /// Follows a dotted path of field names or JSON names.
    ///
    /// `None` when a name is unknown, or a field on the way is not a single message.
    pub(super) fn resolve(message: &MessageDescriptor, path: &str) -> Option<Self> {
        let mut parents = Vec::new();
        let mut message = message.clone();
        let mut names = path.split('.').peekable();
        loop {
            let field = find(&message, names.next()?)?;
            if names.peek().is_none() {
                return Some(Self { parents, leaf: field });
            }
            message = single_message(&field)?;
            parents.push(field);
        }
    }

    /// The same path seen from a message that holds this one in `outer`.
    pub(super) fn inside(mut self, outer: &FieldDescriptor) -> Self {
        self.parents.insert(0, outer.clone());
        self
    }

    /// The field at the end.
    pub(super) fn leaf(&self) -> &FieldDescriptor {
        &self.leaf
    }

    /// The field at the beginning.
    pub(super) fn root(&self) -> &FieldDescriptor {
        self.parents.first().unwrap_or(&self.leaf)
    }

    /// Whether both name the same field of the same message.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.parents == other.parents && self.leaf == other.leaf
    }

    /// Dotted field names, as written in the schema.
    pub(super) fn name(&self) -> String {
        let parents = self.parents.iter().map(FieldDescriptor::name);
        parents.chain([self.leaf.name()]).collect::<Vec<_>>().join(".")
    }

    /// The value at the end; the default when nothing is set.
    pub(super) fn get(&self, message: &DynamicMessage) -> Value {
        let Some((first, rest)) = self.parents.split_first() else {
            return message.get_field(&self.leaf).into_owned();
        };
        let below = Self { parents: rest.to_vec(), leaf: self.leaf.clone() };
        match message.get_field(first).as_message() {
            Some(inner) => below.get(inner),
            None => Value::default_value_for_field(&self.leaf),
        }
    }

    /// Puts a value at the end, making the messages on the way.
    pub(super) fn set(&self, message: &mut DynamicMessage, value: Value) {
        if let Some(inner) = self.owner(message) {
            inner.set_field(&self.leaf, value);
        }
    }

    /// Adds a value to the list at the end.
    pub(super) fn push(&self, message: &mut DynamicMessage, value: Value) {
        let list = self.owner(message).map(|inner| inner.get_field_mut(&self.leaf));
        if let Some(Value::List(values)) = list {
            values.push(value);
        }
    }

    /// Refuses a path that would displace another member of a oneof.
    pub(super) fn check_oneofs(&self, message: &DynamicMessage) -> Result<(), Violation> {
        self.check_from(0, message)
    }

    fn check_from(&self, step: usize, message: &DynamicMessage) -> Result<(), Violation> {
        let Some(field) = self.parents.get(step) else {
            return check_oneof(message, &self.leaf, &self.name());
        };
        check_oneof(message, field, &self.name())?;
        match message.get_field(field).as_message().filter(|_| message.has_field(field)) {
            Some(inner) => self.check_from(step + 1, inner),
            None => Ok(()),
        }
    }

    fn owner<'m>(&self, message: &'m mut DynamicMessage) -> Option<&'m mut DynamicMessage> {
        let mut here = message;
        for parent in &self.parents {
            here = here.get_field_mut(parent).as_message_mut()?;
        }
        Some(here)
    }
}

/// A field by its name in the schema or in JSON.
pub(super) fn find(message: &MessageDescriptor, name: &str) -> Option<FieldDescriptor> {
    message.get_field_by_json_name(name).or_else(|| message.get_field_by_name(name))
}

/// Refuses a field whose oneof already holds another member.
pub(super) fn check_oneof(
    message: &DynamicMessage,
    field: &FieldDescriptor,
    name: &str,
) -> Result<(), Violation> {
    let Some(oneof) = field.containing_oneof() else {
        return Ok(());
    };
    match oneof.fields().find(|other| other != field && message.has_field(other)) {
        Some(other) => {
            Err(Violation::new(name, format!("excludes {} (oneof {})", other.name(), oneof.name())))
        }
        None => Ok(()),
    }
}

fn single_message(field: &FieldDescriptor) -> Option<MessageDescriptor> {
    match field.kind() {
        Kind::Message(message) if !field.is_list() && !field.is_map() => Some(message),
        _ => None,
    }
}
