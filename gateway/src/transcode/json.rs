//! Canonical proto3 JSON, both ways, driven by descriptors.
//!
//! Written here rather than taken from prost-reflect because a refusal must
//! name the field, an `Any` of unknown type must not fail an answer, and depth
//! must be bounded even where an `Any` restarts the decoder's own limit.
//! Source: <https://protobuf.dev/programming-guides/json/>.

mod any;
mod number;
mod prune;
mod read;
mod scalar;
mod time;
mod tree;
mod well_known;
mod write;

pub(super) use any::{base64_detail, knows};
pub(super) use prune::{prune, prune_field};
pub(super) use read::{message, value};
pub(super) use scalar::from_text;
pub(super) use tree::{Json, parse};
pub(super) use well_known::is_textual;
pub(super) use write::Writer;
