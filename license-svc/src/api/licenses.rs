//! roster.license.v1.LicenseService

use platform::caller::Caller;
use proto::license::v1::license_service_server::LicenseService;
use proto::license::v1::pool::State;
use proto::license::v1::{
    AssignSeatRequest, BatchGetUserSeatsRequest, BatchGetUserSeatsResponse, CheckEntitlementRequest,
    CheckEntitlementResponse, GetPoolRequest, InviteUsersRequest, InviteUsersResponse, ListPoolsRequest,
    ListPoolsResponse, ListSeatsRequest, ListSeatsResponse, Pool, ReleaseSeatRequest, Seat,
    batch_get_user_seats_response,
};
use proto::name::{self, ProductId};
use proto::page;
use proto::refusal::Refusal;
use tonic::{Request, Response, Status, async_trait};
use uuid::Uuid;

use super::{count, numbered, users};
use crate::app::entitlements::{self, Entitlement};
use crate::app::invite;
use crate::app::pools;
use crate::app::seats::{assign, batch_get, list, release};
use crate::app::{App, invite::Invitees};
use crate::domain::pool;

mod lines;

const MOST_USERS: usize = 1000;

/// For everybody who may.
pub struct Licenses(pub App);

#[async_trait]
impl LicenseService for Licenses {
    async fn list_pools(
        &self,
        request: Request<ListPoolsRequest>,
    ) -> Result<Response<ListPoolsResponse>, Status> {
        let caller = Caller::of(&request);
        let ListPoolsRequest { parent, page_size, page_token } = request.into_inner();
        let parent = name::Organization::parse(&parent, "parent")?;
        let size = page::size(page_size)?;
        let organization = parent.organization;
        let (found, next_page_token) =
            pools::list(&self.0, &caller, pools::List { parent, size, page_token }).await?;
        let pools = found.into_iter().map(|pool| self.pool(organization, pool)).collect();
        Ok(Response::new(ListPoolsResponse { pools, next_page_token }))
    }

    async fn get_pool(&self, request: Request<GetPoolRequest>) -> Result<Response<Pool>, Status> {
        let caller = Caller::of(&request);
        let name = name::Pool::parse(&request.into_inner().name, "name")?;
        let found = pools::get(&self.0, &caller, &name).await?;
        Ok(Response::new(self.pool(name.organization, found)))
    }

    async fn list_seats(
        &self,
        request: Request<ListSeatsRequest>,
    ) -> Result<Response<ListSeatsResponse>, Status> {
        let caller = Caller::of(&request);
        let ListSeatsRequest { parent, page_size, page_token, filter, order_by, skip } = request.into_inner();
        let parent = name::Pool::parse(&parent, "parent")?;
        let page_size = page::size(page_size)?;
        let list = list::List { parent, page_size, page_token, filter, order_by, skip };
        Ok(Response::new(list::list(&self.0, &caller, list).await?))
    }

    async fn batch_get_user_seats(
        &self,
        request: Request<BatchGetUserSeatsRequest>,
    ) -> Result<Response<BatchGetUserSeatsResponse>, Status> {
        let caller = Caller::of(&request);
        let request = request.into_inner();
        let parent = name::Organization::parse(&request.parent, "parent")?;
        let organization = parent.organization;
        let asked = users(&request.users, organization, "users", MOST_USERS)?;
        let found = batch_get::batch_get(&self.0, &caller, &parent, &asked).await?;
        let shown = |(user, products)| batch_get_user_seats_response::UserSeats {
            user: name::User { organization, user }.to_string(),
            products,
        };
        Ok(Response::new(BatchGetUserSeatsResponse { user_seats: found.into_iter().map(shown).collect() }))
    }

    async fn assign_seat(&self, request: Request<AssignSeatRequest>) -> Result<Response<Seat>, Status> {
        const RPC: &str = "roster.license.v1.LicenseService/AssignSeat";
        let caller = Caller::of(&request);
        let request = request.into_inner();
        let call = numbered(&caller, RPC, &request.request_id, &request)?;
        let name = name::Seat::parse(&request.name, "name")?;
        assign::assign(&self.0, &caller, name, call).await?.respond()
    }

    async fn release_seat(&self, request: Request<ReleaseSeatRequest>) -> Result<Response<Seat>, Status> {
        const RPC: &str = "roster.license.v1.LicenseService/ReleaseSeat";
        let caller = Caller::of(&request);
        let request = request.into_inner();
        let call = numbered(&caller, RPC, &request.request_id, &request)?;
        let name = name::Seat::parse(&request.name, "name")?;
        release::release(&self.0, &caller, name, call).await?.respond()
    }

    async fn invite_users(
        &self,
        request: Request<InviteUsersRequest>,
    ) -> Result<Response<InviteUsersResponse>, Status> {
        const RPC: &str = "roster.license.v1.LicenseService/InviteUsers";
        let caller = Caller::of(&request);
        let request = request.into_inner();
        let call = numbered(&caller, RPC, &request.request_id, &request)?;
        let parent = name::Organization::parse(&request.parent, "parent")?;
        let (product, lines) = lines::parse(&self.0, request)?;
        invite::invite(&self.0, &caller, Invitees { parent, product, lines }, call).await?.respond()
    }

    async fn check_entitlement(
        &self,
        request: Request<CheckEntitlementRequest>,
    ) -> Result<Response<CheckEntitlementResponse>, Status> {
        let caller = Caller::of(&request);
        let CheckEntitlementRequest { user, product } = request.into_inner();
        let user = name::User::parse(&user, "user")?;
        let product =
            ProductId::parse(&product).ok_or_else(|| Refusal::field("product", "is no product id"))?;
        let answer = entitlements::check(&self.0, &caller, &user, &product).await?;
        let reason = match answer {
            Entitlement::Yes => "",
            Entitlement::NoPool => "NO_POOL",
            Entitlement::UserDeactivated => "USER_DEACTIVATED",
            Entitlement::NoSeat => "NO_SEAT",
        };
        let entitled = answer == Entitlement::Yes;
        Ok(Response::new(CheckEntitlementResponse { entitled, reason: reason.to_owned() }))
    }
}

impl Licenses {
    fn pool(&self, organization: Uuid, pool: pool::Pool) -> Pool {
        let state = if pool.over_allocated { State::OverAllocated } else { State::Normal };
        Pool {
            product_display_name: self.0.catalog.display_name(&pool.product),
            purchased_count: count(pool.purchased),
            held_count: count(pool.held),
            reserved_count: count(pool.reserved),
            free_count: count(pool.free()),
            state: state.into(),
            name: name::Pool { organization, product: pool.product }.to_string(),
        }
    }
}
