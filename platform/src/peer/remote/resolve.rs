//! Which addresses a name has.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, join_all};

/// A longer answer is cut here: each address costs connections.
const MOST: usize = 64;
/// The system's own look-up may hang for minutes.
const LONGEST: Duration = Duration::from_secs(5);

type Lookup = dyn Fn(String) -> BoxFuture<'static, std::io::Result<Vec<SocketAddr>>> + Send + Sync;

/// Turns one `host:port` into addresses. Cheap to clone.
#[derive(Clone)]
pub struct Resolver(Arc<Lookup>);

/// What each name was last found to mean. A name that cannot be looked up now keeps its addresses; those of
/// the others are followed.
pub(super) type Known = BTreeMap<String, BTreeSet<SocketAddr>>;

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

    /// All addresses of all names in `list`, which are separated by commas, each once.
    pub(super) async fn all(&self, list: &str, known: &mut Known) -> BTreeSet<SocketAddr> {
        let names = list.split(',').map(str::trim).filter(|name| !name.is_empty());
        let asked = names.map(|name| async move {
            (name, tokio::time::timeout(LONGEST, (self.0)(name.to_owned())).await)
        });
        for (name, found) in join_all(asked).await {
            match found {
                Ok(Ok(addresses)) if !addresses.is_empty() => {
                    known.insert(name.to_owned(), addresses.into_iter().collect());
                }
                Ok(Err(error)) => tracing::debug!(%error, peer.name = name, "a name cannot be resolved"),
                Ok(Ok(_)) | Err(_) => tracing::debug!(peer.name = name, "a name has no address"),
            }
        }
        let addresses: BTreeSet<_> = known.values().flatten().copied().collect();
        if addresses.len() > MOST {
            tracing::warn!(addresses = addresses.len(), "more addresses than are used");
        }
        addresses.into_iter().take(MOST).collect()
    }
}
