//! GetPool of LicenseService, and SeatService.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};

use proto::license::v1::license_service_server::LicenseService;
use proto::license::v1::seat_service_server::SeatService;
use proto::license::v1::{
    AssignSeatRequest, AssignSeatsRequest, AssignSeatsResponse, BatchGetUserSeatsRequest,
    BatchGetUserSeatsResponse, CheckEntitlementRequest, CheckEntitlementResponse, GetPoolRequest,
    InviteUsersRequest, InviteUsersResponse, ListPoolsRequest, ListPoolsResponse, ListSeatsRequest,
    ListSeatsResponse, MatchSeatsRequest, MatchSeatsResponse, Pool, ReleaseReservationRequest,
    ReleaseReservationResponse, ReleaseSeatRequest, ReserveSeatsRequest, ReserveSeatsResponse, Seat,
};
use proto::refusal::{Reason, Refusal};
use tonic::{Request, Response, Status, async_trait};

use super::trap::Trap;

#[derive(Clone)]
pub struct Seats {
    pool: Arc<Mutex<Counts>>,
    pub trap: Trap,
}

/// The pool `meet` of the one organization.
#[derive(Default)]
pub struct Counts {
    pub purchased: i64,
    pub holders: BTreeSet<String>,
    pub reserved: HashMap<String, i64>,
    /// Users that were given a seat, in order: each is one invitation.
    pub given: Vec<String>,
    /// Users who are known to be switched off.
    pub suspended: BTreeSet<String>,
    answers: HashMap<String, AssignSeatsResponse>,
}

impl Seats {
    pub fn new(trap: Trap) -> Self {
        Self { pool: Arc::default(), trap }
    }

    pub fn pool(&self) -> MutexGuard<'_, Counts> {
        self.pool.lock().unwrap()
    }
}

impl Counts {
    pub fn free(&self) -> i64 {
        self.purchased - i64::try_from(self.holders.len()).unwrap() - self.reserved.values().sum::<i64>()
    }

    fn reserve(&mut self, owner: String, seats: i64) -> Result<(), Status> {
        let before = self.reserved.get(&owner).copied().unwrap_or_default();
        let free = self.free() + before;
        if seats > free {
            let refusal = Refusal::new(Reason::InsufficientSeats, "too few seats")
                .with("seatsRequired", seats.to_string())
                .with("seatsFree", free.to_string())
                .with("shortfall", (seats - free).to_string());
            return Err(refusal.into());
        }
        self.reserved.insert(owner, seats);
        Ok(())
    }

    fn assign(&mut self, request: AssignSeatsRequest) -> Result<AssignSeatsResponse, Status> {
        assert!(request.users.len() <= 2_500);
        if let Some(answer) = self.answers.get(&request.request_id) {
            return Ok(answer.clone());
        }
        let gets_one = |user: &String| !self.holders.contains(user) && !self.suspended.contains(user);
        let new: Vec<String> = request.users.into_iter().filter(gets_one).collect();
        let reserved = self.reserved.entry(request.owner).or_default();
        *reserved -= i64::try_from(new.len()).unwrap();
        assert!(*reserved >= 0, "more seats than were reserved");
        self.holders.extend(new.iter().cloned());
        self.given.extend(new.iter().cloned());
        let answer = AssignSeatsResponse { assigned: new };
        self.answers.insert(request.request_id, answer.clone());
        Ok(answer)
    }
}

fn absent<T>() -> Result<Response<T>, Status> {
    Err(Status::unimplemented("imports do not call this"))
}

#[async_trait]
impl LicenseService for Seats {
    async fn get_pool(&self, request: Request<GetPoolRequest>) -> Result<Response<Pool>, Status> {
        let name = request.into_inner().name;
        if !name.ends_with("/pools/meet") {
            return Err(Refusal::not_found(name).into());
        }
        Ok(Response::new(Pool { name, ..Pool::default() }))
    }
    async fn list_pools(&self, _: Request<ListPoolsRequest>) -> Result<Response<ListPoolsResponse>, Status> {
        absent()
    }
    async fn list_seats(&self, _: Request<ListSeatsRequest>) -> Result<Response<ListSeatsResponse>, Status> {
        absent()
    }
    async fn batch_get_user_seats(
        &self,
        _: Request<BatchGetUserSeatsRequest>,
    ) -> Result<Response<BatchGetUserSeatsResponse>, Status> {
        absent()
    }
    async fn assign_seat(&self, _: Request<AssignSeatRequest>) -> Result<Response<Seat>, Status> {
        absent()
    }
    async fn release_seat(&self, _: Request<ReleaseSeatRequest>) -> Result<Response<Seat>, Status> {
        absent()
    }
    async fn invite_users(
        &self,
        _: Request<InviteUsersRequest>,
    ) -> Result<Response<InviteUsersResponse>, Status> {
        absent()
    }
    async fn check_entitlement(
        &self,
        _: Request<CheckEntitlementRequest>,
    ) -> Result<Response<CheckEntitlementResponse>, Status> {
        absent()
    }
}

#[async_trait]
impl SeatService for Seats {
    async fn match_seats(
        &self,
        request: Request<MatchSeatsRequest>,
    ) -> Result<Response<MatchSeatsResponse>, Status> {
        let request = request.into_inner();
        let look = || {
            let pool = self.pool();
            let among = |known: &BTreeSet<String>| -> Vec<String> {
                request.users.iter().filter(|user| known.contains(*user)).cloned().collect()
            };
            let (holders, suspended) = (among(&pool.holders), among(&pool.suspended));
            let free_count = i32::try_from(pool.free()).unwrap();
            Ok(Response::new(MatchSeatsResponse { holders, free_count, suspended }))
        };
        self.trap.around(look).await
    }
    async fn reserve_seats(
        &self,
        request: Request<ReserveSeatsRequest>,
    ) -> Result<Response<ReserveSeatsResponse>, Status> {
        let request = request.into_inner();
        let reserve = || {
            self.pool().reserve(request.owner, request.seat_count.into())?;
            Ok(Response::new(ReserveSeatsResponse { seat_count: request.seat_count }))
        };
        self.trap.around(reserve).await
    }
    async fn release_reservation(
        &self,
        request: Request<ReleaseReservationRequest>,
    ) -> Result<Response<ReleaseReservationResponse>, Status> {
        let owner = request.into_inner().owner;
        let release = || {
            let left = self.pool().reserved.remove(&owner).unwrap_or_default();
            Ok(Response::new(ReleaseReservationResponse { released_count: i32::try_from(left).unwrap() }))
        };
        self.trap.around_our_own(release).await
    }
    async fn assign_seats(
        &self,
        request: Request<AssignSeatsRequest>,
    ) -> Result<Response<AssignSeatsResponse>, Status> {
        let request = request.into_inner();
        self.trap.around(|| self.pool().assign(request).map(Response::new)).await
    }
}
