//! One leased import at a time: validated or carried out, with a heartbeat beside it.

use std::time::Duration;

use chrono::TimeDelta;
use platform::db;
use platform::lease::{Lease, Table};
use platform::serve::Job;
use platform::telemetry;
use proto::refusal::Refusal;
use uuid::Uuid;

use super::halt::Halt;
use super::{App, EVERYONE, apply, validate};
use crate::domain::import::{FileProblem, State};
use crate::store::imports::{self, TO_APPLY, TO_VALIDATE};

/// Three to a lease's term.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// The longest pause between two tries.
const LONGEST_PAUSE: TimeDelta = TimeDelta::seconds(30);

/// From this try on a file that the database does not take is rejected, some minutes after the first: it would be
/// read again for ever, before those of others. Of a plan that is being carried out something is written
/// already: that is tried until it succeeds.
const MOST_TRIES: i64 = 16;

/// What a worker does.
#[derive(Clone, Copy, Debug)]
pub enum Work {
    /// Reads files.
    Validate,
    /// Carries out plans.
    Apply,
}

impl Work {
    const fn name(self) -> &'static str {
        match self {
            Self::Validate => "import.validate",
            Self::Apply => "import.apply",
        }
    }

    const fn table(self) -> &'static Table {
        match self {
            Self::Validate => &TO_VALIDATE,
            Self::Apply => &TO_APPLY,
        }
    }
}

/// On SQLite one process at a time has the file open: whatever was leased when it starts is nobody's.
pub async fn adopt(app: &App) -> db::Result<()> {
    if app.db.is_postgres() {
        return Ok(());
    }
    let started = app.adopted.get_or_try_init(|| async {
        let mut tx = app.db.of(EVERYONE).write().await?;
        imports::sweep::end_leases(&mut tx).await?;
        tx.commit().await
    });
    started.await.copied()
}

/// Takes one import and works on it. False when there is none.
pub async fn one(app: &App, job: &Job, work: Work, owner: Uuid) -> db::Result<bool> {
    let mut tx = app.db.of(EVERYONE).write().await?;
    let leases = work.table().take(&mut tx, owner, 1, app.clock.now()).await?;
    let Some(lease) = leases.first() else { return Ok(false) };
    let trace = imports::trace(&mut tx, lease.key).await?;
    tx.commit().await?;
    let running = telemetry::continued(trace.as_deref(), work.name(), run(app, job, work, lease));
    let ended = tokio::select! {
        ended = running => ended,
        halt = beat(app, work, lease) => Err(halt),
        () = job.stopping().cancelled() => return give_back(app, work, lease, None).await.map(|()| false),
    };
    match ended {
        Ok(()) | Err(Halt::Lost) => {}
        Err(Halt::Later(dependency)) => {
            tracing::warn!(import.id = %lease.key, dependency, "an import waits");
            give_back(app, work, lease, Some(pause(lease.attempt))).await?;
        }
        Err(Halt::Failed) if matches!(work, Work::Validate) && lease.attempt >= MOST_TRIES => {
            stop(app, job, work, lease, &Refusal::internal()).await?;
        }
        Err(Halt::Failed) => give_back(app, work, lease, Some(pause(lease.attempt))).await?,
        Err(Halt::Never(refusal)) => stop(app, job, work, lease, &refusal).await?,
    }
    Ok(true)
}

async fn run(app: &App, job: &Job, work: Work, lease: &Lease) -> Result<(), Halt> {
    match work {
        Work::Validate => validate::validate(app, job, lease).await,
        Work::Apply => apply::apply(app, job, lease).await,
    }
}

/// Says again and again that the worker lives; answers only when it should not go on.
async fn beat(app: &App, work: Work, lease: &Lease) -> Halt {
    loop {
        tokio::time::sleep(HEARTBEAT).await;
        match kept(app, work, lease).await {
            Ok(true) => {}
            Ok(false) => return Halt::Lost,
            Err(error) => return error.into(),
        }
    }
}

async fn kept(app: &App, work: Work, lease: &Lease) -> db::Result<bool> {
    let mut tx = app.db.of(EVERYONE).write().await?;
    let kept = work.table().keep(&mut tx, lease, app.clock.now()).await?;
    tx.commit().await?;
    Ok(kept)
}

async fn give_back(app: &App, work: Work, lease: &Lease, pause: Option<TimeDelta>) -> db::Result<()> {
    let mut tx = app.db.of(EVERYONE).write().await?;
    let not_before = pause.map(|pause| app.clock.now() + pause);
    work.table().give_back(&mut tx, lease, not_before).await?;
    tx.commit().await
}

/// Another try would be refused again, for instance because the uploader may not import any more.
async fn stop(app: &App, job: &Job, work: Work, lease: &Lease, refusal: &Refusal) -> db::Result<()> {
    tracing::warn!(import.id = %lease.key, reason = refusal.reason.as_str(), "an import cannot go on");
    let code = refusal.reason.as_str().to_owned();
    let problem = FileProblem { code, message: refusal.message.clone(), line: 0 };
    let import = imports::leased(&mut app.db.of(EVERYONE).read().await?, lease.key).await?;
    let Some(import) = import else { return Ok(()) };
    let tenant = job.tenant(import.organization);
    let ended = match work {
        Work::Validate => validate::end(app, tenant, lease, problem).await,
        Work::Apply => apply::end(app, tenant, lease, State::Cancelled, Some(problem)).await,
    };
    match ended {
        Ok(()) | Err(Halt::Lost) => Ok(()),
        // Its seats are not free yet: that is tried until it succeeds.
        Err(Halt::Later(_) | Halt::Failed | Halt::Never(_)) => {
            give_back(app, work, lease, Some(pause(lease.attempt))).await
        }
    }
}

/// 0.2 s after the first try, twice as long after each further one.
fn pause(attempt: i64) -> TimeDelta {
    let doublings = u32::try_from(attempt.clamp(0, 10)).unwrap_or_default();
    TimeDelta::milliseconds(100 << doublings).min(LONGEST_PAUSE)
}
