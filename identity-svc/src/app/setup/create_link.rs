//! The one-time link that the first start prints.

use chrono::{DateTime, Utc};
use proto::refusal::Refusal;

use crate::app::organizations::UNBORN;
use crate::app::{App, new_secret, span};
use crate::domain::secret::{Prefix, Secret};
use crate::store::{organizations, setup_links};

/// A new link, voiding earlier ones; none when there is an organization: setup is over.
pub async fn create(app: &App) -> Result<Option<(Secret, DateTime<Utc>)>, Refusal> {
    let now = app.clock.now();
    let mut tx = app.db.of(UNBORN).write().await?;
    if organizations::any(&mut tx).await? {
        return Ok(None);
    }
    let (token, expire_time) = (new_secret(Prefix::Setup)?, now + span(app.config.setup_life));
    setup_links::replace(&mut tx, token.hash(), now, expire_time).await?;
    tx.commit().await?;
    Ok(Some((token, expire_time)))
}
