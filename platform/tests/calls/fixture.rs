//! Two services in one process: `identity` answers what it saw, `license` calls it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use platform::caller::{Caller, Principal};
use platform::keys::Keys;
use platform::peer::{self, Limits, Peer, Peers};
use platform::serve::Process;
use platform::testing::TestClock;
use proto::identity::v1::access_service_server::{AccessService, AccessServiceServer};
use proto::identity::v1::{
    AuthenticateRequest, AuthenticateResponse, AuthorizeRequest, AuthorizeResponse, CheckAccessRequest,
    CheckAccessResponse,
};
use tonic::service::Routes;
use tonic::{Request, Response, Status};
use uuid::Uuid;

pub struct World {
    pub clock: TestClock,
    pub process: Process,
    pub asked: Arc<AtomicUsize>,
    pub identity: Peer,
}

/// Answers `allowed` for the organization that is all zeros, and tells what it saw.
pub struct Mirror(Arc<AtomicUsize>);

pub const OURS: Uuid = Uuid::nil();

impl World {
    pub fn new() -> Self {
        let clock = TestClock::new();
        let process = Process::new(clock.clock(), Keys::ephemeral().unwrap()).unwrap();
        let asked = Arc::new(AtomicUsize::new(0));
        let routes = Routes::new(AccessServiceServer::new(Mirror(asked.clone())));
        let identity = peer::local(process.guard("identity", routes));
        Self { clock, process, asked, identity }
    }

    /// The peers of `service`.
    pub fn peers(&self, service: &'static str) -> Peers {
        Peers::new(self.process.signer(service)).with("identity", self.identity.clone())
    }

    /// `identity` with another limit for unary calls.
    pub fn limited(&self, unary: Duration) -> Peer {
        let routes = Routes::new(AccessServiceServer::new(Mirror(self.asked.clone())));
        let limits = Limits { unary, ..Limits::default() };
        peer::local_with(self.process.guard("identity", routes), limits)
    }

    pub fn account(&self) -> Principal {
        Principal::Account { account: Uuid::now_v7(), user: None, session: Some(Uuid::now_v7()) }
    }

    /// A request as it arrives at `license` from the gateway, with its caller known.
    pub async fn arrived(&self, principal: &Principal) -> Caller {
        let (token, _) = self.process.signer("identity").caller_token(principal).unwrap();
        let service = self.process.signer("gateway").service_token("license", None).unwrap();
        let headers = [("roster-caller", token.as_str()), ("roster-service", service.to_str().unwrap())];
        self.caller_of("license", &headers).await.unwrap()
    }

    /// What the guard of `service` makes of these headers.
    pub async fn caller_of(&self, service: &'static str, headers: &[(&str, &str)]) -> Result<Caller, Status> {
        use tower::ServiceExt;
        let (send, receive) = std::sync::mpsc::channel();
        let handler = move |request: axum::extract::Request| async move {
            let request = Request::from_http(request);
            send.send(Caller::of(&request)).unwrap();
            Status::ok("").into_http::<axum::body::Body>()
        };
        let router = axum::Router::new().fallback(handler);
        let guarded = self.process.guard(service, router.into());
        let mut request = http::Request::post("/roster.license.v1.SeatService/Any");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = guarded.oneshot(request.body(tonic::body::Body::empty()).unwrap()).await.unwrap();
        receive.try_recv().map_err(|_| Status::from_header_map(response.headers()).unwrap())
    }

    pub fn times_asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// Counts a call whose work was dropped.
struct Dropped(Arc<AtomicUsize>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[tonic::async_trait]
impl AccessService for Mirror {
    /// What was seen, as metadata of the answer.
    async fn check_access(
        &self,
        request: Request<CheckAccessRequest>,
    ) -> Result<Response<CheckAccessResponse>, Status> {
        let caller = Caller::of(&request);
        let timeout = request.metadata().get("grpc-timeout").cloned();
        match request.get_ref().user.as_str() {
            "panic" => panic!("a handler's fault"),
            "sleep" => {
                let _seen = Dropped(self.0.clone());
                std::future::pending().await
            }
            _ => {}
        }
        let mut response = Response::new(CheckAccessResponse { allowed: true, ..Default::default() });
        let seen = response.metadata_mut();
        seen.insert("principal", caller.principal().to_string().parse().unwrap());
        seen.insert("service", caller.service().unwrap_or("none").parse().unwrap());
        seen.insert("request", caller.request_id().parse().unwrap());
        seen.insert("work", caller.is_work().to_string().parse().unwrap());
        if let Some(timeout) = timeout {
            seen.insert("timeout", timeout);
        }
        Ok(response)
    }

    async fn authenticate(
        &self,
        _: Request<AuthenticateRequest>,
    ) -> Result<Response<AuthenticateResponse>, Status> {
        Ok(Response::new(AuthenticateResponse::default()))
    }

    async fn authorize(
        &self,
        request: Request<AuthorizeRequest>,
    ) -> Result<Response<AuthorizeResponse>, Status> {
        self.0.fetch_add(1, Ordering::SeqCst);
        let organization = &request.get_ref().organization;
        let allowed = *organization == format!("organizations/{OURS}") || organization.is_empty();
        let visible = allowed || organization.ends_with('1');
        Ok(Response::new(AuthorizeResponse { allowed, visible }))
    }
}
