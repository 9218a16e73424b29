//! Facts and rules of an import: bytes in, rows and a plan out. No I/O, no clock.
//!
//! The way of a file: [`intake::Intake`] is fed bytes and yields [`row::Row`]s;
//! [`plan::Planner`] takes the rows and what the directory knows of them and ends in a
//! [`plan::Plan`]; [`error_file`] writes the failed rows so that they can be fixed and sent again.

pub mod block;
pub mod column;
pub mod delimiter;
mod email;
pub mod encoding;
pub mod error_file;
pub mod file_name;
pub mod fingerprint;
mod guard;
pub mod guidelines;
pub mod header;
pub mod import;
pub mod import_row;
pub mod intake;
pub mod kind;
pub mod limits;
pub mod person;
pub mod plan;
pub mod problem;
pub mod reader;
pub mod refusal;
pub mod row;
mod signature;
pub mod template;
mod text;
