//! Reaching another service, in this process or over the network.
//!
//! Generated clients are built on one boxed service, [`Peer`]. Nothing above this module knows which
//! shape it runs in. Three traps of the in-process shape are closed here: the error type is `Status`
//! (a boxed error makes client futures not `Send`), `grpc-timeout` is enforced here (tonic does so
//! only on a socket), and a panic stays inside the callee (the callee's own routes catch it).

use http::{Request, Response};
use tonic::body::Body;
use tonic::{Code, Status};
use tower::util::BoxCloneSyncService;

mod deadline;
mod late;
mod local;
mod outgoing;
mod peers;
pub mod remote;
mod traced;

pub(crate) use deadline::requested as requested_timeout;
pub use late::{Late, late};
pub use local::{Limits, local, local_with, served};
pub use peers::Peers;
pub use remote::remote;
pub use traced::traced;

/// A connection to another service.
pub type Peer = BoxCloneSyncService<Request<Body>, Response<Body>, Status>;

/// Whether a call ended because its time was over. In process that is `DEADLINE_EXCEEDED`; over the
/// network a server that gives up first answers `CANCELLED`.
#[must_use]
pub fn too_late(status: &Status) -> bool {
    matches!(status.code(), Code::DeadlineExceeded | Code::Cancelled)
}
