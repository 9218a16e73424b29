//! roster.license.v1.SeatService: seats in sets, for import-svc.

use platform::caller::Caller;
use proto::license::v1::seat_service_server::SeatService;
use proto::license::v1::{
    AssignSeatsRequest, AssignSeatsResponse, MatchSeatsRequest, MatchSeatsResponse,
    ReleaseReservationRequest, ReleaseReservationResponse, ReserveSeatsRequest, ReserveSeatsResponse,
};
use proto::name;
use proto::refusal::Refusal;
use tonic::{Request, Response, Status, async_trait};
use uuid::Uuid;

use super::{count, numbered, users};
use crate::app::seats::sets::{self, Assign, Matches};
use crate::app::{App, reservations};

const MOST_MATCHED: usize = 5000;
const MOST_ASSIGNED: usize = 2500;

/// Behind the service token only.
pub struct Seats(pub App);

#[async_trait]
impl SeatService for Seats {
    async fn match_seats(
        &self,
        request: Request<MatchSeatsRequest>,
    ) -> Result<Response<MatchSeatsResponse>, Status> {
        let caller = Caller::of(&request);
        let request = request.into_inner();
        let pool = name::Pool::parse(&request.pool, "pool")?;
        let organization = pool.organization;
        let asked = users(&request.users, organization, "users", MOST_MATCHED)?;
        let Matches { holders, suspended, free } = sets::matches(&self.0, &caller, &pool, &asked).await?;
        let name = |user: Uuid| name::User { organization, user }.to_string();
        Ok(Response::new(MatchSeatsResponse {
            holders: holders.into_iter().map(name).collect(),
            free_count: count(free),
            suspended: suspended.into_iter().map(name).collect(),
        }))
    }

    async fn reserve_seats(
        &self,
        request: Request<ReserveSeatsRequest>,
    ) -> Result<Response<ReserveSeatsResponse>, Status> {
        let caller = Caller::of(&request);
        let ReserveSeatsRequest { pool, owner, seat_count } = request.into_inner();
        let pool = name::Pool::parse(&pool, "pool")?;
        let owner = import(&owner, &pool)?;
        if seat_count < 0 {
            return Err(Refusal::field("seat_count", "must not be negative").into());
        }
        reservations::reserve(&self.0, &caller, &pool, &owner, i64::from(seat_count)).await?;
        Ok(Response::new(ReserveSeatsResponse { seat_count }))
    }

    async fn release_reservation(
        &self,
        request: Request<ReleaseReservationRequest>,
    ) -> Result<Response<ReleaseReservationResponse>, Status> {
        let caller = Caller::of(&request);
        let ReleaseReservationRequest { pool, owner } = request.into_inner();
        let pool = name::Pool::parse(&pool, "pool")?;
        let owner = import(&owner, &pool)?;
        let released = reservations::release(&self.0, &caller, &pool, &owner).await?;
        Ok(Response::new(ReleaseReservationResponse { released_count: count(released) }))
    }

    async fn assign_seats(
        &self,
        request: Request<AssignSeatsRequest>,
    ) -> Result<Response<AssignSeatsResponse>, Status> {
        const RPC: &str = "roster.license.v1.SeatService/AssignSeats";
        let caller = Caller::of(&request);
        let request = request.into_inner();
        let call = numbered(&caller, RPC, &request.request_id, &request)?;
        let pool = name::Pool::parse(&request.pool, "pool")?;
        let owner = import(&request.owner, &pool)?;
        let users = users(&request.users, pool.organization, "users", MOST_ASSIGNED)?;
        sets::assign(&self.0, &caller, Assign { pool, owner, users }, call).await?.respond()
    }
}

/// The owner of a reservation: an import of the same organization.
fn import(text: &str, pool: &name::Pool) -> Result<String, Refusal> {
    let name = name::Import::parse(text, "owner")?;
    if name.organization == pool.organization {
        return Ok(name.to_string());
    }
    Err(Refusal::field("owner", "is of another organization"))
}
