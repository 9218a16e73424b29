//! One service as a process of its own: settings → build → serve → drain.
//!
//! The five programs of the second shape differ in what they build; how a process starts, says whether
//! it is ready, and stops is the same for all and stands here. A process starts whatever else is up: it
//! answers from its first moment, says on `/readyz` what it waits for, and becomes ready by itself.

mod database;
mod door;
mod outlook;
mod program;
mod service;
mod settings;
mod site;
mod standing;

pub use database::{Database, Migrate, MigrateWhen};
pub use program::{Log, run, said};
pub use service::{Command, Serve, Service};
pub use settings::{Peers, Settings, Tls};
pub use site::{Mode, Site, SiteSettings};
pub use standing::Node;
