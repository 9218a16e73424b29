//! roster.identity.v1.AccessService

use platform::caller::Caller;
use platform::tenant::Authorizer as _;
use proto::identity::v1::access_service_server::AccessService;
use proto::identity::v1::authenticate_request as authenticate_wire;
use proto::identity::v1::check_access_request as wire;
use proto::identity::v1::{
    AuthenticateRequest, AuthenticateResponse, AuthorizeRequest, AuthorizeResponse, CheckAccessRequest,
    CheckAccessResponse, Permission,
};
use proto::name;
use proto::refusal::Refusal;
use proto::time::to_wire;
use tonic::{Request, Response, Status};

use crate::app::sessions::authenticate::{self, Credential};
use crate::app::{App, access};
use crate::domain::access::{Action, Application};

/// The service.
pub struct Access(pub App);

#[tonic::async_trait]
impl AccessService for Access {
    async fn check_access(
        &self,
        request: Request<CheckAccessRequest>,
    ) -> Result<Response<CheckAccessResponse>, Status> {
        let caller = Caller::of(&request);
        let request = request.into_inner();
        let user = name::User::parse(&request.user, "user")?;
        let (application, action) = (application(request.application())?, action(request.action())?);
        let answer = access::check(&self.0, &caller, &user, application, action).await?;
        let reason = answer.err().map_or("", |denial| denial.as_str()).to_owned();
        Ok(Response::new(CheckAccessResponse { allowed: answer.is_ok(), reason }))
    }

    async fn authenticate(
        &self,
        request: Request<AuthenticateRequest>,
    ) -> Result<Response<AuthenticateResponse>, Status> {
        let credential = request.into_inner().credential.map(|credential| match credential {
            authenticate_wire::Credential::SessionToken(text) => Credential::SessionToken(text),
            authenticate_wire::Credential::Bearer(text) => Credential::Bearer(text),
        });
        let signed = authenticate::authenticate(&self.0, credential).await?;
        let expire_time = Some(to_wire(signed.expire_time));
        Ok(Response::new(AuthenticateResponse { caller_token: signed.token, expire_time }))
    }

    async fn authorize(
        &self,
        request: Request<AuthorizeRequest>,
    ) -> Result<Response<AuthorizeResponse>, Status> {
        let caller = Caller::of(&request);
        let request = request.into_inner();
        let permission = request.permission();
        if permission == Permission::Unspecified {
            return Err(Refusal::field("permission", "is required").into());
        }
        let organization = match request.organization.as_str() {
            "" => None,
            text => Some(name::Organization::parse(text, "organization")?.organization),
        };
        let answer = self.0.authorizer.authorize(&caller, permission, organization).await?;
        Ok(Response::new(AuthorizeResponse { allowed: answer.allowed, visible: answer.visible }))
    }
}

fn application(wire: wire::Application) -> Result<Application, Refusal> {
    match wire {
        wire::Application::Support => Ok(Application::Support),
        wire::Application::Portal => Ok(Application::Portal),
        wire::Application::Store => Ok(Application::Store),
        wire::Application::Unspecified => Err(Refusal::field("application", "is required")),
    }
}

fn action(wire: wire::Action) -> Result<Action, Refusal> {
    match wire {
        wire::Action::SignIn => Ok(Action::SignIn),
        wire::Action::View => Ok(Action::View),
        wire::Action::Edit => Ok(Action::Edit),
        wire::Action::Purchase => Ok(Action::Purchase),
        wire::Action::Unspecified => Err(Refusal::field("action", "is required")),
    }
}
