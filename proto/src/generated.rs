#![expect(clippy::allow_attributes, missing_docs, reason = "generated")]

include!(concat!(env!("OUT_DIR"), "/contract.rs"));
