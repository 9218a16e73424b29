//! roster.identity.v1.SetupService

use platform::caller::Caller;
use proto::identity::v1::setup_service_server::SetupService;
use proto::identity::v1::{
    self, BootstrapRequest, BootstrapResponse, CompleteSetupRequest, CompleteSetupResponse,
    CreateClientRequest, CreateClientResponse, CreateSetupLinkRequest, CreateSetupLinkResponse,
    GetSetupRequest,
};
use proto::name;
use proto::refusal::Refusal;
use proto::time::to_wire;
use tonic::{Request, Response, Status};

use super::call::call;
use super::input::{self, Violations};
use super::wire;
use crate::app::App;
use crate::app::organizations::Shown;
use crate::app::setup::{bootstrap, complete, create_client, create_link, state};
use crate::domain::organization::display_name;
use crate::domain::password::Policy;
use crate::domain::user::User;

/// There is one (AIP-156).
const SETUP: &str = "setup";

/// The service.
pub struct Setup(pub App);

#[tonic::async_trait]
impl SetupService for Setup {
    async fn get_setup(&self, request: Request<GetSetupRequest>) -> Result<Response<v1::Setup>, Status> {
        let name = &request.get_ref().name;
        if !name.is_empty() && name != SETUP {
            return Err(Refusal::field("name", "must be `setup`").into());
        }
        let complete = state::is_complete(&self.0).await?;
        Ok(Response::new(v1::Setup { name: SETUP.to_owned(), complete }))
    }

    async fn complete_setup(
        &self,
        request: Request<CompleteSetupRequest>,
    ) -> Result<Response<CompleteSetupResponse>, Status> {
        const RPC: &str = "roster.identity.v1.SetupService/CompleteSetup";
        let caller = Caller::of(&request);
        let mut request = request.into_inner();
        let password = std::mem::take(&mut request.password);
        let call = call(&caller, RPC, &request.request_id, &request)?;
        let setup = setup(request, &password, self.0.policy())?;
        let show = |organization: &Shown, user: &User| CompleteSetupResponse {
            organization: Some(wire::organization(organization)),
            user: user.name().to_string(),
        };
        complete::complete(&self.0, setup, call, show).await?.respond()
    }

    async fn create_setup_link(
        &self,
        _: Request<CreateSetupLinkRequest>,
    ) -> Result<Response<CreateSetupLinkResponse>, Status> {
        let made = create_link::create(&self.0).await?;
        Ok(Response::new(match made {
            Some((token, expire_time)) => CreateSetupLinkResponse {
                token: token.expose().to_owned(),
                expire_time: Some(to_wire(expire_time)),
            },
            None => CreateSetupLinkResponse::default(),
        }))
    }

    async fn bootstrap(
        &self,
        request: Request<BootstrapRequest>,
    ) -> Result<Response<BootstrapResponse>, Status> {
        let BootstrapRequest { organization_display_name, owner_email, password, new_key } =
            request.into_inner();
        let mut violations = Violations::default();
        let field = "organization_display_name";
        let organization = violations.take(display_name(field, &organization_display_name));
        let email = violations.take(input::email("owner_email", &owner_email));
        let password = violations.password(self.0.policy(), &password, email.as_ref());
        violations.refuse()?;
        let (Some(organization_display_name), Some(owner_email), Some(password)) =
            (organization, email, password)
        else {
            return Err(Refusal::internal().into());
        };
        let wanted = bootstrap::Bootstrap { organization_display_name, owner_email, password, new_key };
        let done = bootstrap::bootstrap(&self.0, wanted).await?;
        Ok(Response::new(BootstrapResponse {
            organization: name::Organization { organization: done.owner.organization }.to_string(),
            user: done.owner.name().to_string(),
            api_key: done.api_key.map(|key| key.expose().to_owned()).unwrap_or_default(),
        }))
    }

    async fn create_client(
        &self,
        request: Request<CreateClientRequest>,
    ) -> Result<Response<CreateClientResponse>, Status> {
        let CreateClientRequest { display_name: name, permissions } = request.into_inner();
        let display_name = display_name("display_name", &name);
        let display_name = display_name.map_err(|violation| Refusal::fields(vec![violation]))?;
        let (name, key) = create_client::create(&self.0, display_name, permissions).await?;
        let api_key = key.expose().to_owned();
        Ok(Response::new(CreateClientResponse { name: name.to_string(), api_key }))
    }
}

fn setup(request: CompleteSetupRequest, password: &str, policy: Policy) -> Result<complete::Setup, Refusal> {
    let mut violations = Violations::default();
    let field = "organization_display_name";
    let organization = violations.take(display_name(field, &request.organization_display_name));
    let email = violations.take(input::email("email", &request.email));
    let person = violations.take_all(input::person(&request.given_name, &request.family_name));
    let password = violations.password(policy, password, email.as_ref());
    violations.refuse()?;
    let (Some(organization_display_name), Some(email), Some(name), Some(password)) =
        (organization, email, person, password)
    else {
        return Err(Refusal::internal());
    };
    Ok(complete::Setup { token: request.token, organization_display_name, email, name, password })
}
