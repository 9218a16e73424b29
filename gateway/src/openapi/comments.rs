//! The comments of the contract, by what they stand above.

use std::collections::HashMap;

use prost_reflect::{
    DescriptorPool, EnumDescriptor, EnumValueDescriptor, FieldDescriptor, FileDescriptor, MessageDescriptor,
    MethodDescriptor, ServiceDescriptor,
};

use super::text;

/// All comments of a pool that kept its source info; none otherwise.
pub struct Comments(HashMap<String, HashMap<Vec<i32>, String>>);

impl Comments {
    /// Reads all files.
    pub fn of(pool: &DescriptorPool) -> Self {
        Self(pool.files().map(|file| (file.name().to_owned(), file_comments(&file))).collect())
    }

    /// Above a service.
    pub fn service(&self, service: &ServiceDescriptor) -> String {
        self.find(&service.parent_file(), service.path())
    }

    /// Above a method.
    pub fn method(&self, method: &MethodDescriptor) -> String {
        self.find(&method.parent_service().parent_file(), method.path())
    }

    /// Above a message.
    pub fn message(&self, message: &MessageDescriptor) -> String {
        self.find(&message.parent_file(), message.path())
    }

    /// Above a field.
    pub fn field(&self, field: &FieldDescriptor) -> String {
        self.find(&field.parent_file(), field.path())
    }

    /// Above an enum.
    pub fn enumeration(&self, values: &EnumDescriptor) -> String {
        self.find(&values.parent_file(), values.path())
    }

    /// Above a value of an enum.
    pub fn value(&self, value: &EnumValueDescriptor) -> String {
        self.find(&value.parent_enum().parent_file(), value.path())
    }

    fn find(&self, file: &FileDescriptor, path: &[i32]) -> String {
        self.0.get(file.name()).and_then(|comments| comments.get(path)).cloned().unwrap_or_default()
    }
}

fn file_comments(file: &FileDescriptor) -> HashMap<Vec<i32>, String> {
    let info = file.file_descriptor_proto().source_code_info.as_ref();
    let locations = info.map(|info| info.location.as_slice()).unwrap_or_default();
    let told = locations.iter().filter_map(|location| {
        let comment = location.leading_comments.as_deref().or(location.trailing_comments.as_deref())?;
        Some((location.path.clone(), text::markdown(comment)))
    });
    told.collect()
}
