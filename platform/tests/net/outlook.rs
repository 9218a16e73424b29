//! A process is ready by what it needs, and one look that fails is not yet a failure.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use axum::Router;
use futures::stream;
use platform::config;
use platform::keys::Keys;
use platform::node::{Node, Settings};
use platform::serve::{Health, Manners};
use platform::testing::{eventually, spawn, within};
use tonic::service::Routes;
use tonic::{Request, Response, Status, async_trait};
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_server;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use crate::replica::{Counter, Replica};

/// A callee that says so many times that it is not ready.
#[derive(Clone, Default)]
struct Neighbour {
    unready: Arc<AtomicUsize>,
    /// Who asks, and whether it was ready at each question.
    asks: Arc<OnceLock<Health>>,
    seen: Arc<Mutex<Vec<bool>>>,
}

#[async_trait]
impl health_server::Health for Neighbour {
    type WatchStream = stream::Empty<Result<HealthCheckResponse, Status>>;

    async fn check(&self, _: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        self.seen.lock().unwrap().extend(self.asks.get().map(Health::is_ready));
        let less = |left: usize| left.checked_sub(1);
        let status = match self.unready.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less) {
            Ok(_) => ServingStatus::NotServing,
            Err(_) => ServingStatus::Serving,
        };
        Ok(Response::new(HealthCheckResponse { status: status.into() }))
    }

    async fn watch(&self, _: Request<HealthCheckRequest>) -> Result<Response<Self::WatchStream>, Status> {
        Ok(Response::new(stream::empty()))
    }
}

/// The keys folder of one service among several.
fn keys_of(service: &str, folder: &Path) {
    std::fs::create_dir(folder.join("issuers")).unwrap();
    let public = Keys::open(folder).unwrap().public_pem().unwrap();
    std::fs::write(folder.join("issuers").join(format!("{service}.pem")), public).unwrap();
}

impl Neighbour {
    /// What whoever asks was at the next questions, after this one was told so many times to wait.
    async fn seen_after(&self, unready: usize) -> Vec<bool> {
        let before = self.seen.lock().unwrap().len();
        self.unready.store(unready, Ordering::SeqCst);
        let seen = async || self.seen.lock().unwrap()[before..].to_vec();
        eventually("the questions", seen, |seen| seen.len() >= unready + 3).await
    }
}

#[tokio::test]
async fn a_callee_that_blinks_takes_nobody_with_it() {
    let neighbour = Neighbour::default();
    let routes = Routes::new(health_server::HealthServer::new(neighbour.clone()));
    let callee = Replica::serving("127.0.0.1:0", None, routes, Counter::default());
    let folder = tempfile::tempdir().unwrap();
    keys_of("license", folder.path());
    let mut settings: Settings = config::defaults();
    settings.keys = folder.path().to_owned();
    settings.peers.peer_identity = callee.address.to_string();
    let node = Node::start("license", settings).await.unwrap().needs(&["identity"]);
    let (health, draining) = (node.process.health.clone(), node.process.draining.clone());
    let served = spawn(node.serve_door(Router::new(), Manners::grpc(), None));
    eventually("the start", async || health.is_ready(), |ready| *ready).await;
    neighbour.asks.set(health.clone()).unwrap();

    let blinked = neighbour.seen_after(2).await;
    assert!(blinked.iter().all(|ready| *ready), "{blinked:?}");
    let away = neighbour.seen_after(4).await;
    assert!(away.contains(&false), "{away:?}");
    eventually("the return", async || health.is_ready(), |ready| *ready).await;
    draining.cancel();
    within("the end", served).await.unwrap().unwrap();
}
