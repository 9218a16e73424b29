//! A key for each issuer: none speaks as another.

use std::fs;
use std::path::Path;

use platform::caller::{Error, Principal, Signer, Verifier};
use platform::keys::{self, Keys};
use platform::testing::TestClock;
use tempfile::TempDir;
use uuid::Uuid;

/// A service's keys folder and what is opened of it.
struct House {
    folder: TempDir,
    keys: Keys,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("issuers")).unwrap();
        let keys = Keys::open(folder.path()).unwrap();
        Self { folder, keys }
    }

    fn believe(&self, issuer: &str, pem: &str) {
        fs::write(self.folder.path().join("issuers").join(format!("{issuer}.pem")), pem).unwrap();
        assert!(self.keys.reload().unwrap());
    }

    /// What an operator does to the signing key.
    fn rotate(&self) {
        let fresh = Self::new();
        let of = |folder: &Path| folder.join("token-signing");
        let current = of(self.folder.path());
        fs::rename(&current, self.folder.path().join("token-signing.previous")).unwrap();
        fs::copy(of(fresh.folder.path()), current).unwrap();
        assert!(self.keys.reload().unwrap());
    }

    fn signer(&self, name: &'static str, clock: &TestClock) -> Signer {
        Signer::new(name, self.keys.clone(), clock.clock())
    }
}

fn somebody() -> Principal {
    Principal::Account { account: Uuid::now_v7(), user: None, session: None }
}

#[test]
fn no_service_speaks_as_another() {
    let clock = TestClock::new();
    let (identity, license, notify) = (House::new(), House::new(), House::new());
    notify.believe("identity", &identity.keys.public_pem().unwrap());
    notify.believe("license", &license.keys.public_pem().unwrap());
    let verifier = Verifier::new("notify", notify.keys.clone(), clock.clock());
    let caller = |house: &House| house.signer("identity", &clock).caller_token(&somebody()).unwrap().0;
    verifier.caller(&caller(&identity)).unwrap();
    assert_eq!(verifier.caller(&caller(&license)).unwrap_err(), Error::Party);
    assert_eq!(verifier.caller(&caller(&notify)).unwrap_err(), Error::UnknownKey, "not even its own");
    let hop = |house: &House, name| {
        let token = house.signer(name, &clock).service_token("notify", None).unwrap();
        verifier.service(token.to_str().unwrap()).map(|hop| hop.service)
    };
    assert_eq!(hop(&license, "license").unwrap(), "license");
    assert_eq!(hop(&license, "identity").unwrap_err(), Error::Party);
    assert_eq!(hop(&identity, "gateway").unwrap_err(), Error::Party);
}

#[test]
fn a_key_is_rotated_without_a_token_refused() {
    let clock = TestClock::new();
    let (license, notify) = (House::new(), House::new());
    notify.believe("license", &license.keys.public_pem().unwrap());
    let verifier = Verifier::new("notify", notify.keys.clone(), clock.clock());
    let signer = license.signer("license", &clock);
    let token = || signer.service_token("notify", None).unwrap();
    let believed = |token: &http::HeaderValue| verifier.service(token.to_str().unwrap());
    let old = token();
    believed(&old).unwrap();
    // First everybody learns the new key, then it signs, and the old one goes when its tokens have.
    let next = House::new();
    let of = |house: &House| house.folder.path().join("token-signing");
    notify.believe("license", &(license.keys.public_pem().unwrap() + &next.keys.public_pem().unwrap()));
    believed(&token()).unwrap();
    fs::rename(of(&license), license.folder.path().join("token-signing.previous")).unwrap();
    fs::copy(of(&next), of(&license)).unwrap();
    assert!(license.keys.reload().unwrap());
    let new = token();
    assert_ne!(old, new);
    believed(&old).unwrap();
    believed(&new).unwrap();
    notify.believe("license", &next.keys.public_pem().unwrap());
    assert_eq!(believed(&old).unwrap_err(), Error::UnknownKey);
    believed(&new).unwrap();
}

#[test]
fn both_live_versions_are_printed_and_a_bad_file_changes_nothing() {
    let clock = TestClock::new();
    let (license, notify) = (House::new(), House::new());
    license.rotate();
    let both = license.keys.public_pem().unwrap();
    assert_eq!(both.matches("BEGIN PUBLIC KEY").count(), 2);
    notify.believe("license", &both);
    let verifier = Verifier::new("notify", notify.keys.clone(), clock.clock());
    let path = notify.folder.path().join("issuers").join("license.pem");
    for bad in ["", "nothing", &both[..60]] {
        fs::write(&path, bad).unwrap();
        assert!(notify.keys.reload().unwrap_err().to_string().contains("license.pem"));
    }
    let token = license.signer("license", &clock).service_token("notify", None).unwrap();
    verifier.service(token.to_str().unwrap()).unwrap();
}

#[test]
fn s13_a_service_among_several_makes_no_key_and_starts_with_its_own_only() {
    let empty = tempfile::tempdir().unwrap();
    let refused = Keys::open_of("license", empty.path()).err().unwrap();
    assert!(refused.to_string().contains("token-signing is missing"), "{refused}");
    assert_eq!(fs::read_dir(empty.path()).unwrap().count(), 0);

    let (license, other) = (House::new(), House::new());
    let open = || Keys::open_of("license", license.folder.path());
    assert!(matches!(open(), Err(keys::Error::Missing { path }) if path.ends_with("issuers/license.pem")));
    license.believe("license", &other.keys.public_pem().unwrap());
    assert!(matches!(open(), Err(keys::Error::Foreign { path }) if path.ends_with("issuers/license.pem")));
    license.believe("license", &license.keys.public_pem().unwrap());
    let keys = open().unwrap();

    // A new key that issuers/ was not told of is not taken, and one that it was told of is.
    let old = keys.public_pem().unwrap();
    fs::rename(license.folder.path().join("token-signing"), empty.path().join("old")).unwrap();
    fs::copy(other.folder.path().join("token-signing"), license.folder.path().join("token-signing")).unwrap();
    assert!(matches!(keys.reload(), Err(keys::Error::Foreign { .. })));
    assert_eq!(keys.public_pem().unwrap(), old);
    fs::write(license.folder.path().join("issuers/license.pem"), other.keys.public_pem().unwrap()).unwrap();
    assert!(keys.reload().unwrap());
    assert_eq!(keys.public_pem().unwrap(), other.keys.public_pem().unwrap());
}

#[test]
fn s13_whom_a_process_believes_does_not_change_under_it() {
    let several = House::new();
    fs::remove_dir_all(several.folder.path().join("issuers")).unwrap();
    assert!(matches!(several.keys.reload(), Err(keys::Error::Mode)));

    let folder = tempfile::tempdir().unwrap();
    let one = Keys::open(folder.path()).unwrap();
    fs::create_dir(folder.path().join("issuers")).unwrap();
    assert!(matches!(one.reload(), Err(keys::Error::Mode)));
}
