//! The browser keeps what a sign-in answers for its device, and shows it at the next one (S4; ASVS 6.3.1).

use std::sync::{Arc, Mutex};

use axum::Router;
use gateway::Upstreams;
use http::{HeaderValue, StatusCode, header};
use platform::peer;
use proto::identity::v1::access_service_server::{AccessService, AccessServiceServer};
use proto::identity::v1::session_service_server::{SessionService, SessionServiceServer};
use proto::identity::v1::{
    AuthenticateRequest, AuthenticateResponse, AuthorizeRequest, AuthorizeResponse, CheckAccessRequest,
    CheckAccessResponse, CreateSessionRequest, CreateSessionResponse, DeleteSessionRequest,
    GetCurrentSessionRequest, ListSessionsRequest, ListSessionsResponse, Session,
};
use tonic::service::Routes;
use tonic::{Request, Response, Status, async_trait};

use super::{Answer, door_of, form, send_to};

const FORM: &str = "email=ann%40acme.example&password=violet-tram-88";

/// An identity-svc that lets everybody in. It keeps the device tokens that it was shown.
#[derive(Clone, Default)]
struct Welcoming(Arc<Mutex<Vec<String>>>);

impl Welcoming {
    fn door(&self) -> Router {
        let sessions = SessionServiceServer::new(self.clone());
        let routes = Routes::new(sessions).add_service(AccessServiceServer::new(self.clone()));
        let absent = || peer::late().1;
        let identity = peer::local(routes);
        door_of(Upstreams { identity, license: absent(), import: absent(), notify: absent() }, true)
    }

    fn shown(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

fn absent<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("not in this test"))
}

fn cookies(answer: &Answer) -> Vec<&str> {
    answer.headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap()).collect()
}

#[async_trait]
impl SessionService for Welcoming {
    async fn create_session(
        &self,
        request: Request<CreateSessionRequest>,
    ) -> Result<Response<CreateSessionResponse>, Status> {
        let mut shown = self.0.lock().unwrap();
        shown.push(request.into_inner().device_token);
        Ok(Response::new(CreateSessionResponse {
            session: Some(Session::default()),
            session_token: format!("ses_{}", shown.len()),
            device_token: format!("device-{}", shown.len()),
        }))
    }

    async fn get_current_session(
        &self,
        _: Request<GetCurrentSessionRequest>,
    ) -> Result<Response<Session>, Status> {
        Ok(Response::new(Session::default()))
    }

    async fn list_sessions(
        &self,
        _: Request<ListSessionsRequest>,
    ) -> Result<Response<ListSessionsResponse>, Status> {
        absent()
    }

    async fn delete_session(&self, _: Request<DeleteSessionRequest>) -> Result<Response<()>, Status> {
        Ok(Response::new(()))
    }
}

#[async_trait]
impl AccessService for Welcoming {
    async fn check_access(
        &self,
        _: Request<CheckAccessRequest>,
    ) -> Result<Response<CheckAccessResponse>, Status> {
        absent()
    }

    async fn authenticate(
        &self,
        _: Request<AuthenticateRequest>,
    ) -> Result<Response<AuthenticateResponse>, Status> {
        let caller_token = "ann".to_owned();
        Ok(Response::new(AuthenticateResponse { caller_token, expire_time: None }))
    }

    async fn authorize(&self, _: Request<AuthorizeRequest>) -> Result<Response<AuthorizeResponse>, Status> {
        absent()
    }
}

#[tokio::test]
async fn s4_the_browser_keeps_its_device_token_and_shows_it_at_the_next_sign_in() {
    let identity = Welcoming::default();
    let first = send_to(identity.door(), form("/sign-in", FORM)).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.text);
    assert_eq!(
        cookies(&first),
        [
            "__Host-roster=ses_1; Path=/; Secure; HttpOnly; SameSite=Lax",
            "__Host-roster-device=device-1; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=15552000",
        ]
    );

    let mut again = form("/sign-in", FORM);
    let kept = HeaderValue::from_static("theme=dark; __Host-roster-device=device-1");
    again.headers_mut().insert(header::COOKIE, kept);
    let second = send_to(identity.door(), again).await;
    assert_eq!(identity.shown(), ["", "device-1"]);
    assert!(cookies(&second)[1].starts_with("__Host-roster-device=device-2;"), "{:?}", cookies(&second));
}

#[tokio::test]
async fn s4_signing_out_forgets_the_session_and_not_the_device() {
    let mut request = form("/sign-out", "");
    let kept = HeaderValue::from_static("__Host-roster=ses_1; __Host-roster-device=device-1");
    request.headers_mut().insert(header::COOKIE, kept);
    let answer = send_to(Welcoming::default().door(), request).await;
    assert_eq!(answer.header(header::LOCATION), "/sign-in?notice=signed-out");
    assert_eq!(cookies(&answer), ["__Host-roster=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"]);
}
