//! Devices that somebody has signed in on. What is tried on one counts against it and not against the account: who
//! guesses elsewhere keeps nobody out (OWASP, "Slow Down Online Guessing Attacks with Device Cookies"; ASVS 6.3.1).
//!
//! A device's token is sealed and stored nowhere (docs/adr/0012). It holds for one account and its password as it is
//! stored: another password, whoever set it, ends it, and so does the same one hashed at another cost. A deactivation
//! and another address do not. It is no factor: who has it must still know the password.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use proto::refusal::Refusal;
use sha2::{Digest as _, Sha256};

use crate::app::{App, broken};
use crate::domain::account::Account;

/// A device is forgotten so long after the last sign-in on it.
const LIFE: TimeDelta = TimeDelta::days(180);
/// Characters; a longer text is no token of ours.
const LONGEST: usize = 128;

/// The token for a device on which this account's password was just shown. Never logged.
///
/// # Errors
/// INTERNAL when it cannot be sealed.
pub(super) fn token(app: &App, account: &Account, now: DateTime<Utc>) -> Result<String, Refusal> {
    let sealed = app.keys.seal(&now.timestamp().to_be_bytes(), context(account).as_bytes());
    let sealed = sealed.map_err(|error| broken("a device token cannot be sealed", &error))?;
    Ok(URL_SAFE_NO_PAD.encode(sealed))
}

/// What the tries on a device are counted under; none when the text is no token of this account, or not any more.
pub(super) fn counter(app: &App, account: &Account, token: &str, now: DateTime<Utc>) -> Option<[u8; 32]> {
    if token.len() > LONGEST {
        return None;
    }
    let sealed = URL_SAFE_NO_PAD.decode(token).ok()?;
    let plain = app.keys.unseal(&sealed, context(account).as_bytes()).ok()?;
    let made = i64::from_be_bytes(plain.try_into().ok()?);
    let is_live = now.timestamp() - made < LIFE.num_seconds();
    is_live.then(|| Sha256::digest(&sealed).into())
}

/// What a token is sealed for: no other account opens it, and not this one with another password.
fn context(account: &Account) -> String {
    format!("device/{}/{}", account.id, account.password)
}
