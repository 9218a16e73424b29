//! The files of a process, watched.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio_util::sync::CancellationToken;

use super::configs::{self, Configs};
use super::{Client, Error, Files, Server, certificate};

/// How often the files are looked at for a change.
const POLL: Duration = Duration::from_secs(5);

/// The certificate of this service and the authority it believes. Cheap to clone.
#[derive(Clone)]
pub struct Identity(Arc<Watched>);

/// The certificate of the door to the outside. Cheap to clone.
#[derive(Clone)]
pub struct Public(Arc<Watched>);

/// Files, and what was last made of them.
pub(super) struct Watched {
    source: Source,
    live: ArcSwap<Configs>,
}

enum Source {
    Mutual(Files),
    Public([PathBuf; 2]),
}

impl Identity {
    /// Reads the files.
    ///
    /// # Errors
    /// [`Error`] names the file that is missing or bad; [`Error::Unusable`] when certificate and key do
    /// not belong together.
    pub fn open(files: Files) -> Result<Self, Error> {
        Watched::open(Source::Mutual(files)).map(Self)
    }

    /// The service that the own certificate names now.
    #[must_use]
    pub fn service(&self) -> Option<&'static str> {
        self.0.now().service
    }

    /// The side that accepts: it lets in services of ours only.
    #[must_use]
    pub fn server(&self) -> Server {
        Server(self.0.clone())
    }

    /// The side that connects to `service` and to nobody else.
    #[must_use]
    pub fn client(&self, service: &'static str) -> Client {
        Client { watched: self.0.clone(), service }
    }

    /// When the own certificate ends, seconds since 1970.
    #[must_use]
    pub fn ends(&self) -> Option<i64> {
        self.0.ends()
    }

    /// Reads the files again if one changed; answers whether one did.
    ///
    /// # Errors
    /// As [`Identity::open`], and [`Error::Another`]; what was read before stays in use.
    pub fn reload(&self) -> Result<bool, Error> {
        self.0.reload()
    }

    /// Watches the files until `stopping`; a bad change is logged and the last good one stays.
    pub async fn watch(self, stopping: CancellationToken) {
        self.0.watch(stopping).await;
    }
}

impl Public {
    /// Reads the certificate (with any between it and its authority) and its key, both PEM.
    ///
    /// # Errors
    /// As [`Identity::open`].
    pub fn open(certificate: &Path, key: &Path) -> Result<Self, Error> {
        Watched::open(Source::Public([certificate.to_owned(), key.to_owned()])).map(Self)
    }

    /// The side that accepts: it lets in everybody.
    #[must_use]
    pub fn server(&self) -> Server {
        Server(self.0.clone())
    }

    /// When the own certificate ends, seconds since 1970.
    #[must_use]
    pub fn ends(&self) -> Option<i64> {
        self.0.ends()
    }

    /// Reads the files again if one changed; answers whether one did.
    ///
    /// # Errors
    /// As [`Identity::open`]; what was read before stays in use.
    pub fn reload(&self) -> Result<bool, Error> {
        self.0.reload()
    }

    /// Watches the files until `stopping`; a bad change is logged and the last good one stays.
    pub async fn watch(self, stopping: CancellationToken) {
        self.0.watch(stopping).await;
    }
}

impl Watched {
    fn open(source: Source) -> Result<Arc<Self>, Error> {
        let live = source.configs(source.read()?)?;
        Ok(Arc::new(Self { source, live: ArcSwap::from_pointee(live) }))
    }

    pub(super) fn now(&self) -> Arc<Configs> {
        self.live.load_full()
    }

    /// The certificate is the first of the files.
    fn ends(&self) -> Option<i64> {
        self.now().contents.first().and_then(|pem| certificate::ends(pem))
    }

    /// The contents are compared and not the times: a Secret is swapped as a link to a folder.
    fn reload(&self) -> Result<bool, Error> {
        let contents = self.source.read()?;
        if contents == self.now().contents {
            return Ok(false);
        }
        let (new, old) = (self.source.configs(contents)?, self.now());
        if new.service != old.service {
            return Err(Error::Another { named: new.service.unwrap_or("nobody") });
        }
        self.live.store(Arc::new(new));
        old.outdated.cancel();
        Ok(true)
    }

    async fn watch(&self, stopping: CancellationToken) {
        while stopping.run_until_cancelled(tokio::time::sleep(POLL)).await.is_some() {
            match self.reload() {
                Ok(true) => tracing::info!("the certificates were read again"),
                Ok(false) => {}
                Err(error) => tracing::error!(%error, "changed certificates are bad; the last ones stay"),
            }
        }
    }
}

impl Source {
    fn read(&self) -> Result<Vec<Vec<u8>>, Error> {
        match self {
            Self::Mutual(files) => [&files.certificate, &files.key, &files.authority]
                .map(|path| certificate::read(path))
                .into_iter()
                .collect(),
            Self::Public(paths) => paths.iter().map(|path| certificate::read(path)).collect(),
        }
    }

    fn configs(&self, contents: Vec<Vec<u8>>) -> Result<Configs, Error> {
        match self {
            Self::Mutual(files) => configs::mutual(files, contents),
            Self::Public(paths) => configs::public(paths, contents),
        }
    }
}
