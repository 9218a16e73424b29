//! The operator's way in: a socket that only the folder's owner can open.
//!
//! Commands speak to a running server through it, and open the folder
//! themselves when none runs. Either way they use the same contract.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use http::{Request, Response};
use hyper_util::rt::TokioIo;
use platform::clock::Clock;
use platform::keys::Keys;
use platform::node::Site;
use platform::peer::Peer;
use platform::serve::Process;
use proto::audience;
use proto::refusal::{Reason, Refusal};
use tokio::net::{UnixListener, UnixStream};
use tonic::Status;
use tonic::transport::{Endpoint, Uri};
use tower::ServiceExt;

use crate::cli::{Place, Services};
use crate::folder::Folder;
use crate::house::{self, House};
use crate::storage::Storage;

/// Listens on the folder's socket; one that a dead process left is replaced.
pub fn listen(folder: &Folder) -> anyhow::Result<UnixListener> {
    let path = folder.socket();
    // The folder is locked: whoever made an old one is gone.
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path).with_context(|| format!("{} cannot be made", path.display()))?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

/// What the socket serves: INTERNAL methods in the operator's name, and the public door.
pub fn door(house: &House) -> Router {
    let state = Arc::new(Operator { peers: house.peers.clone(), public: house.door.clone() });
    Router::new().fallback(open).with_state(state)
}

struct Operator {
    peers: platform::peer::Peers,
    public: Router,
}

async fn open(State(operator): State<Arc<Operator>>, request: Request<Body>) -> Response<Body> {
    if !audience::is_internal(request.uri().path()) {
        return operator.public.clone().oneshot(request).await.unwrap_or_else(|never| match never {});
    }
    let request = request.map(tonic::body::Body::new);
    let answer = match service_of(request.uri().path()) {
        Some(service) => pass(&operator.peers, service, request).await,
        None => Err(Refusal::new(Reason::Unimplemented, "there is no such method").into()),
    };
    answer.map(|response| response.map(Body::new)).unwrap_or_else(|status| status.into_http())
}

async fn pass(
    peers: &platform::peer::Peers,
    service: &'static str,
    request: Request<tonic::body::Body>,
) -> Result<Response<tonic::body::Body>, Status> {
    peers.work(service, None)?.oneshot(request).await
}

fn service_of(path: &str) -> Option<&'static str> {
    match path.strip_prefix("/roster.")?.split('.').next()? {
        "identity" => Some("identity"),
        "license" => Some("license"),
        "notify" => Some("notify"),
        _ => None,
    }
}

/// A way to the services for one command.
pub struct Admin {
    peer: Peer,
    /// When no server runs: the house that was opened for this command.
    house: Option<House>,
    _lock: Option<crate::folder::Lock>,
}

impl Admin {
    /// Through the socket when a server runs, else by opening the folder.
    pub async fn reach(place: &Place, services: Services) -> anyhow::Result<Self> {
        let folder = Folder::open(&place.data)?;
        if UnixStream::connect(folder.socket()).await.is_ok() {
            return Ok(Self { peer: remote(folder.socket()), house: None, _lock: None });
        }
        let lock = folder.lock()?;
        let keys = Keys::open(&folder.keys()).context("the keys cannot be opened")?;
        let storage = Storage::open(place, &folder).await?;
        // Mails that a command asks for wait in the outbox for the server, which knows where links lead.
        let process = Process::for_a_command(Clock::system(), keys)?;
        let site = Site { public_origin: "http://127.0.0.1".to_owned(), development: true };
        let house = house::build(services, &site, process, storage)?;
        let router = door(&house);
        let local = tower::service_fn(move |request: Request<tonic::body::Body>| {
            let router = router.clone();
            async move {
                let answer =
                    router.oneshot(request.map(Body::new)).await.unwrap_or_else(|never| match never {});
                Ok::<_, Status>(answer.map(tonic::body::Body::new))
            }
        });
        Ok(Self { peer: Peer::new(local), house: Some(house), _lock: Some(lock) })
    }

    /// For generated clients.
    pub fn peer(&self) -> Peer {
        self.peer.clone()
    }

    /// Ends what was opened.
    pub async fn close(self) {
        let Some(house) = self.house else { return };
        house.process.spawner.stop(std::time::Duration::from_secs(5)).await;
        house.storage.close().await;
    }
}

fn remote(socket: PathBuf) -> Peer {
    // The URI is not used: the connector always takes the socket.
    let channel = Endpoint::from_static("http://admin.sock").connect_with_connector_lazy(tower::service_fn(
        move |_: Uri| {
            let socket = socket.clone();
            async move { UnixStream::connect(socket).await.map(TokioIo::new) }
        },
    ));
    Peer::new(channel.map_err(|error| Status::unavailable(error.to_string())))
}
