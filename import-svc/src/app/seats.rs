//! license-svc: the seats of one product.

use std::collections::HashSet;

use platform::peer::Peer;
use proto::license::v1::license_service_client::LicenseServiceClient;
use proto::license::v1::seat_service_client::SeatServiceClient;
use proto::license::v1::{
    AssignSeatsRequest, GetPoolRequest, MatchSeatsRequest, ReleaseReservationRequest, ReserveSeatsRequest,
};
use proto::name::{self, ProductId};
use proto::refusal::Refusal;
use uuid::Uuid;

use super::halt::Halt;
use crate::domain::import::Import;

/// One organization's pool of one product.
pub struct Seats {
    peer: Peer,
    pool: name::Pool,
}

/// Who of the users asked for needs no seat, and what is left of the pool.
#[derive(Debug, Default)]
pub struct Matches {
    /// Those who hold one.
    pub holders: HashSet<Uuid>,
    /// Those who are deactivated, and are given none.
    pub suspended: HashSet<Uuid>,
    /// Seats that are free.
    pub free: u32,
}

impl Seats {
    /// The pool behind a peer.
    pub fn new(peer: Peer, organization: Uuid, product: ProductId) -> Self {
        Self { peer, pool: name::Pool { organization, product } }
    }

    /// The pool that an import is about; none for a kind without licences.
    pub fn of(peer: Peer, import: &Import) -> Option<Self> {
        Some(Self::new(peer, import.organization, ProductId::parse(&import.product)?))
    }

    /// Whether the organization has the pool; refused as the caller is.
    pub async fn exist(&self) -> Result<(), Halt> {
        let request = GetPoolRequest { name: self.pool.to_string() };
        let answer = LicenseServiceClient::new(self.peer.clone()).get_pool(request).await;
        answer.map(drop).map_err(|status| halt(&status))
    }

    /// Which of these users hold a seat or are deactivated, and how many seats are free. At most 5,000.
    pub async fn find(&self, users: Vec<Uuid>) -> Result<Matches, Halt> {
        let request = MatchSeatsRequest { pool: self.pool.to_string(), users: self.names(&users) };
        let answer = self.client().match_seats(request).await.map_err(|status| halt(&status))?.into_inner();
        Ok(Matches {
            holders: self.ids(&answer.holders)?,
            suspended: self.ids(&answer.suspended)?,
            free: u32::try_from(answer.free_count).unwrap_or_default(),
        })
    }

    /// Sets exactly so many seats aside for the owner.
    pub async fn reserve(&self, owner: String, seats: u32) -> Result<(), Halt> {
        let seat_count = i32::try_from(seats).unwrap_or(i32::MAX);
        let request = ReserveSeatsRequest { pool: self.pool.to_string(), owner, seat_count };
        self.client().reserve_seats(request).await.map(drop).map_err(|status| halt(&status))
    }

    /// Frees what is left of the owner's reservation.
    pub async fn release(&self, owner: String) -> Result<(), Halt> {
        let request = ReleaseReservationRequest { pool: self.pool.to_string(), owner };
        self.client().release_reservation(request).await.map(drop).map_err(|status| halt(&status))
    }

    /// Seats for these users out of the owner's reservation; answers who newly holds one. At most 2,500.
    pub async fn assign(
        &self,
        owner: String,
        users: &[Uuid],
        request_id: String,
    ) -> Result<HashSet<Uuid>, Halt> {
        let request =
            AssignSeatsRequest { pool: self.pool.to_string(), owner, users: self.names(users), request_id };
        let answer = self.client().assign_seats(request).await.map_err(|status| halt(&status))?;
        self.ids(&answer.into_inner().assigned)
    }

    fn client(&self) -> SeatServiceClient<Peer> {
        SeatServiceClient::new(self.peer.clone())
    }

    fn names(&self, users: &[Uuid]) -> Vec<String> {
        let name = |user: &Uuid| name::User { organization: self.pool.organization, user: *user }.to_string();
        users.iter().map(name).collect()
    }

    fn ids(&self, names: &[String]) -> Result<HashSet<Uuid>, Halt> {
        let id = |text: &String| name::User::parse(text, "user").map(|name| name.user);
        names.iter().map(id).collect::<Result<_, _>>().map_err(|_| {
            tracing::error!("license answered something that is no user");
            Halt::Never(Refusal::internal())
        })
    }
}

fn halt(status: &tonic::Status) -> Halt {
    Halt::of("license", status)
}
