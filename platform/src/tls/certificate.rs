//! Reading PEM files, and the service that a certificate names.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use x509_parser::extensions::GeneralName;

use super::{Error, SERVICES};

/// Certificates and keys are far smaller; a larger file is not read into memory.
const MOST_BYTES: u64 = 256 * 1024;

/// A whole file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let failed = |source| Error::File { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(Error::Malformed { path: path.to_owned(), expected: "PEM of at most 256 KiB" });
    }
    Ok(bytes)
}

/// At least one certificate.
pub(super) fn certificates(path: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, Error> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let malformed = || Error::Malformed { path: path.to_owned(), expected: "certificates in PEM" };
    read.ok().filter(|read| !read.is_empty()).ok_or_else(malformed)
}

pub(super) fn private_key(path: &Path, pem: &[u8]) -> Result<PrivateKeyDer<'static>, Error> {
    let malformed = |_| Error::Malformed { path: path.to_owned(), expected: "a private key in PEM" };
    PrivateKeyDer::from_pem_slice(pem).map_err(malformed)
}

/// When the first certificate ends, seconds since 1970.
pub(super) fn ends(pem: &[u8]) -> Option<i64> {
    let first = CertificateDer::pem_slice_iter(pem).next()?.ok()?;
    let (_, parsed) = x509_parser::parse_x509_certificate(&first).ok()?;
    Some(parsed.validity().not_after.timestamp())
}

/// The one service that the DNS names of the SAN mean: the first label counts, so `identity`,
/// `identity.roster` and `identity.roster.svc` all mean identity. None when they mean none or two.
pub(super) fn service_of(certificate: &CertificateDer<'_>) -> Option<&'static str> {
    let (_, parsed) = x509_parser::parse_x509_certificate(certificate).ok()?;
    let names = parsed.subject_alternative_name().ok()??;
    let labels = names.value.general_names.iter().filter_map(|name| match name {
        GeneralName::DNSName(name) => name.split('.').next(),
        _ => None,
    });
    let mut meant = labels.filter_map(|label| SERVICES.into_iter().find(|service| *service == label));
    let first = meant.next()?;
    meant.all(|other| other == first).then_some(first)
}
