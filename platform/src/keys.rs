//! The keys folder: what signs tokens, seals pages and mail, and digests PINs.
//!
//! Four keys, each with two live versions: `NAME` writes, `NAME.previous` (when present) is still
//! accepted on reading. The folder is made (0700, files 0600) at first start; in Kubernetes it is one
//! mounted Secret, and nothing is made ([`Keys::open_of`]). Files are read again when they change. No type here can be printed.
//!
//! With a folder `issuers`, tokens that say they come from NAME are believed only by the public keys in
//! `issuers/NAME.pem` (one, or two while one follows the other), so that no service can speak as another.
//! Without it, all services are one process and its own key speaks for each.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio_util::sync::CancellationToken;

mod files;
mod seal;
mod signing;

use seal::Pair;
pub(crate) use signing::Signing;

/// How often the folder is looked at for a change.
const POLL: Duration = Duration::from_secs(10);

/// All keys of this process, always the versions that are live now. Cheap to clone.
#[derive(Clone)]
pub struct Keys(Arc<Shared>);

struct Shared {
    folder: Option<PathBuf>,
    /// The service that these are the keys of, when each is a process of its own.
    owner: Option<&'static str>,
    live: ArcSwap<Ring>,
}

/// One consistent reading of the folder.
pub(crate) struct Ring {
    pub(crate) signing: Signing,
    page_token: Pair,
    mail_seal: Pair,
    pin_digest: Pair,
    stamp: files::Stamp,
}

/// Why keys could not be read or used. Never says anything of a key's content.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder or a file of it cannot be read or written.
    #[error("keys: {path}: {source}")]
    Folder {
        /// The file in question.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file does not hold a key of its kind.
    #[error("keys: {path} does not hold {expected}")]
    Malformed {
        /// The file in question.
        path: PathBuf,
        /// What a good file holds.
        expected: &'static str,
    },
    /// A key is missing where none is made.
    #[error("keys: {path} is missing, and only an installation of one process makes its own keys")]
    Missing {
        /// The file in question.
        path: PathBuf,
    },
    /// These are the keys of another service, or `issuers/` was not told of a new one.
    #[error("keys: {path} does not hold the public key of token-signing")]
    Foreign {
        /// The file in question.
        path: PathBuf,
    },
    /// The folder `issuers/` came or went under a running process.
    #[error("keys: with or without issuers/, others are believed: that takes a new start")]
    Mode,
    /// A sealed value was changed, cut, sealed for another context, or its key is gone.
    #[error("keys: the sealed value cannot be opened")]
    Unsealable,
    /// A public key cannot be written as PEM.
    #[error("keys: the public key cannot be printed")]
    Printing,
    /// The system gave no random bytes.
    #[error("keys: no random bytes: {0}")]
    Random(#[from] getrandom::Error),
}

impl Keys {
    /// Opens the folder, making it and any missing key.
    ///
    /// # Errors
    /// [`Error::Folder`] when it cannot be read or written, [`Error::Malformed`] for a bad file.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        files::make_missing(folder)?;
        Self::of(folder, None)
    }

    /// Opens the folder of one service among several, each a process of its own. Nothing is made: a key of
    /// its own making would be believed by nobody, and what it seals would be opened by nobody.
    ///
    /// # Errors
    /// [`Error::Missing`] for a key that is not there, or the service's own file in `issuers/`;
    /// [`Error::Foreign`] when that does not hold the signing key's public half.
    pub fn open_of(service: &'static str, folder: &Path) -> Result<Self, Error> {
        Self::of(folder, Some(service))
    }

    fn of(folder: &Path, owner: Option<&'static str>) -> Result<Self, Error> {
        let live = ArcSwap::from_pointee(files::read(folder, owner)?);
        Ok(Self(Arc::new(Shared { folder: Some(folder.to_owned()), owner, live })))
    }

    /// Fresh keys in memory only, for tests and tools that leave nothing behind.
    ///
    /// # Errors
    /// [`Error::Random`] when the system gives no random bytes.
    pub fn ephemeral() -> Result<Self, Error> {
        let ring = Ring {
            signing: Signing::of_seeds(&seal::random()?),
            page_token: Pair::fresh()?,
            mail_seal: Pair::fresh()?,
            pin_digest: Pair::fresh()?,
            stamp: files::Stamp::default(),
        };
        Ok(Self(Arc::new(Shared { folder: None, owner: None, live: ArcSwap::from_pointee(ring) })))
    }

    /// Reads the folder again if a file changed; answers whether it did.
    ///
    /// # Errors
    /// As when they were opened, and [`Error::Mode`]; the keys read before stay in use.
    pub fn reload(&self) -> Result<bool, Error> {
        let Some(folder) = &self.0.folder else { return Ok(false) };
        if files::stamp(folder)? == self.0.live.load().stamp {
            return Ok(false);
        }
        let ring = files::read(folder, self.0.owner)?;
        if ring.signing.has_issuers() != self.ring().signing.has_issuers() {
            return Err(Error::Mode);
        }
        self.0.live.store(Arc::new(ring));
        Ok(true)
    }

    /// Watches the folder until `stopping`; a bad change is logged and the old keys stay.
    pub async fn watch(self, stopping: CancellationToken) {
        while stopping.run_until_cancelled(tokio::time::sleep(POLL)).await.is_some() {
            match self.reload() {
                Ok(true) => tracing::info!("the keys were read again"),
                Ok(false) => {}
                Err(error) => tracing::error!(%error, "changed keys cannot be read; the old ones stay"),
            }
        }
    }

    /// The versions that seal page tokens (`proto::page`).
    #[must_use]
    pub fn page_tokens(&self) -> proto::page::Tokens {
        let pair = &self.ring().page_token;
        proto::page::Tokens::new(
            [Some(*pair.current()), pair.previous().copied()].into_iter().flatten().collect(),
        )
    }

    /// Seals a secret that a mail will carry; `context` (such as the row's id) must be given again
    /// to open it.
    ///
    /// # Errors
    /// [`Error::Random`] when the system gives no random bytes.
    pub fn seal(&self, plain: &[u8], context: &[u8]) -> Result<Vec<u8>, Error> {
        self.ring().mail_seal.seal(plain, context)
    }

    /// Opens what [`Keys::seal`] made, under either live version.
    ///
    /// # Errors
    /// [`Error::Unsealable`] for anything else.
    pub fn unseal(&self, sealed: &[u8], context: &[u8]) -> Result<Vec<u8>, Error> {
        self.ring().mail_seal.unseal(sealed, context)
    }

    /// The keyed digest (HMAC-SHA-256) of a short secret, under the current version.
    #[must_use]
    pub fn pin_digest(&self, secret: &[u8]) -> [u8; 32] {
        self.ring().pin_digest.digest(secret)
    }

    /// Whether `stored` is the digest of `secret` under either live version, in constant time.
    #[must_use]
    pub fn pin_matches(&self, secret: &[u8], stored: &[u8]) -> bool {
        self.ring().pin_digest.matches(secret, stored)
    }

    /// The public half of `token-signing` in PEM, every live version: what belongs into
    /// `issuers/NAME.pem` of whoever should believe this process.
    ///
    /// # Errors
    /// [`Error::Printing`] when it cannot be written as PEM.
    pub fn public_pem(&self) -> Result<String, Error> {
        self.ring().signing.public_pem().ok_or(Error::Printing)
    }

    pub(crate) fn ring(&self) -> Arc<Ring> {
        self.0.live.load_full()
    }
}
