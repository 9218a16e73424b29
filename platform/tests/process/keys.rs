use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use platform::keys::{Error, Keys};

const NAMES: [&str; 4] = ["token-signing", "page-token", "mail-seal", "pin-digest"];

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// What an operator does: the current version becomes the previous one and a new one is put in place.
fn rotate(folder: &Path, name: &str) {
    let elsewhere = tempfile::tempdir().unwrap();
    Keys::open(elsewhere.path()).unwrap();
    fs::rename(folder.join(name), folder.join(format!("{name}.previous"))).unwrap();
    fs::copy(elsewhere.path().join(name), folder.join(name)).unwrap();
}

#[test]
fn the_folder_is_made_private_and_only_once() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("data").join("keys");
    Keys::open(&folder).unwrap();
    assert_eq!(mode(&folder), 0o700);
    let read = |name: &str| fs::read(folder.join(name)).unwrap();
    let before = NAMES.map(read);
    for name in NAMES {
        assert_eq!(mode(&folder.join(name)), 0o600, "{name}");
    }
    Keys::open(&folder).unwrap();
    assert_eq!(NAMES.map(read), before);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), NAMES.len());
}

#[test]
fn what_was_sealed_opens_in_its_context_only() {
    let keys = Keys::ephemeral().unwrap();
    let sealed = keys.seal(b"act_token", b"row 1").unwrap();
    assert_eq!(keys.unseal(&sealed, b"row 1").unwrap(), b"act_token");
    assert!(!sealed.windows(9).any(|part| part == b"act_token"));
    assert_ne!(keys.seal(b"act_token", b"row 1").unwrap(), sealed);
    assert!(matches!(keys.unseal(&sealed, b"row 2"), Err(Error::Unsealable)));
    for index in 0..sealed.len() {
        let mut damaged = sealed.clone();
        damaged[index] ^= 1;
        assert!(keys.unseal(&damaged, b"row 1").is_err(), "byte {index}");
        assert!(keys.unseal(&sealed[..index], b"row 1").is_err(), "{index} bytes");
    }
    assert!(Keys::ephemeral().unwrap().unseal(&sealed, b"row 1").is_err());
}

#[test]
fn a_rotated_key_still_reads_and_the_one_before_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let keys = Keys::open(folder.path()).unwrap();
    let (sealed, digest) = (keys.seal(b"secret", b"").unwrap(), keys.pin_digest(b"1234"));
    assert!(!keys.reload().unwrap());
    ["mail-seal", "pin-digest"].iter().for_each(|name| rotate(folder.path(), name));
    assert!(keys.reload().unwrap());
    assert_eq!(keys.unseal(&sealed, b"").unwrap(), b"secret");
    assert_ne!(keys.pin_digest(b"1234"), digest);
    assert!(keys.pin_matches(b"1234", &digest));
    assert!(!keys.pin_matches(b"1235", &digest));
    ["mail-seal", "pin-digest"].iter().for_each(|name| rotate(folder.path(), name));
    keys.reload().unwrap();
    assert!(keys.unseal(&sealed, b"").is_err());
    assert!(!keys.pin_matches(b"1234", &digest));
}

#[test]
fn tokens_of_the_previous_key_are_believed_until_it_goes() {
    use platform::caller::{Error, Principal, Signer, Verifier};
    let folder = tempfile::tempdir().unwrap();
    let keys = Keys::open(folder.path()).unwrap();
    let clock = platform::testing::TestClock::new();
    let signer = Signer::new("identity", keys.clone(), clock.clock());
    let verifier = Verifier::new("license", keys.clone(), clock.clock());
    let principal = Principal::Client { client: uuid::Uuid::now_v7(), organization: None, user: None };
    let (old, _) = signer.caller_token(&principal).unwrap();
    verifier.caller(&old).unwrap();
    rotate(folder.path(), "token-signing");
    keys.reload().unwrap();
    let (new, _) = signer.caller_token(&principal).unwrap();
    assert_ne!(old, new, "a kept token is not used after its key");
    verifier.caller(&old).unwrap();
    verifier.caller(&new).unwrap();
    rotate(folder.path(), "token-signing");
    keys.reload().unwrap();
    assert_eq!(verifier.caller(&old).unwrap_err(), Error::UnknownKey);
    verifier.caller(&new).unwrap();
}

#[test]
fn a_bad_file_is_named_and_leaves_the_old_keys() {
    let folder = tempfile::tempdir().unwrap();
    let keys = Keys::open(folder.path()).unwrap();
    let sealed = keys.seal(b"secret", b"").unwrap();
    for name in NAMES {
        let path = folder.path().join(name);
        let good = fs::read(&path).unwrap();
        for bad in ["", "short", &"A".repeat(5000)] {
            fs::write(&path, bad).unwrap();
            let error = keys.reload().unwrap_err().to_string();
            assert!(error.contains(name), "{error}");
        }
        assert!(Keys::open(folder.path()).is_err());
        assert_eq!(keys.unseal(&sealed, b"").unwrap(), b"secret");
        fs::write(&path, good).unwrap();
    }
    keys.reload().unwrap();
}
