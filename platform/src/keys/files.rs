//! The folder on disk: made once, read whole, never printed.

use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::SigningKey;

use super::seal::{Pair, random};
use super::signing::{self, Issuers, Signing};
use super::{Error, Ring};

const TOKEN_SIGNING: &str = "token-signing";
/// The folder with the public keys of all issuers.
const ISSUERS: &str = "issuers";
const SYMMETRIC: [&str; 3] = ["page-token", "mail-seal", "pin-digest"];
/// A key file is far smaller; a larger one is not read into memory.
const MOST_BYTES: u64 = 4096;

/// What tells a changed folder from an unchanged one: change time and length of each file.
pub(super) type Stamp = Vec<Option<(SystemTime, u64)>>;

/// Makes the folder and each missing key; what exists is left alone.
pub(super) fn make_missing(folder: &Path) -> Result<(), Error> {
    let make = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    make.map_err(|source| Error::Folder { path: folder.to_owned(), source })?;
    if !folder.join(TOKEN_SIGNING).exists() {
        let malformed = Error::Malformed { path: folder.join(TOKEN_SIGNING), expected: "an Ed25519 key" };
        write(folder, TOKEN_SIGNING, &signing::print(&random()?).ok_or(malformed)?)?;
    }
    for name in SYMMETRIC {
        if !folder.join(name).exists() {
            write(folder, name, &STANDARD.encode(random()?))?;
        }
    }
    Ok(())
}

/// Reads every live version. The keys of one service among several must be what `issuers/` says of it.
pub(super) fn read(folder: &Path, owner: Option<&str>) -> Result<Ring, Error> {
    // Taken first: a change during the reading is then seen by the next look.
    let stamp = stamp(folder)?;
    let current = signing_key(&folder.join(TOKEN_SIGNING))?.ok_or_else(|| missing(folder, TOKEN_SIGNING))?;
    let previous = signing_key(&previous_of(folder, TOKEN_SIGNING))?;
    let signing = Signing::of(&current, previous.as_ref(), issuers(folder)?);
    if let Some(owner) = owner {
        check_owner(folder, owner, &signing)?;
    }
    let [page_token, mail_seal, pin_digest] = SYMMETRIC.map(|name| pair(folder, name));
    Ok(Ring { signing, page_token: page_token?, mail_seal: mail_seal?, pin_digest: pin_digest?, stamp })
}

pub(super) fn stamp(folder: &Path) -> Result<Stamp, Error> {
    let names = std::iter::once(TOKEN_SIGNING).chain(SYMMETRIC);
    let paths = names.flat_map(|name| [folder.join(name), previous_of(folder, name)]);
    let issuers = crate::tls::SERVICES.map(|issuer| issuer_file(folder, issuer));
    paths.chain([folder.join(ISSUERS)]).chain(issuers).map(|path| stamp_of(&path)).collect()
}

/// The public keys in `issuers/`, when there is such a folder; files of unknown names are not read.
fn issuers(folder: &Path) -> Result<Option<Issuers>, Error> {
    if stamp_of(&folder.join(ISSUERS))?.is_none() {
        return Ok(None);
    }
    let mut issuers = Issuers::new();
    for issuer in crate::tls::SERVICES {
        let path = issuer_file(folder, issuer);
        let Some(text) = text(&path)? else { continue };
        let malformed = || Error::Malformed { path, expected: "Ed25519 public keys in PEM" };
        issuers.insert(issuer.to_owned(), signing::parse_public(&text).ok_or_else(malformed)?);
    }
    Ok(Some(issuers))
}

fn check_owner(folder: &Path, owner: &str, signing: &Signing) -> Result<(), Error> {
    let path = issuer_file(folder, owner);
    if stamp_of(&path)?.is_none() {
        return Err(Error::Missing { path });
    }
    signing.speaks_for(&signing.kid, owner).then_some(()).ok_or(Error::Foreign { path })
}

fn issuer_file(folder: &Path, issuer: &str) -> PathBuf {
    folder.join(ISSUERS).join(format!("{issuer}.pem"))
}

fn stamp_of(path: &Path) -> Result<Option<(SystemTime, u64)>, Error> {
    let failed = |source| Error::Folder { path: path.to_owned(), source };
    match fs::metadata(path) {
        Ok(metadata) => Ok(Some((metadata.modified().map_err(failed)?, metadata.len()))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

fn pair(folder: &Path, name: &str) -> Result<Pair, Error> {
    let current = bytes(&folder.join(name))?.ok_or_else(|| missing(folder, name))?;
    Ok(Pair::new(current, bytes(&previous_of(folder, name))?))
}

fn signing_key(path: &Path) -> Result<Option<SigningKey>, Error> {
    let Some(text) = text(path)? else { return Ok(None) };
    let malformed = || Error::Malformed { path: path.to_owned(), expected: "an Ed25519 key in PKCS#8 PEM" };
    signing::parse(&text).map(Some).ok_or_else(malformed)
}

fn bytes(path: &Path) -> Result<Option<[u8; 32]>, Error> {
    let Some(text) = text(path)? else { return Ok(None) };
    let decoded = STANDARD.decode(text.trim()).ok().and_then(|bytes| bytes.try_into().ok());
    let malformed = || Error::Malformed { path: path.to_owned(), expected: "32 bytes in base64" };
    decoded.map(Some).ok_or_else(malformed)
}

fn text(path: &Path) -> Result<Option<String>, Error> {
    let Some((_, length)) = stamp_of(path)? else { return Ok(None) };
    if length > MOST_BYTES {
        return Err(Error::Malformed { path: path.to_owned(), expected: "a key" });
    }
    fs::read_to_string(path).map(Some).map_err(|source| Error::Folder { path: path.to_owned(), source })
}

/// A whole file or none: a crash in the middle leaves no half key, and an existing key is never replaced.
fn write(folder: &Path, name: &str, content: &str) -> Result<(), Error> {
    let path = folder.join(name);
    let failed = |source| Error::Folder { path: path.clone(), source };
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    writeln!(file, "{}", content.trim_end()).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    match file.persist_noclobber(&path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(failed(error.error)),
    }
}

fn previous_of(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.previous"))
}

fn missing(folder: &Path, name: &str) -> Error {
    Error::Missing { path: folder.join(name) }
}
