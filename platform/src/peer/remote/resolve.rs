//! Which addresses a name has.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;

/// A longer answer is cut here: each address costs connections.
const MOST: usize = 64;
/// The system's own look-up may hang for minutes.
const LONGEST: Duration = Duration::from_secs(5);

type Lookup = dyn Fn(String) -> BoxFuture<'static, std::io::Result<Vec<SocketAddr>>> + Send + Sync;

/// Turns one `host:port` into addresses. Cheap to clone.
#[derive(Clone)]
pub struct Resolver(Arc<Lookup>);

/// What a look-up found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// Each address once, in order.
    pub addresses: BTreeSet<SocketAddr>,
    /// Whether every name was answered; if not, known addresses must not be forgotten.
    pub complete: bool,
}

impl Resolver {
    /// The system's: `/etc/hosts` and DNS.
    #[must_use]
    pub fn dns() -> Self {
        Self::new(async |name: String| Ok(tokio::net::lookup_host(name).await?.collect()))
    }

    /// Another way, such as a list that a test changes.
    pub fn new<L, F>(lookup: L) -> Self
    where
        L: Fn(String) -> F + Send + Sync + 'static,
        F: Future<Output = std::io::Result<Vec<SocketAddr>>> + Send + 'static,
    {
        Self(Arc::new(move |name| lookup(name).boxed()))
    }

    /// All addresses of all names in `list`, which are separated by commas.
    pub(super) async fn all(&self, list: &str) -> Resolved {
        let mut found = Resolved { addresses: BTreeSet::new(), complete: true };
        for name in list.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            match tokio::time::timeout(LONGEST, (self.0)(name.to_owned())).await {
                Ok(Ok(addresses)) if !addresses.is_empty() => found.addresses.extend(addresses),
                Ok(Err(error)) => {
                    tracing::debug!(%error, peer.name = name, "a name cannot be resolved");
                    found.complete = false;
                }
                Ok(Ok(_)) | Err(_) => found.complete = false,
            }
        }
        if found.addresses.len() > MOST {
            tracing::warn!(addresses = found.addresses.len(), "more addresses than are used");
            found.addresses = found.addresses.into_iter().take(MOST).collect();
        }
        found
    }
}
