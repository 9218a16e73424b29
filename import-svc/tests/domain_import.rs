//! The rules of an import, without services or databases.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "domain/corpus.rs"]
mod corpus;
#[path = "domain/error_file.rs"]
mod error_file;
#[path = "domain/nasty.rs"]
mod nasty;
#[path = "../../roster/tests/data/people.rs"]
mod people;
#[path = "domain/planning.rs"]
mod planning;
#[path = "domain/reading.rs"]
mod reading;
#[path = "domain/rows.rs"]
mod rows;
#[path = "domain/support.rs"]
mod support;
#[path = "domain/templates.rs"]
mod templates;
