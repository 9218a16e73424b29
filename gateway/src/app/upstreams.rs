//! Which service answers which package of the contract.

use platform::peer::{Peer, traced};

/// The four services that remember.
#[derive(Clone)]
pub struct Upstreams {
    /// roster.identity
    pub identity: Peer,
    /// roster.license
    pub license: Peer,
    /// roster.imports
    pub import: Peer,
    /// roster.notify
    pub notify: Peer,
}

impl Upstreams {
    /// The service behind a full gRPC service name, with a span for each call, and its name in tokens.
    pub fn of(&self, service: &str) -> Option<(&'static str, Peer)> {
        let package = service.strip_prefix("roster.")?.split('.').next()?;
        let (name, peer) = match package {
            "identity" => ("identity", &self.identity),
            "license" => ("license", &self.license),
            "imports" => ("import", &self.import),
            "notify" => ("notify", &self.notify),
            _ => return None,
        };
        Some((name, traced(peer.clone(), name)))
    }
}
