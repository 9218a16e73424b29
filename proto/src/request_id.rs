//! Where a writing method takes the number that makes it safe to repeat (requirement N13).

use std::collections::HashMap;
use std::sync::LazyLock;

use prost::Message;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor, Value};

use crate::audience::{self, POOL};
use crate::refusal::Refusal;

const NAME: &str = "request_id";

/// The `request_id` of a method's first message.
struct Place {
    input: MessageDescriptor,
    /// The message that holds it, for an upload: `start`.
    holder: Option<FieldDescriptor>,
    field: FieldDescriptor,
}

static PLACES: LazyLock<HashMap<String, Place>> = LazyLock::new(|| {
    let methods = POOL.services().flat_map(|service| service.methods().collect::<Vec<_>>());
    methods.filter_map(|method| Some((audience::path(&method), Place::of(&method)?))).collect()
});

/// Whether the method at a path such as `/roster.identity.v1.UserService/CreateUser` has a `request_id`.
pub fn is_taken_by(path: &str) -> bool {
    PLACES.contains_key(path)
}

/// The first message of a call with `key` as its `request_id`; `None` when there is nothing to fill, or
/// when the bytes are no such message: whoever serves the method says so better.
///
/// # Errors
///
/// INVALID_ARGUMENT when the message has another id.
pub fn fill(path: &str, message: &[u8], key: &str) -> Result<Option<Vec<u8>>, Refusal> {
    let Some(place) = PLACES.get(path) else { return Ok(None) };
    let Ok(mut message) = DynamicMessage::decode(place.input.clone(), message) else { return Ok(None) };
    let Some(holder) = place.holder(&mut message) else { return Ok(None) };
    let given = holder.get_field(&place.field);
    let given = given.as_str().unwrap_or_default();
    if !given.is_empty() && given != key {
        return Err(Refusal::field(place.name(), "differs from the idempotency-key metadata"));
    }
    holder.set_field(&place.field, Value::String(key.to_owned()));
    Ok(Some(message.encode_to_vec()))
}

impl Place {
    fn of(method: &MethodDescriptor) -> Option<Self> {
        let input = method.input();
        if let Some(field) = request_id(&input) {
            return Some(Self { input, holder: None, field });
        }
        if !method.is_client_streaming() {
            return None;
        }
        let (holder, field) = input.fields().find_map(|holder| {
            let Kind::Message(message) = holder.kind() else { return None };
            Some((holder, request_id(&message)?))
        })?;
        Some(Self { input, holder: Some(holder), field })
    }

    fn holder<'m>(&self, message: &'m mut DynamicMessage) -> Option<&'m mut DynamicMessage> {
        let Some(holder) = &self.holder else { return Some(message) };
        if !message.has_field(holder) {
            return None;
        }
        message.get_field_mut(holder).as_message_mut()
    }

    fn name(&self) -> String {
        match &self.holder {
            Some(holder) => format!("{}.{NAME}", holder.name()),
            None => NAME.to_owned(),
        }
    }
}

fn request_id(message: &MessageDescriptor) -> Option<FieldDescriptor> {
    message.get_field_by_name(NAME).filter(|field| field.kind() == Kind::String && !field.is_list())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::v1::CreateUserRequest;
    use crate::imports::v1::UploadImportRequest;
    use crate::imports::v1::upload_import_request::{Chunk, Part, Start};

    const CREATE: &str = "/roster.identity.v1.UserService/CreateUser";
    const UPLOAD: &str = "/roster.imports.v1.ImportService/UploadImport";

    fn create(request_id: &str) -> Vec<u8> {
        CreateUserRequest { request_id: request_id.to_owned(), ..Default::default() }.encode_to_vec()
    }

    #[test]
    fn n13_an_empty_id_is_filled_and_another_one_refused() -> Result<(), Refusal> {
        assert_eq!(fill(CREATE, &create(""), "k")?, Some(create("k")));
        assert_eq!(fill(CREATE, &create("k"), "k")?, Some(create("k")));
        assert!(fill(CREATE, &create("other"), "k").is_err());
        assert_eq!(fill("/roster.identity.v1.UserService/GetUser", &[], "k")?, None);
        Ok(())
    }

    #[test]
    fn n13_an_upload_takes_it_in_its_start() -> Result<(), Refusal> {
        let start = |request_id: &str| {
            let start = Start { request_id: request_id.to_owned(), ..Default::default() };
            UploadImportRequest { part: Some(Part::Start(start)) }.encode_to_vec()
        };
        let chunk = UploadImportRequest { part: Some(Part::Chunk(Chunk::default())) }.encode_to_vec();
        assert_eq!(fill(UPLOAD, &start(""), "k")?, Some(start("k")));
        assert_eq!(fill(UPLOAD, &chunk, "k")?, None);
        Ok(())
    }
}
