//! Signing out.

use platform::caller::Caller;
use proto::name;
use proto::refusal::Refusal;

use super::read::own;
use crate::app::App;
use crate::store::sessions;

/// Ends one of one's own sessions; the next request with its token is refused. A session that is over
/// already is no error.
pub async fn delete(app: &App, caller: &Caller, session: &name::Session) -> Result<(), Refusal> {
    own(caller, session.account)?;
    let mut tx = app.db.write().await?;
    sessions::delete(&mut tx, session.account, session.session).await?;
    tx.commit().await?;
    Ok(())
}
