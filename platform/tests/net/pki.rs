//! An authority, and certificates good and bad.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use platform::tls::{Files, Identity};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose as Use, IsCa, KeyPair, KeyUsagePurpose, date_time_ymd,
};

pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// What a certificate says.
pub struct Leaf {
    pub name: &'static str,
    pub uses: Vec<Use>,
    pub years: (i32, i32),
}

/// Files as Kubernetes mounts them: behind one link that is swapped.
pub struct Mount {
    folder: tempfile::TempDir,
    version: usize,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, uuid::Uuid::now_v7().to_string());
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// Certificate and key.
    pub fn sign(&self, leaf: &Leaf) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        (leaf.params().signed_by(&key, &self.0).unwrap().pem(), key.serialize_pem())
    }

    pub fn mount(&self, name: &'static str) -> Mount {
        let mut mount = Mount { folder: tempfile::tempdir().unwrap(), version: 0 };
        mount.swap(&self.sign(&Leaf::of(name)), &self.pem());
        mount
    }

    pub fn identity(&self, name: &'static str) -> Identity {
        self.mount(name).open()
    }
}

impl Leaf {
    pub fn of(name: &'static str) -> Self {
        Self { name, uses: vec![Use::ClientAuth, Use::ServerAuth], years: (2000, 2100) }
    }

    fn params(&self) -> CertificateParams {
        let mut params = CertificateParams::new([self.name.to_owned()]).unwrap();
        params.extended_key_usages.clone_from(&self.uses);
        (params.not_before, params.not_after) =
            (date_time_ymd(self.years.0, 1, 1), date_time_ymd(self.years.1, 1, 1));
        params
    }

    pub fn self_signed(&self) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        (self.params().self_signed(&key).unwrap().pem(), key.serialize_pem())
    }
}

impl Mount {
    /// Puts other files in place, all at once.
    pub fn swap(&mut self, pair: &(String, String), authorities: &str) {
        self.version += 1;
        let data = self.folder.path().join(self.version.to_string());
        fs::create_dir(&data).unwrap();
        for (name, content) in [("tls.crt", pair.0.as_str()), ("tls.key", &pair.1), ("ca.crt", authorities)] {
            fs::write(data.join(name), content).unwrap();
        }
        symlink(&data, self.folder.path().join("new")).unwrap();
        fs::rename(self.folder.path().join("new"), self.folder.path().join("data")).unwrap();
    }

    pub fn files(&self) -> Files {
        let file = |name: &str| self.folder.path().join("data").join(name);
        Files { certificate: file("tls.crt"), key: file("tls.key"), authority: file("ca.crt") }
    }

    pub fn open(&self) -> Identity {
        Identity::open(self.files()).unwrap()
    }
}

/// A chain that no machine should accept: its authority has an RSA key of 1024 bits. Made once with
/// openssl, because no library of ours makes such keys.
pub fn weak() -> (PathBuf, PathBuf, PathBuf) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/net/weak");
    (folder.join("certificate.pem"), folder.join("key.pem"), folder.join("authority.pem"))
}
