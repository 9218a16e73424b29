//! roster.identity.v1.SessionService

use platform::caller::Caller;
use proto::identity::v1::session_service_server::SessionService;
use proto::identity::v1::{
    CreateSessionRequest, CreateSessionResponse, DeleteSessionRequest, GetCurrentSessionRequest,
    ListSessionsRequest, ListSessionsResponse, Session,
};
use proto::name;
use tonic::{Request, Response, Status};

use super::wire;
use crate::app::App;
use crate::app::sessions::{create, delete, read};

/// The service.
pub struct Sessions(pub App);

#[tonic::async_trait]
impl SessionService for Sessions {
    async fn create_session(
        &self,
        request: Request<CreateSessionRequest>,
    ) -> Result<Response<CreateSessionResponse>, Status> {
        let user_agent = request.metadata().get("user-agent").and_then(|value| value.to_str().ok());
        let user_agent = user_agent.unwrap_or_default().to_owned();
        let CreateSessionRequest { email, password, device_token } = request.into_inner();
        let begun = create::create(&self.0, &email, &password, &device_token, &user_agent).await?;
        Ok(Response::new(CreateSessionResponse {
            session: Some(wire::session(&begun.shown)),
            session_token: begun.token.expose().to_owned(),
            device_token: begun.device_token,
        }))
    }

    async fn get_current_session(
        &self,
        request: Request<GetCurrentSessionRequest>,
    ) -> Result<Response<Session>, Status> {
        let shown = read::current(&self.0, &Caller::of(&request)).await?;
        Ok(Response::new(wire::session(&shown)))
    }

    async fn list_sessions(
        &self,
        request: Request<ListSessionsRequest>,
    ) -> Result<Response<ListSessionsResponse>, Status> {
        let caller = Caller::of(&request);
        let request = request.into_inner();
        let parent = name::Account::parse(&request.parent, "parent")?;
        let page = read::list(&self.0, &caller, &parent, request.page_size, &request.page_token);
        let (sessions, next_page_token) = page.await?;
        let sessions = sessions.iter().map(wire::session).collect();
        Ok(Response::new(ListSessionsResponse { sessions, next_page_token }))
    }

    async fn delete_session(&self, request: Request<DeleteSessionRequest>) -> Result<Response<()>, Status> {
        let caller = Caller::of(&request);
        let name = name::Session::parse(&request.get_ref().name, "name")?;
        delete::delete(&self.0, &caller, &name).await?;
        Ok(Response::new(()))
    }
}
