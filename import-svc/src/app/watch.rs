//! An import as it changes, until it rests.

use std::time::Duration;

use futures::stream::{self, Stream};
use platform::caller::Caller;
use platform::tenant::Tenant;
use proto::name;
use proto::refusal::{Reason, Refusal};
use tokio::sync::watch::Receiver;
use tokio::time::Instant;

use super::{App, CHANGES, not_found};
use crate::domain::import::Import;
use crate::store::imports;

/// The bell rings in this process only; another one's changes are found by looking.
const POLL: Duration = Duration::from_secs(1);
/// Something is sent at least so often.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// A right that was taken away ends the stream.
const RECHECK: Duration = Duration::from_secs(30);

/// What a watcher is told.
pub struct Step {
    /// Grows with each change.
    pub sequence: i64,
    /// The import; none in a heartbeat.
    pub import: Option<Import>,
}

struct Watch {
    app: App,
    caller: Caller,
    name: name::Import,
    tenant: Tenant,
    bell: Receiver<()>,
    told: Option<i64>,
    spoke: Instant,
    checked: Instant,
    over: bool,
}

/// A snapshot at once, then each change until the import waits for a person or is final.
pub async fn watch(
    app: &App,
    caller: &Caller,
    name: name::Import,
) -> Result<impl Stream<Item = Result<Step, Refusal>> + Send + use<>, Refusal> {
    let tenant = app.require(caller, name.organization).await?;
    let now = Instant::now();
    let watch = Watch {
        app: app.clone(),
        caller: caller.clone(),
        // Before the first look: nothing that happens after it is missed.
        bell: app.db.woken(CHANGES),
        name,
        tenant,
        told: None,
        spoke: now,
        checked: now,
        over: false,
    };
    watch.look().await?;
    Ok(stream::try_unfold(watch, Watch::next))
}

impl Watch {
    async fn next(mut self) -> Result<Option<(Step, Self)>, Refusal> {
        if self.over {
            return Ok(None);
        }
        loop {
            self.bell.mark_unchanged();
            self.recheck().await?;
            let import = self.look().await?;
            if self.told != Some(import.sequence) {
                return Ok(Some(self.tell(import)));
            }
            if self.spoke.elapsed() >= HEARTBEAT {
                self.spoke = Instant::now();
                return Ok(Some((Step { sequence: import.sequence, import: None }, self)));
            }
            self.wait().await?;
        }
    }

    async fn look(&self) -> Result<Import, Refusal> {
        let mut tx = self.app.db.of(self.tenant).read().await?;
        let found = imports::find(&mut tx, self.tenant, self.name.import).await?;
        found.ok_or_else(|| not_found(&self.name))
    }

    fn tell(mut self, import: Import) -> (Step, Self) {
        self.told = Some(import.sequence);
        self.spoke = Instant::now();
        self.over = import.state.rests();
        (Step { sequence: import.sequence, import: Some(import) }, self)
    }

    /// Also of an import that never stands still.
    async fn recheck(&mut self) -> Result<(), Refusal> {
        if self.checked.elapsed() >= RECHECK {
            self.app.require(&self.caller, self.name.organization).await?;
            self.checked = Instant::now();
        }
        Ok(())
    }

    async fn wait(&mut self) -> Result<(), Refusal> {
        tokio::select! {
            () = self.app.draining.cancelled() => {
                Err(Refusal::new(Reason::Draining, "the process is stopping: watch again").retry_after(POLL))
            }
            _ = self.bell.changed() => Ok(()),
            () = tokio::time::sleep(POLL) => Ok(()),
        }
    }
}
