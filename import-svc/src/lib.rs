//! How people come in by the thousand.

pub mod domain;
