//! Facts and rules of people and organizations: pure, and free of time and chance.

pub mod access;
pub mod account;
pub mod bulk_run;
pub mod client;
pub mod email;
pub mod events;
pub mod invitation;
pub mod link;
pub mod mail;
pub mod name;
pub mod organization;
pub mod password;
pub mod permission;
pub mod profile;
pub mod role;
pub mod secret;
pub mod session;
pub mod stored_hash;
pub mod text;
pub mod throttle;
pub mod user;
