//! roster.identity.v1.OrganizationService

use platform::caller::Caller;
use proto::identity::v1::organization_service_server::OrganizationService;
use proto::identity::v1::{
    CreateOrganizationRequest, GetOrganizationRequest, ListOrganizationsRequest, ListOrganizationsResponse,
    Organization,
};
use proto::name;
use proto::refusal::Refusal;
use tonic::{Request, Response, Status};

use super::call::call;
use super::input::Violations;
use super::wire;
use crate::app::App;
use crate::app::organizations::{create, get, list};
use crate::domain::organization::display_name;
use crate::domain::text::language;

/// The service.
pub struct Organizations(pub App);

#[tonic::async_trait]
impl OrganizationService for Organizations {
    async fn create_organization(
        &self,
        request: Request<CreateOrganizationRequest>,
    ) -> Result<Response<Organization>, Status> {
        const RPC: &str = "roster.identity.v1.OrganizationService/CreateOrganization";
        let caller = Caller::of(&request);
        let request = request.into_inner();
        let call = call(&caller, RPC, &request.request_id, &request)?;
        let new = new(request.organization.unwrap_or_default())?;
        create::create(&self.0, &caller, new, call, wire::organization).await?.respond()
    }

    async fn get_organization(
        &self,
        request: Request<GetOrganizationRequest>,
    ) -> Result<Response<Organization>, Status> {
        let caller = Caller::of(&request);
        let name = name::Organization::parse(&request.get_ref().name, "name")?;
        Ok(Response::new(wire::organization(&get::get(&self.0, &caller, &name).await?)))
    }

    async fn list_organizations(
        &self,
        request: Request<ListOrganizationsRequest>,
    ) -> Result<Response<ListOrganizationsResponse>, Status> {
        let caller = Caller::of(&request);
        let ListOrganizationsRequest { page_size, page_token, filter } = request.into_inner();
        let page = list::list(&self.0, &caller, &list::Request { page_size, page_token, filter }).await?;
        Ok(Response::new(ListOrganizationsResponse {
            organizations: page.organizations.iter().map(wire::organization).collect(),
            next_page_token: page.next_page_token,
            total_size: wire::count(page.total_size),
        }))
    }
}

fn new(organization: Organization) -> Result<create::New, Refusal> {
    let mut violations = Violations::default();
    let name = display_name("organization.display_name", &organization.display_name);
    let name = violations.take(name);
    let code = language("organization.default_language_code", &organization.default_language_code);
    let code = violations.take(code);
    violations.refuse()?;
    let parent = match organization.parent_organization.as_str() {
        "" => None,
        text => Some(name::Organization::parse(text, "organization.parent_organization")?.organization),
    };
    Ok(create::New {
        display_name: name.unwrap_or_default(),
        default_language_code: code.unwrap_or_default(),
        parent,
    })
}
