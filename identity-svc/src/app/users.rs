//! Users: members of organizations.

pub mod create;
mod email;
pub mod get;
pub mod list;
mod password;
pub mod search;
pub mod send_activation_emails;
pub mod update;
