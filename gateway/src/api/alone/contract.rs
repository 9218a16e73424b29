//! The descriptors of a foreign server, completed with the well-known files that its author left out.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Context;
use prost::Message;
use prost_reflect::{DescriptorPool, FileDescriptor};
use prost_types::FileDescriptorSet;
use proto::audience;
use tonic_types::pb;

/// What an Any may hold without being imported: error details and the types with a JSON form of their own.
const ALWAYS: [&str; 6] = [
    "google/rpc/error_details.proto",
    "google/protobuf/any.proto",
    "google/protobuf/empty.proto",
    "google/protobuf/field_mask.proto",
    "google/protobuf/struct.proto",
    "google/protobuf/wrappers.proto",
];

/// Reads a FileDescriptorSet, as protoc and buf write it.
pub(super) fn read(path: &Path) -> anyhow::Result<DescriptorPool> {
    let bytes = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    complete(&bytes).with_context(|| format!("{} is no use", path.display()))
}

fn complete(bytes: &[u8]) -> anyhow::Result<DescriptorPool> {
    let set = FileDescriptorSet::decode(bytes).context("it is not a FileDescriptorSet")?;
    anyhow::ensure!(!set.file.is_empty(), "it is an empty FileDescriptorSet");
    refuse_editions(&set)?;
    let given: BTreeSet<&str> = set.file.iter().map(|file| file.name()).collect();
    let mut pool = DescriptorPool::new();
    for name in
        set.file.iter().flat_map(|file| &file.dependency).filter(|name| !given.contains(name.as_str()))
    {
        add(&mut pool, name, &given)?;
    }
    pool.decode_file_descriptor_set(bytes)?;
    for name in ALWAYS {
        let mut more = pool.clone();
        // A set may have the same types under another file name: then it has them.
        if add(&mut more, name, &given).is_ok() {
            pool = more;
        }
    }
    Ok(pool)
}

/// Says in our words what prost-reflect, which knows no editions, would call an unknown syntax.
fn refuse_editions(set: &FileDescriptorSet) -> anyhow::Result<()> {
    let Some(file) = set.file.iter().find(|file| file.syntax() == "editions") else { return Ok(()) };
    anyhow::bail!(
        "{} is written in an edition; only proto2 and proto3 are understood \
         (make the descriptors of a proto3 copy)",
        file.name()
    )
}

/// A file that need not be in the set.
struct Known {
    encoded: Vec<u8>,
    imports: Vec<String>,
}

/// Adds a missing file after the files that it imports.
fn add(pool: &mut DescriptorPool, name: &str, given: &BTreeSet<&str>) -> anyhow::Result<()> {
    if pool.get_file_by_name(name).is_some() {
        return Ok(());
    }
    anyhow::ensure!(
        !given.contains(name),
        "it holds {name} but not all that imports it: make it with --include_imports"
    );
    let known = known(name)
        .with_context(|| format!("it imports {name} but does not hold it: make it with --include_imports"))?;
    for import in &known.imports {
        add(pool, import, given)?;
    }
    Ok(pool.decode_file_descriptor_proto(known.encoded.as_slice())?)
}

/// google/protobuf, google/api and google/rpc, from what this program was built with.
fn known(name: &str) -> Option<Known> {
    let compiled = |file: FileDescriptor| Known {
        encoded: file.encode_to_vec(),
        imports: file.dependencies().map(|import| import.name().to_owned()).collect(),
    };
    let standard = || DescriptorPool::global().get_file_by_name(name).map(compiled);
    audience::POOL.get_file_by_name(name).map(compiled).or_else(standard).or_else(|| rpc(name))
}

/// The files of google/rpc, which tonic-types knows without their folder.
fn rpc(name: &str) -> Option<Known> {
    let bare = name.strip_prefix("google/rpc/")?;
    let files = FileDescriptorSet::decode(pb::FILE_DESCRIPTOR_SET).ok()?.file;
    let mut file = files.into_iter().find(|file| file.name() == bare || file.name() == name)?;
    file.name = Some(name.to_owned());
    Some(Known { encoded: file.encode_to_vec(), imports: file.dependency })
}
