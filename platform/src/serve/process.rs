//! What all services of one process share.

use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tower::ServiceBuilder;

use super::{Health, Spawner};
use crate::caller::{self, Signer, Verifier};
use crate::clock::Clock;
use crate::keys::Keys;
use crate::once;
use crate::telemetry::{self, CatchPanic, Metrics};

/// Handed to each service's `build`. Cheap to clone.
#[derive(Clone)]
pub struct Process {
    /// The time.
    pub clock: Clock,
    /// The keys folder.
    pub keys: Keys,
    /// Counters and histograms.
    pub metrics: Metrics,
    /// Who is ready.
    pub health: Health,
    /// Background work.
    pub spawner: Spawner,
    /// Cancelled when the doors close, before the background work stops: a stream without an end (a
    /// watch) ends with DRAINING, so that its reader comes back to another process.
    pub draining: CancellationToken,
}

impl Process {
    /// A process with nothing running; its keys are watched for changes. Called inside a runtime.
    ///
    /// # Errors
    /// When the metrics cannot be set up or the token algorithms do not work in this binary.
    pub fn new(clock: Clock, keys: Keys) -> anyhow::Result<Self> {
        let process = Self::with(Spawner::new(), clock, keys)?;
        let keys = process.keys.clone();
        process.spawner.task("keys.watch", keys.watch(process.spawner.stopping().clone()));
        Ok(process)
    }

    /// A process that answers calls and starts no worker: see [`Spawner::at_rest`].
    ///
    /// # Errors
    /// As [`Process::new`].
    pub fn for_a_command(clock: Clock, keys: Keys) -> anyhow::Result<Self> {
        Self::with(Spawner::at_rest(), clock, keys)
    }

    fn with(spawner: Spawner, clock: Clock, keys: Keys) -> anyhow::Result<Self> {
        caller::self_test(&clock)?;
        let (metrics, health, draining) = (Metrics::new()?, Health::default(), CancellationToken::new());
        let asked = health.clone();
        metrics.readiness(move || asked.is_ready());
        Ok(Self { clock, keys, metrics, health, spawner, draining })
    }

    /// Signs tokens in the name of `service`.
    #[must_use]
    pub fn signer(&self, service: &'static str) -> Signer {
        Signer::new(service, self.keys.clone(), self.clock.clone())
    }

    /// Checks the tokens of calls to `service`; the gateway needs it for `Caller::at_door`.
    #[must_use]
    pub fn verifier(&self, service: &'static str) -> Verifier {
        Verifier::new(service, self.keys.clone(), self.clock.clone())
    }

    /// The layers that both shapes need on a service's routes, outermost first: request id, span and
    /// figures; a panic becomes INTERNAL; who is calling; the number that metadata gives a write. The last
    /// line of every `build`.
    #[must_use]
    pub fn guard(&self, service: &'static str, routes: Routes) -> Routes {
        let layers = ServiceBuilder::new()
            .layer(telemetry::Layer::new(service, &self.metrics))
            .layer(CatchPanic)
            .layer(caller::Layer::new(self.verifier(service), proto::audience::is_internal))
            .layer(once::metadata::Layer);
        routes.into_axum_router().layer(layers).into()
    }
}
