//! Which calls may be made a second time without a second effect, read from the contract itself.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use prost::bytes::Buf;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};
use prost_reflect::MethodDescriptor;

use crate::audience::{POOL, path};

/// A gRPC message on the wire begins with a compression flag and a length.
const PREFIX: usize = 5;

/// What makes a repeat safe.
#[derive(Clone, Copy)]
enum Safety {
    /// The method's `idempotency_level`.
    Always,
    /// A `request_id` in the field of this number: the service answers the second call as the first (N13).
    RequestId(u32),
}

static SAFE: LazyLock<BTreeMap<String, Safety>> = LazyLock::new(|| {
    let methods = POOL.services().flat_map(|service| service.methods().collect::<Vec<_>>());
    let unary = methods.filter(|method| !method.is_client_streaming() && !method.is_server_streaming());
    unary.filter_map(|method| Some((path(&method), safety(&method)?))).collect()
});

/// Whether the call of `path` with `message` (one gRPC message with its prefix) may be repeated: the
/// method has no side effects or is idempotent, or the message carries a `request_id`. Never a stream.
#[must_use]
pub fn is_safe(path: &str, message: &[u8]) -> bool {
    match SAFE.get(path) {
        Some(Safety::Always) => true,
        Some(Safety::RequestId(field)) => has_text(message, *field),
        None => false,
    }
}

fn safety(method: &MethodDescriptor) -> Option<Safety> {
    use prost_reflect::prost_types::method_options::IdempotencyLevel;
    let options = method.method_descriptor_proto().options.clone().unwrap_or_default();
    if options.idempotency_level() != IdempotencyLevel::IdempotencyUnknown {
        return Some(Safety::Always);
    }
    let field = method.input().get_field_by_name("request_id")?;
    Some(Safety::RequestId(field.number()))
}

/// Whether a field holds bytes. A compressed or broken message says no.
fn has_text(message: &[u8], field: u32) -> bool {
    let Some((0, rest)) = message.split_first().map(|(flag, rest)| (*flag, rest)) else { return false };
    let Some(mut rest) = rest.get(PREFIX - 1..) else { return false };
    while rest.has_remaining() {
        let Ok((number, kind)) = decode_key(&mut rest) else { return false };
        if number == field && kind == WireType::LengthDelimited {
            return decode_varint(&mut rest).is_ok_and(|length| length > 0);
        }
        if skip_field(kind, number, &mut rest, DecodeContext::default()).is_err() {
            return false;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;
    use crate::identity::v1::{CreateUserRequest, GetUserRequest};

    fn wire(message: &impl Message) -> Vec<u8> {
        let encoded = message.encode_to_vec();
        [&[0][..], &u32::try_from(encoded.len()).unwrap_or_default().to_be_bytes(), &encoded].concat()
    }

    #[test]
    fn reading_may_be_repeated_and_writing_only_under_a_request_id() {
        assert!(is_safe("/roster.identity.v1.UserService/GetUser", &wire(&GetUserRequest::default())));
        let create = "/roster.identity.v1.UserService/CreateUser";
        let mut request = CreateUserRequest { parent: "organizations/x".to_owned(), ..Default::default() };
        assert!(!is_safe(create, &wire(&request)));
        request.request_id = "one".to_owned();
        assert!(is_safe(create, &wire(&request)));
        assert!(!is_safe(create, &wire(&request)[..20]), "broken");
        assert!(!is_safe(create, &[&[1][..], &wire(&request)[1..]].concat()), "compressed");
        assert!(!is_safe("/roster.imports.v1.ImportService/WatchImport", &[]), "a stream");
        assert!(!is_safe("/nobody.Knows/This", &[]));
    }
}
