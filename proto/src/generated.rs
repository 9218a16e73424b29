#![expect(clippy::allow_attributes, clippy::too_many_lines, missing_docs, reason = "generated")]

include!(concat!(env!("OUT_DIR"), "/contract.rs"));
