//! The only place with SQL. One file per table.

pub mod mailbox;
pub mod messages;
