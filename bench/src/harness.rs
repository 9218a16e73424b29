//! What all lines measure with.

pub mod figure;
pub mod http;
pub mod installation;
pub mod lab;
pub mod load;
pub mod people;
pub mod process;
pub mod rpc;
pub mod turns;
pub mod world;

use std::future::Future;

/// Runs beside the caller until it ends or the program does.
#[expect(clippy::disallowed_methods, reason = "a benchmark has nothing to drain at its end")]
pub fn beside(future: impl Future<Output = ()> + Send + 'static) {
    tokio::spawn(future);
}
