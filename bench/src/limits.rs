//! The programs that stand beside ours: the same outcome with nothing around it.

pub mod csv;
pub mod empty;
pub mod hash;
pub mod postgres;
pub mod services;
pub mod sink;
pub mod smtp;
pub mod sqlite;
pub mod upstream;
