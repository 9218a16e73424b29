//! Which service answers which package of the contract.

use platform::peer::{Peer, traced};
use tokio_util::sync::CancellationToken;

use super::goodbye;

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
    /// The same services; their watches end when the door closes.
    pub fn until(self, closing: &CancellationToken) -> Self {
        let bounded = |peer| goodbye::until(closing.clone(), peer);
        Self {
            identity: bounded(self.identity),
            license: bounded(self.license),
            import: bounded(self.import),
            notify: bounded(self.notify),
        }
    }

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
