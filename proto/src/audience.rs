//! Which methods the world may call, read from the contract itself.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use prost_reflect::{DescriptorPool, MethodDescriptor, Value};

mod published;

pub use published::published;

/// The contract as a pool that reflection, transcoding and tests share.
pub static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the descriptors were encoded by our own build script")]
    DescriptorPool::decode(crate::DESCRIPTORS).expect("the embedded contract decodes")
});

static INTERNAL: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let methods = POOL.services().flat_map(|service| service.methods().collect::<Vec<_>>());
    methods.filter(|method| !is_public(method)).map(|method| path(&method)).collect()
});

static STREAMING: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let methods = POOL.services().flat_map(|service| service.methods().collect::<Vec<_>>());
    let streaming = methods.filter(|method| method.is_client_streaming() || method.is_server_streaming());
    streaming.map(|method| path(&method)).collect()
});

/// Whether the method carries `option (roster.audience) = AUDIENCE_PUBLIC`.
pub fn is_public(method: &MethodDescriptor) -> bool {
    const AUDIENCE_PUBLIC: i32 = 1;
    let Some(extension) = POOL.get_extension_by_name("roster.audience") else { return false };
    let options = method.options();
    matches!(options.get_extension(&extension).as_ref(), Value::EnumNumber(AUDIENCE_PUBLIC))
}

/// Whether a path such as `/roster.identity.v1.UserService/GetUser` is for
/// Roster's own services only.
pub fn is_internal(path: &str) -> bool {
    INTERNAL.contains(path)
}

/// Whether the method at a path such as `/roster.imports.v1.ImportService/WatchImport`
/// streams in either direction.
pub fn is_streaming(path: &str) -> bool {
    STREAMING.contains(path)
}

/// The HTTP/2 path of a method.
pub fn path(method: &MethodDescriptor) -> String {
    format!("/{}/{}", method.parent_service().full_name(), method.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_told_apart_by_their_option() {
        assert!(is_internal("/roster.events.v1.InboxService/Deliver"));
        assert!(!is_internal("/roster.identity.v1.UserService/GetUser"));
    }
}
