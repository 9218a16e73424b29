//! A document of somebody else's descriptors.

use std::path::Path;

use gateway::openapi::{self, About};
use gateway::transcode::{Options, Transcoder};
use prost_reflect::DescriptorPool;
use serde_json::Value;

use crate::operations;
use crate::readers::must_be_valid;

#[test]
fn a_document_can_be_made_of_any_descriptor_set() {
    let transcoder = Transcoder::new(lab(), Options::new(|_| None)).unwrap();
    let about = About { title: "Lab".into(), version: "1".into(), description: "A lab.".into() };
    let json = openapi::document(&about, &transcoder).unwrap().json.clone();
    let document: Value = serde_json::from_str(&json).unwrap();
    // OpenAPI 3.1 has no word for HTTP methods of somebody's own, nor for "any".
    let named = transcoder.routes().filter(|route| !["REPORT", "*"].contains(&route.http_method.as_str()));
    assert_eq!(operations(&document).len(), named.count());
    must_be_valid("lab", &json);
}

fn lab() -> DescriptorPool {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/protos");
    let mut compiler = protox::Compiler::new([folder]).unwrap();
    compiler.include_imports(true).include_source_info(true).open_file("lab.proto").unwrap();
    DescriptorPool::decode(compiler.encode_file_descriptor_set().as_slice()).unwrap()
}
