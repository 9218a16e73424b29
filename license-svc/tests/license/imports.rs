//! Seats in sets, as import-svc asks for them (Q8, N1).

use std::time::Duration;

use platform::testing::{Engine, on_both};
use proto::license::v1::{
    AssignSeatsRequest, MatchSeatsRequest, ReleaseReservationRequest, ReserveSeatsRequest,
};
use proto::refusal::{Reason, Refusal};
use tonic::Status;
use uuid::Uuid;

use crate::world::{Customer, World, reason, user};

struct Import<'a> {
    world: &'a World,
    customer: &'a Customer,
    pool: String,
    owner: String,
}

impl<'a> Import<'a> {
    fn of(world: &'a World, customer: &'a Customer) -> Self {
        let organization = customer.organization;
        let pool = format!("organizations/{organization}/pools/meet");
        let owner = format!("organizations/{organization}/imports/{}", Uuid::now_v7());
        Self { world, customer, pool, owner }
    }

    async fn reserve(&self, seat_count: i32) -> Result<(), Status> {
        let request = ReserveSeatsRequest { pool: self.pool.clone(), owner: self.owner.clone(), seat_count };
        self.world.import(&self.customer.admin).reserve_seats(request).await.map(drop)
    }

    async fn release(&self) -> i32 {
        let request = ReleaseReservationRequest { pool: self.pool.clone(), owner: self.owner.clone() };
        let answer = self.world.import(&self.customer.admin).release_reservation(request).await;
        answer.unwrap().into_inner().released_count
    }

    async fn assign(&self, users: &[Uuid], request_id: &str) -> Result<Vec<String>, Status> {
        let request = AssignSeatsRequest {
            pool: self.pool.clone(),
            owner: self.owner.clone(),
            users: users.iter().map(|id| user(self.customer, *id)).collect(),
            request_id: request_id.into(),
        };
        let answer = self.world.import(&self.customer.admin).assign_seats(request).await;
        answer.map(|answer| answer.into_inner().assigned)
    }

    async fn counts(&self) -> (i32, i32, i32) {
        let pool = self.world.pool(self.customer).await;
        (pool.held_count, pool.reserved_count, pool.free_count)
    }
}

on_both! {
    async fn q8_a_reservation_is_all_or_nothing_and_is_set_not_added(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(10).await;
        let (first, second) = (Import::of(&world, &customer), Import::of(&world, &customer));
        first.reserve(6).await.unwrap();
        first.reserve(6).await.unwrap();
        assert_eq!(first.counts().await, (0, 6, 4));
        let refused = second.reserve(5).await.unwrap_err();
        assert_eq!(Refusal::reason_of(&refused), Some(Reason::InsufficientSeats));
        let fact = |key| Refusal::metadata_of(&refused, key).unwrap();
        assert_eq!((fact("seatsRequired"), fact("seatsFree"), fact("shortfall")), ("5".into(), "4".into(), "1".into()));
        first.reserve(5).await.unwrap();
        second.reserve(5).await.unwrap();
        assert_eq!(second.counts().await, (0, 10, 0));
        assert_eq!(reason(world.assign(&customer, world.pending_user(&customer)).await), Reason::InsufficientSeats);
        assert_eq!((first.release().await, first.release().await), (5, 0));
        assert_eq!(first.counts().await, (0, 5, 5));
        second.release().await;
        world.settled().await;
    }

    async fn b15_seats_come_out_of_the_reservation_and_each_is_told_once(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(10).await;
        let users: Vec<Uuid> = (0..4).map(|_| world.pending_user(&customer)).collect();
        world.assign(&customer, users[0]).await.unwrap();
        let import = Import::of(&world, &customer);
        import.reserve(3).await.unwrap();
        let assigned = import.assign(&users, "chunk-1").await.unwrap();
        assert_eq!(assigned.len(), 3, "who held one keeps it");
        assert_eq!(import.assign(&users, "chunk-1").await.unwrap(), assigned);
        assert_eq!(import.assign(&users, "chunk-1-again").await.unwrap(), Vec::<String>::new());
        assert_eq!(import.counts().await, (4, 0, 6));
        assert_eq!(import.release().await, 0);
        world.settled().await;
        let mut invited: Vec<String> = world.identity.invitations().into_iter().map(|(user, _)| user).collect();
        invited.sort();
        let mut expected: Vec<String> = users.iter().map(|id| user(&customer, *id)).collect();
        expected.sort();
        assert_eq!(invited, expected);
    }

    async fn b15_a_reservation_that_is_too_small_is_filled_up_from_free_seats_or_refused(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(3).await;
        let users: Vec<Uuid> = (0..4).map(|_| world.pending_user(&customer)).collect();
        let import = Import::of(&world, &customer);
        import.reserve(1).await.unwrap();
        assert_eq!(reason(import.assign(&users, "1").await), Reason::InsufficientSeats);
        assert_eq!(import.counts().await, (0, 1, 2), "nothing half-way");
        assert_eq!(import.assign(&users[..3], "2").await.unwrap().len(), 3);
        assert_eq!(import.counts().await, (3, 0, 0));
        world.settled().await;
    }

    async fn n1_an_import_learns_who_holds_a_seat_and_how_many_are_free(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(3).await;
        let (ann, bob) = (world.pending_user(&customer), world.pending_user(&customer));
        world.assign(&customer, ann).await.unwrap();
        let import = Import::of(&world, &customer);
        let users = vec![user(&customer, bob), user(&customer, ann)];
        let request = MatchSeatsRequest { pool: import.pool.clone(), users };
        let found = world.import(&customer.admin).match_seats(request).await.unwrap().into_inner();
        assert_eq!((found.holders, found.free_count), (vec![user(&customer, ann)], 2));
        let stranger = world.customer(0).await;
        let request = MatchSeatsRequest { pool: import.pool.clone(), users: Vec::new() };
        assert_eq!(reason(world.import(&stranger.admin).match_seats(request).await), Reason::NotFound);
        let foreign = Import { owner: Import::of(&world, &stranger).owner, ..Import::of(&world, &customer) };
        assert_eq!(reason(foreign.reserve(1).await), Reason::FieldViolations);
    }

    async fn f14_a_thousand_users_in_one_call(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(1000).await;
        let users: Vec<Uuid> = (0..1000).map(|_| world.pending_user(&customer)).collect();
        let import = Import::of(&world, &customer);
        import.reserve(1000).await.unwrap();
        assert_eq!(import.assign(&users, "1").await.unwrap().len(), 1000);
        world.settled().await;
        assert_eq!(world.identity.invitations().len(), 1000);
    }

    async fn b8_whose_seats_came_with_one_taken_back_keep_their_invitations(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(10).await;
        world.process.spawner.stop(Duration::from_secs(5)).await;
        let import = Import::of(&world, &customer);
        let users = [(); 3].map(|()| world.pending_user(&customer));
        import.reserve(3).await.unwrap();
        assert_eq!(import.assign(&users, "r1").await.unwrap().len(), 3);
        world.release(&customer, users[1]).await.unwrap();
        assert_eq!(world.waiting_for_an_invitation().await, 2);
    }
}
