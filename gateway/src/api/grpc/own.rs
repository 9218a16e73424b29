//! What the gateway answers itself over gRPC: reflection (v1 and v1alpha) of all that is PUBLIC, and
//! grpc.health.v1. Anybody may ask, as for `/openapi.json` and `/readyz`; nobody may for longer than
//! [`LIMITS`] say.

use std::time::Duration;

use ::http::{Request, Response};
use axum::body::Body;
use futures::StreamExt;
use http_body_util::{BodyStream, StreamBody};
use platform::peer::{self, Limits, Peer};
use platform::serve::{Probe, Process};
use prost::Message;
use proto::audience;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic::service::Routes;
use tonic_health::pb::FILE_DESCRIPTOR_SET as HEALTH;
use tonic_health::pb::health_server::HealthServer;
use tonic_reflection::server::Builder;
use tower::ServiceExt;

/// All of its services are named so.
const PREFIX: &str = "/grpc.";
const REFLECTION: &str = "/grpc.reflection.";

/// Whoever asks is not known, so a watch is shorter than one of a partner.
const LIMITS: Limits = Limits {
    unary: Duration::from_secs(10),
    streaming: Duration::from_secs(300),
    streams: |path| !path.ends_with("/Check"),
};

/// Reflection and health.
pub(super) struct Own {
    services: Peer,
    draining: CancellationToken,
}

/// Whether a path is answered by [`Own`].
pub(super) fn is_own(path: &str) -> bool {
    path.starts_with(PREFIX)
}

impl Own {
    /// For this process.
    ///
    /// # Errors
    ///
    /// A contract that reflection cannot show.
    pub(super) fn new(process: &Process) -> anyhow::Result<Self> {
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
        Ok(Self { services: peer::local_with(routes, LIMITS), draining: process.draining.clone() })
    }

    /// One call.
    pub(super) async fn answer(&self, request: Request<Body>) -> Response<Body> {
        let reflection = request.uri().path().starts_with(REFLECTION);
        let request = request.map(|body| if reflection { self.ending(body) } else { body });
        let answer = self.services.clone().oneshot(request.map(tonic::body::Body::new)).await;
        answer.unwrap_or_else(Status::into_http).map(Body::new)
    }

    /// Reflection ends with its questions. A client may keep the way open that it asks them on, so they end
    /// here at the latest: at the limit, and when the process drains. (A watch of health ends by itself.)
    fn ending(&self, questions: Body) -> Body {
        let draining = self.draining.clone();
        let over = async move { tokio::time::timeout(LIMITS.streaming, draining.cancelled()).await };
        Body::new(StreamBody::new(BodyStream::new(questions).take_until(Box::pin(over))))
    }
}
