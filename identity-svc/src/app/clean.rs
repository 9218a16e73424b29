//! Forgets what is over.

use chrono::TimeDelta;
use platform::db::Everyone;
use proto::refusal::Refusal;

use super::{App, span};
use crate::store::{links, mail_requests, sessions, sign_in_failures};

/// A dead link's fate is told this long; then it is unknown.
const LINKS_KEPT: TimeDelta = TimeDelta::days(90);
/// Failures are counted for this long after the last try, so that waiting does not begin anew.
const FAILURES_KEPT: TimeDelta = TimeDelta::days(30);
/// Much longer than any cooldown.
const MAIL_REQUESTS_KEPT: TimeDelta = TimeDelta::days(1);

/// Deletes sessions that are over, links long dead, and counters nobody looks at.
pub async fn clean(app: &App) -> Result<(), Refusal> {
    let now = app.clock.now();
    let mut tx = app.db.of(Everyone("old links of every organization are forgotten")).write().await?;
    sessions::clean(&mut tx, now - span(app.config.session_idle), now).await?;
    links::clean(&mut tx, now - LINKS_KEPT).await?;
    sign_in_failures::clean(&mut tx, now - FAILURES_KEPT).await?;
    mail_requests::clean(&mut tx, now - MAIL_REQUESTS_KEPT).await?;
    tx.commit().await?;
    Ok(())
}
