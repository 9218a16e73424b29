//! A request that is sent twice takes effect once.
//!
//! Every write carries a request id. The first call writes the id, a fingerprint of the request and
//! the answer **in the transaction of the effect**; a later call with the same id and the same body
//! gets that answer (also a refusal that depends on state), one with another body is refused. Kept 24
//! hours (requirement N13; the scope is caller, rpc, id).
//!
//! A call that is one transaction:
//!
//! ```text
//! let mut tx = db.write().await?;
//! if let Some(answer) = once::begin(&mut tx, &call, now).await?.replay()? {
//!     return Ok(answer);                 // api: answer.respond::<User>()
//! }
//! let user = store::users::insert(&mut tx, …).await?;
//! let answer = Answer::reply(&user);
//! once::store(&mut tx, &call, &answer).await?;
//! tx.commit().await?;
//! ```
//!
//! Two such calls at the same time: on PostgreSQL the second sees [`Claim::InProgress`] at once; on
//! SQLite it waits for the one writer and then replays. A call of several transactions (a saga) claims
//! and commits first, with [`Claim::New`] telling it to go on; meanwhile others see `InProgress` until
//! the answer is stored, or for [`CLAIM`], after which the next call takes the work over: its steps
//! must be safe to repeat, and what the first one still does to the claim goes through [`Held`].

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use prost::Message;
use proto::refusal::{Reason, Refusal};
use sha2::{Digest as _, Sha256};

use crate::db::{self, Error, Result, Tx};

pub use self::answer::{Answer, REPLAYED};

mod answer;
pub(crate) mod metadata;
mod rows;

/// How long an answer is kept.
pub const KEPT: TimeDelta = TimeDelta::hours(24);

/// How long a call of several transactions may take before another may take it over: whoever repeats a
/// call whose process died waits no longer than this.
pub const CLAIM: TimeDelta = TimeDelta::seconds(10);

/// One write as its caller numbered it.
#[derive(Debug, Clone)]
pub struct Call {
    /// Who calls: an account, a client or a service, in a form that never changes.
    pub caller: String,
    /// The rpc's full name, `roster.identity.v1.UserService/CreateUser`.
    pub rpc: &'static str,
    /// The id that the caller chose, 1 to 128 printable ASCII characters; empty when it chose none, and
    /// then every call is new.
    pub request_id: String,
    /// SHA-256 of the request: see [`fingerprint`].
    pub fingerprint: [u8; 32],
}

/// Whether a call is the first with its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Go on; [`store`] the answer in the transaction of the effect.
    New,
    /// It was done; give this answer, with the header `idempotency-replayed: true`.
    Replay(Answer),
    /// It is being done: ABORTED `REQUEST_IN_PROGRESS`.
    InProgress,
    /// The id was used for another body: INVALID_ARGUMENT `IDEMPOTENCY_KEY_REUSED`.
    Reused {
        /// When the id was first used.
        first_time: DateTime<Utc>,
    },
}

impl Claim {
    /// `None` for a new call, the stored answer for a repeated one.
    ///
    /// # Errors
    ///
    /// `REQUEST_IN_PROGRESS` and `IDEMPOTENCY_KEY_REUSED`.
    pub fn replay(self) -> Result<Option<Answer>, Refusal> {
        match self {
            Self::New => Ok(None),
            Self::Replay(answer) => Ok(Some(answer)),
            Self::InProgress => {
                let text = "the same request is being worked on";
                Err(Refusal::new(Reason::RequestInProgress, text).retry_after(Duration::from_secs(1)))
            }
            Self::Reused { first_time } => {
                let text = "this request id was used for another request";
                Err(Refusal::new(Reason::IdempotencyKeyReused, text)
                    .with("firstUseTime", first_time.to_rfc3339_opts(SecondsFormat::Micros, true)))
            }
        }
    }
}

/// SHA-256 of the request as encoded. Clear its request id when that came from a header.
pub fn fingerprint(request: &impl Message) -> [u8; 32] {
    Sha256::digest(request.encode_to_vec()).into()
}

/// Claims the call's id in this transaction.
///
/// # Errors
///
/// See [`Error`].
pub async fn begin(tx: &mut Tx, call: &Call, now: DateTime<Utc>) -> Result<Claim> {
    if call.request_id.is_empty() {
        return Ok(Claim::New);
    }
    if let Some(claim) = answered(tx, call, now).await? {
        return Ok(claim);
    }
    if tx.is_postgres() {
        if !rows::alone(tx, call).await? {
            return Ok(Claim::InProgress);
        }
        // Another may have answered before the lock was ours; SQLite has one writer.
        if let Some(claim) = answered(tx, call, now).await? {
            return Ok(claim);
        }
    }
    rows::claim(tx, call, now).await?;
    Ok(Claim::New)
}

/// What an earlier call left, unless its 24 hours or its claim are over.
async fn answered(tx: &mut Tx, call: &Call, now: DateTime<Utc>) -> Result<Option<Claim>> {
    let Some(stored) = rows::find(tx, call).await? else { return Ok(None) };
    if stored.first_time + KEPT <= now {
        return Ok(None);
    }
    if stored.fingerprint != call.fingerprint {
        return Ok(Some(Claim::Reused { first_time: stored.first_time }));
    }
    if let Some(answer) = stored.answer {
        return Ok(Some(Claim::Replay(answer)));
    }
    Ok((stored.claimed_until > now).then_some(Claim::InProgress))
}

/// Stores the answer of a call that [`begin`] found new or [`renew`] found held, in that transaction.
///
/// # Errors
///
/// [`Error::Broken`] when the call was never begun; see [`Error`].
pub async fn store(tx: &mut Tx, call: &Call, answer: &Answer) -> Result<()> {
    if call.request_id.is_empty() || rows::store(tx, call, answer).await? == 1 {
        return Ok(());
    }
    Err(Error::broken("once", "the call was never begun"))
}

/// A claim that was committed, for the transactions that follow: each finds out whether the work was taken
/// over meanwhile.
#[derive(Debug, Clone, Copy)]
pub struct Held<'a> {
    /// The call.
    pub call: &'a Call,
    /// When its claim was begun or last renewed.
    pub since: DateTime<Utc>,
}

impl Held<'_> {
    /// Stores the answer. False when the work was taken over: then nothing of it may be committed.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn store(self, tx: &mut Tx, answer: &Answer) -> Result<bool> {
        // Until the commit the row is this transaction's, so nobody takes it over in between.
        if !renew(tx, self.call, self.since, self.since).await? {
            return Ok(false);
        }
        store(tx, self.call, answer).await.map(|()| true)
    }

    /// Gives the claim back, so that a repeat need not wait: for a call that could not go on
    /// (UNAVAILABLE). False when the work was taken over or answered, or the commit of the answer
    /// succeeded and only its success was not heard of: then it is not this call's to undo.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn forget(self, tx: &mut Tx) -> Result<bool> {
        Ok(self.call.request_id.is_empty() || rows::forget(tx, self.call, self.since).await? == 1)
    }
}

/// Holds the claim that was begun or renewed at `since` for another [`CLAIM`]: for a call that may take
/// longer, such as an upload. False when it had ended and a repeat took the work over (or answered it).
///
/// # Errors
///
/// See [`Error`].
pub async fn renew(tx: &mut Tx, call: &Call, since: DateTime<Utc>, now: DateTime<Utc>) -> Result<bool> {
    if call.request_id.is_empty() {
        return Ok(true);
    }
    Ok(rows::renew(tx, call, since, now).await? == 1)
}

/// Deletes answers older than [`KEPT`], a few thousand at most; returns how many.
///
/// # Errors
///
/// See [`Error`].
pub async fn clean(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64> {
    db::prune(tx, "once", "first_time", now - KEPT).await
}
