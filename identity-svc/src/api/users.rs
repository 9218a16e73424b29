//! roster.identity.v1.UserService

mod create;
mod update;

use platform::caller::Caller;
use proto::identity::v1::send_activation_emails_request::Selection as WireSelection;
use proto::identity::v1::user_service_server::UserService;
use proto::identity::v1::{
    BatchGetUsersRequest, BatchGetUsersResponse, BulkRun, CreateUserRequest, GetUserRequest,
    ListUsersRequest, ListUsersResponse, SendActivationEmailsRequest, UpdateUserRequest, User,
};
use proto::name;
use proto::refusal::Refusal;
use tonic::{Request, Response, Status};

use super::call::call;
use super::{input, wire};
use crate::app::App;
use crate::app::users::list::{self, Parent};
use crate::app::users::send_activation_emails::{self, Selection};
use crate::app::users::{self, get};

/// The most users that a call may name.
const MOST_USERS: usize = 1000;

/// AIP-159: all that the caller can see.
const ALL: &str = "organizations/-";

/// The service.
pub struct Users(pub App);

#[tonic::async_trait]
impl UserService for Users {
    async fn create_user(&self, request: Request<CreateUserRequest>) -> Result<Response<User>, Status> {
        const RPC: &str = "roster.identity.v1.UserService/CreateUser";
        let caller = Caller::of(&request);
        let mut request = request.into_inner();
        let password = std::mem::take(&mut request.password);
        let call = call(&caller, RPC, &request.request_id, &request)?;
        let new = create::new(request, password, self.0.policy())?;
        users::create::create(&self.0, &caller, new, call, wire::user).await?.respond()
    }

    async fn get_user(&self, request: Request<GetUserRequest>) -> Result<Response<User>, Status> {
        let caller = Caller::of(&request);
        let name = name::User::parse(&request.get_ref().name, "name")?;
        let placed = get::get(&self.0, &caller, &name).await?;
        Ok(Response::new(wire::user(&placed, self.0.clock.now())))
    }

    async fn batch_get_users(
        &self,
        request: Request<BatchGetUsersRequest>,
    ) -> Result<Response<BatchGetUsersResponse>, Status> {
        let caller = Caller::of(&request);
        let request = request.into_inner();
        let parent = name::Organization::parse(&request.parent, "parent")?;
        let ids = input::users(parent.organization, "names", &request.names, MOST_USERS)?;
        let now = self.0.clock.now();
        let found = get::batch_get(&self.0, &caller, &parent, &ids).await?;
        let users = found.iter().map(|placed| wire::user(placed, now)).collect();
        Ok(Response::new(BatchGetUsersResponse { users }))
    }

    async fn list_users(
        &self,
        request: Request<ListUsersRequest>,
    ) -> Result<Response<ListUsersResponse>, Status> {
        let caller = Caller::of(&request);
        let request = request.into_inner();
        let parent = match request.parent.as_str() {
            ALL => Parent::All,
            text => Parent::Organization(name::Organization::parse(text, "parent")?.organization),
        };
        let wanted = list::Request {
            parent,
            parent_text: request.parent,
            page_size: request.page_size,
            page_token: request.page_token,
            filter: request.filter,
            order_by: request.order_by,
            skip: request.skip,
        };
        let now = self.0.clock.now();
        let page = list::list(&self.0, &caller, &wanted).await?;
        Ok(Response::new(ListUsersResponse {
            users: page.users.iter().map(|placed| wire::user(placed, now)).collect(),
            next_page_token: page.next_page_token,
            total_size: wire::count(page.total_size),
        }))
    }

    async fn update_user(&self, request: Request<UpdateUserRequest>) -> Result<Response<User>, Status> {
        const RPC: &str = "roster.identity.v1.UserService/UpdateUser";
        let caller = Caller::of(&request);
        let mut request = request.into_inner();
        let password = std::mem::take(&mut request.password);
        let call = call(&caller, RPC, &request.request_id, &request)?;
        let edit = update::edit(request, password)?;
        users::update::update(&self.0, &caller, edit, call, wire::user).await?.respond()
    }

    async fn send_activation_emails(
        &self,
        request: Request<SendActivationEmailsRequest>,
    ) -> Result<Response<BulkRun>, Status> {
        const RPC: &str = "roster.identity.v1.UserService/SendActivationEmails";
        let caller = Caller::of(&request);
        let request = request.into_inner();
        let organization = name::Organization::parse(&request.parent, "parent")?.organization;
        let call = call(&caller, RPC, &request.request_id, &request)?;
        let selection = match request.selection {
            Some(WireSelection::Users(users)) => {
                Selection::Users(input::users(organization, "users.names", &users.names, MOST_USERS)?)
            }
            Some(WireSelection::Filter(filter)) => Selection::Filter(filter),
            None => return Err(Refusal::field("selection", "is required: users or filter").into()),
        };
        let as_of = input::time("as_of_time", request.as_of_time.as_ref())?;
        let validate_only = request.validate_only;
        let wanted = send_activation_emails::Request { organization, selection, validate_only, as_of };
        send_activation_emails::send(&self.0, &caller, wanted, call, wire::bulk_run).await?.respond()
    }
}
