//! Which service answers which package of the contract.

use platform::peer::Peer;

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
    /// The service behind a full gRPC service name, and its name in tokens.
    pub fn of(&self, service: &str) -> Option<(&'static str, &Peer)> {
        let package = service.strip_prefix("roster.")?.split('.').next()?;
        match package {
            "identity" => Some(("identity", &self.identity)),
            "license" => Some(("license", &self.license)),
            "imports" => Some(("import", &self.import)),
            "notify" => Some(("notify", &self.notify)),
            _ => None,
        }
    }
}
