//! Runs over many users.

pub mod cancel;
pub mod get;
pub mod watch;
pub mod work;
