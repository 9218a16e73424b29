//! Who you are: organizations, users, sign-in, links in mails, and what a caller may do.
//!
//! Owns people and their rights. Knows nothing of licences, imports and the wording of mails; calls
//! nobody and waits for nobody, it only tells (`domain/events.rs`).

pub mod domain;
pub mod store;

use platform::db;

/// The tables of identity-svc.
pub const MIGRATIONS: db::Migrations =
    db::migrations!["0001_directory", "0002_credentials", "0003_bulk_runs"];
