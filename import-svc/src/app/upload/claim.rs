//! The upload's number, held for as long as its bytes come (N13).

use chrono::{DateTime, Utc};
use platform::db::Tx;
use platform::once;
use proto::refusal::{Reason, Refusal};

use crate::app::App;

/// The claim of a call that may take longer than [`once::CLAIM`].
pub struct Claim<'a> {
    call: &'a once::Call,
    since: DateTime<Utc>,
}

impl<'a> Claim<'a> {
    /// Begun at that time.
    pub fn new(call: &'a once::Call, since: DateTime<Utc>) -> Self {
        Self { call, since }
    }

    /// The call that is numbered.
    pub fn call(&self) -> &'a once::Call {
        self.call
    }

    /// As it was last held on.
    pub fn held(&self) -> once::Held<'a> {
        once::Held { call: self.call, since: self.since }
    }

    /// Holds it on, early enough, while bytes come.
    ///
    /// # Errors
    ///
    /// As [`Claim::renew`].
    pub async fn keep(&mut self, app: &App) -> Result<(), Refusal> {
        if app.clock.now() < self.since + once::CLAIM / 3 {
            return Ok(());
        }
        let mut tx = app.db.write().await?;
        self.renew(&mut tx, app.clock.now()).await?;
        Ok(tx.commit().await?)
    }

    /// Holds it on, in the transaction of an effect.
    ///
    /// # Errors
    ///
    /// `REQUEST_IN_PROGRESS` when no byte came for too long and a repeat of the request took it over.
    pub async fn renew(&mut self, tx: &mut Tx, now: DateTime<Utc>) -> Result<(), Refusal> {
        if !once::renew(tx, self.call, self.since, now).await? {
            let text = "a repeat of this request has taken its place";
            return Err(Refusal::new(Reason::RequestInProgress, text));
        }
        self.since = now;
        Ok(())
    }
}
