//! grpc.health.v1: readiness for whoever speaks gRPC, such as a load balancer.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::stream::{self, BoxStream};
use futures::{Stream, StreamExt};
use proto::refusal::{Reason, Refusal};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, async_trait};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_server;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use super::{Health, Process};

/// Answers for this process: not serving while a component is not ready, and once the doors close.
#[derive(Clone)]
pub struct Probe {
    health: Health,
    draining: CancellationToken,
    services: Arc<BTreeSet<String>>,
}

impl Probe {
    /// For a process that serves these services (full names); the empty name stands for all.
    pub fn new(process: &Process, services: impl IntoIterator<Item = String>) -> Self {
        let services = services.into_iter().chain([String::new()]).collect();
        Self {
            health: process.health.clone(),
            draining: process.draining.clone(),
            services: Arc::new(services),
        }
    }

    fn status(&self, service: &str) -> ServingStatus {
        if !self.services.contains(service) {
            return ServingStatus::ServiceUnknown;
        }
        match self.health.is_ready() && !self.draining.is_cancelled() {
            true => ServingStatus::Serving,
            false => ServingStatus::NotServing,
        }
    }

    /// The status now and at each change, until the doors close.
    fn statuses(self, service: String) -> impl Stream<Item = ServingStatus> {
        let changes = self.health.changes();
        stream::unfold((self, service, changes, None), async |(probe, service, mut changes, last)| {
            loop {
                let now = probe.status(&service);
                if last != Some(now) {
                    return Some((now, (probe, service, changes, Some(now))));
                }
                if probe.draining.is_cancelled() {
                    return None;
                }
                tokio::select! {
                    changed = changes.changed() => changed.ok()?,
                    () = probe.draining.cancelled() => {}
                }
            }
        })
    }
}

#[async_trait]
impl health_server::Health for Probe {
    type WatchStream = BoxStream<'static, Result<HealthCheckResponse, Status>>;

    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        match self.status(&request.get_ref().service) {
            ServingStatus::ServiceUnknown => {
                Err(Refusal::new(Reason::NotFound, "there is no such service").into())
            }
            status => Ok(Response::new(answer(status))),
        }
    }

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let statuses = self.clone().statuses(request.into_inner().service);
        Ok(Response::new(statuses.map(|status| Ok(answer(status))).boxed()))
    }
}

fn answer(status: ServingStatus) -> HealthCheckResponse {
    HealthCheckResponse { status: status.into() }
}
