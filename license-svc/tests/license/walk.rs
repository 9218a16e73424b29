//! Revoke, reassign, switch off and on: no step mints or leaks a seat (N3).

use std::collections::BTreeSet;

use platform::testing::{Engine, on_both};
use proto::license::v1::{CheckEntitlementRequest, ReleaseReservationRequest, ReserveSeatsRequest};
use uuid::Uuid;

use crate::world::{Customer, World, user};

const SEATS: i32 = 8;
const USERS: usize = 16;

/// What must be, kept beside the service.
#[derive(Default)]
struct Oracle {
    holders: BTreeSet<usize>,
    suspended: BTreeSet<usize>,
    reserved: i32,
}

/// xorshift64: the same walk every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit).unwrap()
    }
}

impl Oracle {
    fn free(&self) -> i32 {
        SEATS - self.reserved - i32::try_from(self.holders.len()).unwrap()
    }

    async fn step(&mut self, world: &World, customer: &Customer, users: &[Uuid], dice: &mut Dice) {
        let index = dice.below(USERS as u64);
        match dice.below(10) {
            0..4 => self.assign(world, customer, users, index).await,
            4..7 => {
                world.release(customer, users[index]).await.unwrap();
                self.holders.remove(&index);
            }
            7 => {
                world.switch(customer, users[index], false).await;
                self.suspended.insert(index);
            }
            8 => {
                world.switch(customer, users[index], true).await;
                self.suspended.remove(&index);
            }
            _ => self.reserve(world, customer, i32::try_from(dice.below(4)).unwrap()).await,
        }
    }

    async fn assign(&mut self, world: &World, customer: &Customer, users: &[Uuid], index: usize) {
        let answer = world.assign(customer, users[index]).await;
        let there = self.holders.contains(&index) || self.free() > 0;
        let expected = there && !self.suspended.contains(&index);
        assert_eq!(answer.is_ok(), expected, "{answer:?}");
        if expected {
            self.holders.insert(index);
        }
    }

    async fn reserve(&mut self, world: &World, customer: &Customer, seat_count: i32) {
        let organization = customer.organization;
        let pool = format!("organizations/{organization}/pools/meet");
        let owner = format!("organizations/{organization}/imports/{organization}");
        let mut seats = world.import(&customer.admin);
        if seat_count == 0 {
            let released = seats.release_reservation(ReleaseReservationRequest { pool, owner }).await;
            assert_eq!(released.unwrap().into_inner().released_count, self.reserved);
            self.reserved = 0;
            return;
        }
        let answer = seats.reserve_seats(ReserveSeatsRequest { pool, owner, seat_count }).await;
        assert_eq!(answer.is_ok(), seat_count <= self.free() + self.reserved);
        if answer.is_ok() {
            self.reserved = seat_count;
        }
    }

    async fn compare(&self, world: &World, customer: &Customer, users: &[Uuid]) {
        let pool = world.pool(customer).await;
        let held = i32::try_from(self.holders.len()).unwrap();
        assert_eq!(
            (pool.held_count, pool.reserved_count, pool.free_count),
            (held, self.reserved, self.free())
        );
        for (index, id) in users.iter().enumerate() {
            let request = CheckEntitlementRequest { user: user(customer, *id), product: "meet".into() };
            let answer = world.licenses(&customer.admin).check_entitlement(request).await.unwrap();
            let expected = self.holders.contains(&index) && !self.suspended.contains(&index);
            assert_eq!(answer.into_inner().entitled, expected);
        }
        assert_eq!(world.broken().await, []);
    }
}

on_both! {
    async fn n3_random_steps_keep_the_ledger_exact(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(SEATS).await;
        let users: Vec<Uuid> = (0..USERS).map(|_| world.pending_user(&customer)).collect();
        let (mut oracle, mut dice) = (Oracle::default(), Dice(0x5eed_5eed_5eed_5eed));
        for number in 0..1000 {
            oracle.step(&world, &customer, &users, &mut dice).await;
            if number % 50 == 49 {
                oracle.compare(&world, &customer, &users).await;
            }
        }
        oracle.compare(&world, &customer, &users).await;
        world.settled().await;
    }
}
