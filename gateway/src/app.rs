//! Who is at the door, and whom they may be led to.

mod goodbye;
pub mod upstreams;
pub mod visitor;

use std::sync::Arc;

use platform::caller::Signer;
use platform::clock::Clock;
use platform::peer::Peers;

use crate::config::{Config, Site};
use upstreams::Upstreams;

/// What handlers need. Cheap to clone.
#[derive(Clone)]
pub struct App {
    pub config: Arc<Config>,
    pub site: Arc<Site>,
    pub clock: Clock,
    /// Signs each hop in the gateway's name.
    pub signer: Signer,
    /// The services, bare.
    pub upstreams: Arc<Upstreams>,
    /// For the gateway's own questions: who is this, what is in the mailbox.
    pub peers: Peers,
}
