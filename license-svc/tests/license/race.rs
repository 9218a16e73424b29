//! Over-allocation is impossible on every path (N2).

use platform::testing::{Engine, on_both, within};
use proto::license::v1::invite_users_request::Line;
use proto::license::v1::{
    AssignSeatRequest, AssignSeatsRequest, InviteUsersRequest, ReleaseReservationRequest, ReserveSeatsRequest,
};
use proto::refusal::{Reason, Refusal};
use tonic::Status;
use uuid::Uuid;

use crate::world::{Customer, World, user};

/// Who is told to come again does: 500 may wait too long for the connections of a busy machine. No pause is needed
/// before it: a refused call has waited for seconds.
async fn patient<T>(ask: impl AsyncFn() -> Result<T, Status>) -> Result<T, Status> {
    let last = async {
        loop {
            let answer = ask().await;
            let reason = answer.as_ref().err().and_then(Refusal::reason_of);
            if reason != Some(Reason::DependencyUnavailable) {
                return answer;
            }
        }
    };
    within("an answer", last).await
}

/// How many seats the request got.
async fn request(world: &World, customer: &Customer, number: usize, users: &[Uuid]) -> Result<i32, Status> {
    let id = users[number % users.len()];
    match number % 3 {
        0 => patient(|| world.assign(customer, id)).await.map(|_| 1),
        1 => patient(|| invite(world, customer, number)).await,
        _ => import(world, customer, id).await,
    }
}

async fn invite(world: &World, customer: &Customer, number: usize) -> Result<i32, Status> {
    let email = format!("invited-{number}@example.com");
    let request = InviteUsersRequest {
        parent: format!("organizations/{}", customer.organization),
        product: "meet".into(),
        lines: vec![Line { email, license_enabled: true, ..Line::default() }],
        request_id: format!("invite-{number}"),
    };
    world.licenses(&customer.admin).invite_users(request).await.map(|_| 1)
}

async fn import(world: &World, customer: &Customer, id: Uuid) -> Result<i32, Status> {
    let organization = customer.organization;
    let pool = format!("organizations/{organization}/pools/meet");
    let owner = format!("organizations/{organization}/imports/{}", Uuid::now_v7());
    let seats = world.import(&customer.admin);
    let reserve = ReserveSeatsRequest { pool: pool.clone(), owner: owner.clone(), seat_count: 1 };
    let assign = AssignSeatsRequest {
        pool: pool.clone(),
        owner: owner.clone(),
        users: vec![user(customer, id)],
        request_id: owner.clone(),
    };
    let release = ReleaseReservationRequest { pool, owner };
    patient(async || seats.clone().reserve_seats(reserve.clone()).await).await?;
    let assigned = patient(async || seats.clone().assign_seats(assign.clone()).await).await;
    patient(async || seats.clone().release_reservation(release.clone()).await).await.unwrap();
    Ok(i32::try_from(assigned?.into_inner().assigned.len()).unwrap())
}

on_both! {
    async fn n2_500_parallel_mixed_requests_give_exactly_the_seats(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(10).await;
        let users: Vec<Uuid> = (0..500).map(|_| world.pending_user(&customer)).collect();
        let requests = (0..500).map(|number| request(&world, &customer, number, &users));
        let watch = async {
            loop {
                assert_eq!(world.glimpse().await.unwrap_or_default(), [], "at every instant");
                tokio::task::yield_now().await;
            }
        };
        let answers = tokio::select! {
            answers = futures::future::join_all(requests) => answers,
            () = watch => unreachable!("it watches for ever"),
        };
        let given: i32 = answers.iter().filter_map(|answer| answer.as_ref().ok()).sum();
        let refusals = answers.iter().filter_map(|answer| answer.as_ref().err());
        for status in refusals {
            assert_eq!(Refusal::reason_of(status), Some(Reason::InsufficientSeats), "{status:?}");
        }
        let pool = world.pool(&customer).await;
        assert_eq!((pool.held_count, pool.reserved_count, pool.free_count), (10, 0, 0));
        assert_eq!(given, 10);
        world.settled().await;
        assert_eq!(world.identity.invitations().len(), 10);
    }

    async fn n2_two_replicas_give_exactly_the_seats(engine: Engine) {
        let mut world = World::start(engine).await;
        let customer = world.customer(10).await;
        let users: Vec<Uuid> = (0..100).map(|_| world.pending_user(&customer)).collect();
        let name = |id: &Uuid| crate::world::seat(&customer, *id);
        let ask = |world: &World, id: &Uuid| {
            let request = AssignSeatRequest { name: name(id), request_id: String::new() };
            let mut licenses = world.licenses(&customer.admin);
            async move { licenses.assign_seat(request).await }
        };
        let first: Vec<_> = users[..50].iter().map(|id| ask(&world, id)).collect();
        world.on_a_second_replica().await;
        let second: Vec<_> = users[50..].iter().map(|id| ask(&world, id)).collect();
        let answers = futures::future::join_all(first.into_iter().chain(second)).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 10);
        assert_eq!(world.pool(&customer).await.held_count, 10);
        world.settled().await;
        assert_eq!(world.identity.invitations().len(), 10);
    }

    async fn n2_the_last_seat_has_one_winner(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(1).await;
        for _ in 0..20 {
            let users: Vec<Uuid> = (0..16).map(|_| world.pending_user(&customer)).collect();
            let answers = futures::future::join_all(users.iter().map(|id| world.assign(&customer, *id))).await;
            let winners: Vec<usize> = (0..16).filter(|index| answers[*index].is_ok()).collect();
            assert_eq!(winners.len(), 1);
            world.release(&customer, users[winners[0]]).await.unwrap();
        }
        world.settled().await;
    }
}
