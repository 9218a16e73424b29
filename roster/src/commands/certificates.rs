//! `roster dev certificates`: an own authority and one identity a service, for one machine.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

use anyhow::Context;
use platform::keys::Keys;
use platform::tls;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};

use crate::cli::Certificates;
use crate::folder::write_private;

/// The keys that all services share: what one sealed another opens.
const SHARED: [&str; 3] = ["page-token", "mail-seal", "pin-digest"];

/// Makes `DIR/authority.pem`, and for each service `DIR/NAME/` with `certificate.pem`, `key.pem` and
/// `keys/`. The authority's own key is not kept: new certificates come with a new authority.
pub fn run(settings: Certificates) -> anyhow::Result<()> {
    let to = &settings.to;
    folder(to).with_context(|| format!("the folder {} cannot be made (it must be new)", to.display()))?;
    let (authority, issuer) = authority()?;
    write_private(&to.join("authority.pem"), &authority)?;
    for service in tls::SERVICES {
        folder(&to.join(service))?;
        certificate(&to.join(service), service, &issuer)?;
    }
    keys(to)?;
    println!("{} holds an authority, five certificates and five keys folders", to.display());
    Ok(())
}

fn authority() -> anyhow::Result<(String, Issuer<'static, KeyPair>)> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Roster development authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let authority = params.self_signed(&key)?.pem();
    Ok((authority, Issuer::new(params, key)))
}

fn certificate(folder: &Path, service: &str, issuer: &Issuer<'_, KeyPair>) -> anyhow::Result<()> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(vec![service.to_owned()])?;
    params.distinguished_name.push(DnType::CommonName, service);
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    write_private(&folder.join("certificate.pem"), &params.signed_by(&key, issuer)?.pem())?;
    write_private(&folder.join("key.pem"), &key.serialize_pem())?;
    Ok(())
}

/// A signing key for each, shared keys for all, and everybody's public key in everybody's issuers/.
fn keys(to: &Path) -> anyhow::Result<()> {
    let (first, rest) = tls::SERVICES.split_first().context("there are services")?;
    let keys = |service: &str| to.join(service).join("keys");
    Keys::open(&keys(first))?;
    for service in rest {
        folder(&keys(service))?;
        for name in SHARED {
            std::fs::copy(keys(first).join(name), keys(service).join(name))?;
        }
        Keys::open(&keys(service))?;
    }
    for service in tls::SERVICES {
        let issuers = keys(service).join("issuers");
        folder(&issuers)?;
        for issuer in tls::SERVICES {
            let public = Keys::open(&keys(issuer))?.public_pem()?;
            write_private(&issuers.join(format!("{issuer}.pem")), &public)?;
        }
    }
    Ok(())
}

fn folder(path: &Path) -> std::io::Result<()> {
    DirBuilder::new().mode(0o700).create(path)
}
