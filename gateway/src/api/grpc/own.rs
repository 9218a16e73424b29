//! What the gateway answers itself over gRPC: reflection (v1 and v1alpha) of all that is PUBLIC, and
//! grpc.health.v1. Anybody may ask, as for `/openapi.json` and `/readyz`.

use axum::Router;
use platform::serve::{Probe, Process};
use prost::Message;
use proto::audience;
use tonic::service::Routes;
use tonic_health::pb::FILE_DESCRIPTOR_SET as HEALTH;
use tonic_health::pb::health_server::HealthServer;
use tonic_reflection::server::Builder;

/// All of its services are named so.
const PREFIX: &str = "/grpc.";

/// Whether a path is answered by [`routes`].
pub(super) fn is_own(path: &str) -> bool {
    path.starts_with(PREFIX)
}

/// The routes.
///
/// # Errors
///
/// A contract that reflection cannot show.
pub(super) fn routes(process: &Process) -> anyhow::Result<Router> {
    let published = audience::published();
    let services = published.file.iter().flat_map(|file| {
        let package = file.package();
        file.service.iter().map(move |service| format!("{package}.{}", service.name()))
    });
    let probe = Probe::new(process, services);
    let contract = published.encode_to_vec();
    let shown = || {
        Builder::configure()
            .register_encoded_file_descriptor_set(&contract)
            .register_encoded_file_descriptor_set(HEALTH)
    };
    let routes = Routes::new(HealthServer::new(probe))
        .add_service(shown().build_v1()?)
        .add_service(shown().build_v1alpha()?);
    Ok(routes.into_axum_router())
}
