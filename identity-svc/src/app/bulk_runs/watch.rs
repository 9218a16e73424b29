//! Watching a run: a snapshot at once, then each change until it is final.

use std::time::Duration;

use futures::stream::{Stream, try_unfold};
use platform::caller::Caller;
use proto::name;
use proto::refusal::{Reason, Refusal};
use tokio::sync::watch::Receiver;
use tokio::time::{Instant, sleep_until};

use super::get::get;
use crate::app::App;
use crate::domain::bulk_run::BulkRun;
use crate::store::bulk_runs::TOPIC;

/// A sign of life when nothing changes.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Another replica may do the work: its changes ring no bell here.
const POLL: Duration = Duration::from_secs(1);

/// What a watcher is told.
#[derive(Clone, Debug)]
pub enum Told {
    /// The run as it is now.
    Changed(BulkRun),
    /// Nothing changed since this sequence.
    Heartbeat(i64),
}

struct Watch {
    app: App,
    caller: Caller,
    name: name::BulkRun,
    bell: Receiver<()>,
    seen: Option<i64>,
    ended: bool,
}

/// The changes of a run. Rights are checked at each look, so it ends with the watcher's rights.
pub fn watch(
    app: &App,
    caller: &Caller,
    name: &name::BulkRun,
) -> impl Stream<Item = Result<Told, Refusal>> + Send + use<> {
    let watch = Watch {
        app: app.clone(),
        caller: caller.clone(),
        name: name.clone(),
        bell: app.db.woken(TOPIC),
        seen: None,
        ended: false,
    };
    try_unfold(watch, |mut watch| async move {
        if watch.ended {
            return Ok(None);
        }
        let told = watch.next().await?;
        watch.ended = matches!(&told, Told::Changed(run) if run.is_final());
        Ok(Some((told, watch)))
    })
}

impl Watch {
    async fn next(&mut self) -> Result<Told, Refusal> {
        let silent_until = Instant::now() + HEARTBEAT;
        loop {
            self.bell.mark_unchanged();
            let run = get(&self.app, &self.caller, &self.name).await?;
            let sequence = run.sequence;
            if self.seen.replace(sequence) != Some(sequence) {
                return Ok(Told::Changed(run));
            }
            if Instant::now() >= silent_until {
                return Ok(Told::Heartbeat(sequence));
            }
            let poll = sleep_until((Instant::now() + POLL).min(silent_until));
            tokio::select! {
                () = self.app.draining.cancelled() => {
                    let text = "the process is stopping: watch again";
                    return Err(Refusal::new(Reason::Draining, text).retry_after(POLL));
                }
                _ = self.bell.changed() => {}
                () = poll => {}
            }
        }
    }
}
