//! A credential in, a caller token out: on every request from outside.

use chrono::{DateTime, Utc};
use platform::caller::Principal;
use platform::db::{Db, Kept};
use proto::refusal::{Reason, Refusal};

use crate::app::sessions::ANYWHERE;
use crate::app::{App, broken, span};
use crate::domain::secret::{Prefix, Secret};
use crate::domain::session::Session;
use crate::store::sessions::Admission;
use crate::store::{clients, memberships, sessions};

/// How somebody shows who they are.
#[derive(Clone, Debug)]
pub enum Credential {
    /// The console's cookie.
    SessionToken(String),
    /// `Authorization: Bearer`: an API key or a script's session token.
    Bearer(String),
}

/// Where a session is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Door {
    /// The console: needs Portal Access (E7, Q14).
    Portal,
    /// The API, for scripts and other systems: open to everybody who is active.
    Api,
}

/// A signed word about who is calling.
pub struct CallerToken {
    /// The token.
    pub token: String,
    /// When it is not believed any more.
    pub expire_time: DateTime<Utc>,
}

/// Credentials that were good a moment ago, by the hash of their secret.
pub struct Admitted {
    sessions: Kept<[u8; 32], Admission>,
    clients: Kept<[u8; 32], Principal>,
}

impl Admitted {
    /// None yet.
    #[must_use]
    pub fn new(db: &Db) -> Self {
        Self { sessions: Kept::new(db, memberships::TOPIC), clients: Kept::new(db, memberships::TOPIC) }
    }
}

/// The caller token for a credential that is good at this moment. The next request after a deactivation is
/// refused, by another process within a second.
///
/// # Errors
/// SESSION_MISSING without a credential, SESSION_EXPIRED for every one that is not good: also for the cookie
/// of somebody to whom the portal is shut (N17), whose session still opens the rest.
pub async fn authenticate(app: &App, credential: Option<Credential>) -> Result<CallerToken, Refusal> {
    let principal = match credential {
        None => return Err(Refusal::new(Reason::SessionMissing, "sign in, or send an API key")),
        Some(Credential::SessionToken(text)) => by_session(app, &text, Door::Portal).await?,
        Some(Credential::Bearer(text)) if text.starts_with(Prefix::ApiKey.as_str()) => {
            by_api_key(app, &text).await?
        }
        Some(Credential::Bearer(text)) => by_session(app, &text, Door::Api).await?,
    };
    let signed = app.signer.caller_token(&principal);
    let (token, expire_time) = signed.map_err(|error| broken("a caller token cannot be signed", &error))?;
    Ok(CallerToken { token, expire_time })
}

async fn by_session(app: &App, text: &str, door: Door) -> Result<Principal, Refusal> {
    let secret = Secret::parse(Prefix::Session, text).ok_or_else(expired)?;
    let now = app.clock.now();
    let Admission { session, portal } = find_session(app, secret.hash(), now).await?;
    let is_shut = door == Door::Portal && !portal;
    if is_shut || session.is_over(span(app.config.session_idle), now) {
        return Err(expired());
    }
    if session.is_stale(now) {
        note_use(app, &session, now).await?;
    }
    Ok(Principal::Account { account: session.account, user: None, session: Some(session.id) })
}

async fn find_session(app: &App, hash: [u8; 32], now: DateTime<Utc>) -> Result<Admission, Refusal> {
    let asked = match app.admitted.sessions.find(&hash) {
        // Where a use is worth writing down, the row knows whether it was.
        Ok(admission) if !admission.session.is_stale(now) => return Ok(admission),
        Ok(_) => None,
        Err(asked) => Some(asked),
    };
    let mut tx = app.db.of(ANYWHERE).look().await?;
    let admission = sessions::find_admitted(&mut tx, hash).await?.ok_or_else(expired)?;
    if let Some(asked) = asked {
        app.admitted.sessions.keep(hash, admission.clone(), asked);
    }
    Ok(admission)
}

async fn note_use(app: &App, session: &Session, now: DateTime<Utc>) -> Result<(), Refusal> {
    let mut tx = app.db.write().await?;
    sessions::used(&mut tx, session.id, now).await?;
    tx.commit().await?;
    Ok(())
}

async fn by_api_key(app: &App, text: &str) -> Result<Principal, Refusal> {
    let secret = Secret::parse(Prefix::ApiKey, text).ok_or_else(expired)?;
    let look = async {
        let mut tx = app.db.of(ANYWHERE).look().await?;
        let client = clients::find_admitted(&mut tx, secret.hash()).await?.ok_or_else(expired)?;
        Ok(Principal::Client {
            client: client.id,
            organization: client.acts_as.map(|(organization, _)| organization),
            user: client.acts_as.map(|(_, user)| user),
        })
    };
    app.admitted.clients.get(secret.hash(), look).await
}

fn expired() -> Refusal {
    Refusal::new(Reason::SessionExpired, "the credential is not valid, or not valid any more")
}
