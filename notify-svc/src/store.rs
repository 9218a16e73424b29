//! The only place with SQL. One file per table.

pub mod figures;
pub mod mailbox;
pub mod messages;
