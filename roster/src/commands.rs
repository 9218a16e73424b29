//! One file per command that an operator runs.

pub mod backup;
pub mod bootstrap;
pub mod certificates;
pub mod check;
pub mod client;
pub mod purchase;
pub mod settings;
