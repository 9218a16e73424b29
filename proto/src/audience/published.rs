//! The contract as the world may see it, for gRPC reflection.

use std::collections::BTreeSet;

use prost_reflect::{Kind, MessageDescriptor};
use prost_types::{DescriptorProto, FileDescriptorProto, FileDescriptorSet};

use super::{POOL, is_public};

/// The PUBLIC methods, the messages they speak in, and nothing else: no INTERNAL method, message or file,
/// no comment and no option.
pub fn published() -> FileDescriptorSet {
    let spoken = spoken();
    let files = POOL.files().map(|file| pruned(file.file_descriptor_proto().clone(), &spoken));
    let mut file: Vec<_> = files.filter(|file| !is_empty(file)).collect();
    let kept: BTreeSet<String> = file.iter().map(|file| file.name().to_owned()).collect();
    for file in &mut file {
        file.dependency.retain(|name| kept.contains(name));
    }
    FileDescriptorSet { file }
}

/// Full names of all messages and enums that PUBLIC methods can carry.
fn spoken() -> BTreeSet<String> {
    let methods = POOL.services().flat_map(|service| service.methods().collect::<Vec<_>>());
    let mut waiting: Vec<MessageDescriptor> =
        methods.filter(is_public).flat_map(|method| [method.input(), method.output()]).collect();
    let mut spoken = BTreeSet::new();
    while let Some(message) = waiting.pop() {
        if !spoken.insert(message.full_name().to_owned()) {
            continue;
        }
        for field in message.fields() {
            match field.kind() {
                Kind::Message(message) => waiting.push(message),
                Kind::Enum(kind) => {
                    spoken.insert(kind.full_name().to_owned());
                }
                _ => {}
            }
        }
    }
    spoken
}

fn pruned(mut file: FileDescriptorProto, spoken: &BTreeSet<String>) -> FileDescriptorProto {
    let package = file.package().to_owned();
    for service in &mut file.service {
        let name = format!("{package}.{}", service.name());
        let known = POOL.get_service_by_name(&name);
        let public: BTreeSet<String> = known
            .iter()
            .flat_map(|service| service.methods())
            .filter(is_public)
            .map(|method| method.name().to_owned())
            .collect();
        service.method.retain(|method| public.contains(method.name()));
    }
    file.service.retain(|service| !service.method.is_empty());
    file.message_type.retain_mut(|message| keep(message, &package, spoken));
    file.enum_type.retain(|kind| spoken.contains(&format!("{package}.{}", kind.name())));
    file.extension.clear();
    file.public_dependency.clear();
    file.weak_dependency.clear();
    file.source_code_info = None;
    file
}

/// Whether a message stays: for itself, or emptied as the home of one that does.
fn keep(message: &mut DescriptorProto, home: &str, spoken: &BTreeSet<String>) -> bool {
    let name = format!("{home}.{}", message.name());
    message.nested_type.retain_mut(|nested| keep(nested, &name, spoken));
    message.enum_type.retain(|kind| spoken.contains(&format!("{name}.{}", kind.name())));
    if spoken.contains(&name) {
        return true;
    }
    message.field.clear();
    message.oneof_decl.clear();
    !message.nested_type.is_empty() || !message.enum_type.is_empty()
}

fn is_empty(file: &FileDescriptorProto) -> bool {
    file.service.is_empty() && file.message_type.is_empty() && file.enum_type.is_empty()
}

#[cfg(test)]
mod tests {
    use prost::Message;
    use prost_reflect::DescriptorPool;

    use super::*;
    use crate::audience::path;

    #[test]
    fn the_world_sees_all_that_is_public_and_nothing_that_is_internal() {
        let published = published();
        let encoded = published.encode_to_vec();
        let pool = DescriptorPool::decode(encoded.as_slice());
        let pool = pool.unwrap_or_else(|error| panic!("{error}"));
        let methods = |pool: &DescriptorPool| -> Vec<_> {
            pool.services().flat_map(|service| service.methods().collect::<Vec<_>>()).collect()
        };
        let seen: BTreeSet<_> = methods(&pool).iter().map(path).collect();
        let public: BTreeSet<_> =
            methods(&POOL).iter().filter(|method| is_public(method)).map(path).collect();
        assert_eq!(seen, public);
        for hidden in ["Internal", "InboxService", "DirectoryService", "UpsertUsers", "roster/options.proto"]
        {
            assert!(!String::from_utf8_lossy(&encoded).contains(hidden), "{hidden}");
        }
    }
}
