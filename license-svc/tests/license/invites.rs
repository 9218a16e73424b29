//! "+add more": people with the licence on or off (B2 to B7, B9, Q34).

use chrono::TimeDelta;
use platform::testing::{Engine, eventually, on_both};
use proto::identity::v1::user::State;
use proto::license::v1::invite_users_request::Line;
use proto::license::v1::invite_users_response::Outcome;
use proto::license::v1::{InviteUsersRequest, InviteUsersResponse};
use proto::refusal::{Reason, Refusal};
use tonic::{Code, Status};

use crate::world::{Customer, Fault, World, reason};

fn line(email: &str, license_enabled: bool) -> Line {
    Line { email: email.into(), given_name: "Ann".into(), license_enabled, ..Line::default() }
}

fn request(customer: &Customer, lines: &[Line], request_id: &str) -> InviteUsersRequest {
    InviteUsersRequest {
        parent: format!("organizations/{}", customer.organization),
        product: "meet".into(),
        lines: lines.to_vec(),
        request_id: request_id.into(),
    }
}

fn outcomes(answer: &InviteUsersResponse) -> Vec<Outcome> {
    answer.results.iter().map(|result| result.outcome()).collect()
}

impl World {
    async fn invite(&self, customer: &Customer, lines: &[Line]) -> Result<InviteUsersResponse, Status> {
        self.invite_as(customer, lines, "").await
    }

    async fn invite_as(
        &self,
        customer: &Customer,
        lines: &[Line],
        request_id: &str,
    ) -> Result<InviteUsersResponse, Status> {
        let request = request(customer, lines, request_id);
        self.licenses(&customer.admin).invite_users(request).await.map(|answer| answer.into_inner())
    }
}

on_both! {
    async fn b5_toggle_on_adds_the_user_takes_one_seat_and_invites(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(10).await;
        let answer = world.invite(&customer, &[line(" Ann@Example.com ", true)]).await.unwrap();
        assert_eq!(outcomes(&answer), [Outcome::Invited]);
        assert_eq!(answer.results[0].email, "ann@example.com");
        let pool = world.pool(&customer).await;
        assert_eq!((pool.held_count, pool.reserved_count, pool.free_count), (1, 0, 9));
        world.settled().await;
        assert_eq!(world.identity.invitations(), [(answer.results[0].user.clone(), "Meet".to_owned())]);
        let users = world.identity.users(customer.organization);
        assert_eq!((users[0].given_name.as_str(), users[0].state()), ("Ann", State::Pending));
    }

    async fn b6_toggle_off_adds_the_user_and_sends_nothing(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(0).await;
        let mut without_product = request(&customer, &[line("ann@example.com", false)], "");
        without_product.product = String::new();
        let answer = world.licenses(&customer.admin).invite_users(without_product).await.unwrap().into_inner();
        assert_eq!(outcomes(&answer), [Outcome::Added]);
        world.settled().await;
        assert_eq!(world.identity.users(customer.organization).len(), 1);
        assert!(world.identity.invitations().is_empty() && world.mails().is_empty());
    }

    async fn b3_all_lines_go_together_and_each_has_its_result(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(10).await;
        let member = world.identity.user(customer.organization, "member@example.com", State::Active);
        world.identity.user(customer.organization, "pending@example.com", State::Pending);
        world.identity.user(customer.organization, "off@example.com", State::Deactivated);
        let lines = [
            line("new@example.com", true),
            line("listed@example.com", false),
            line("member@example.com", true),
            line("pending@example.com", false),
            line("NEW@example.com", false),
            line("off@example.com", true),
        ];
        let answer = world.invite(&customer, &lines).await.unwrap();
        let expected = [
            Outcome::Invited,
            Outcome::Added,
            Outcome::LicenseEnabled,
            Outcome::PendingSince,
            Outcome::Invited,
            Outcome::AlreadyMember,
        ];
        assert_eq!(outcomes(&answer), expected);
        assert_eq!(answer.results[3].pending_since_time.unwrap().seconds, 1_768_000_000);
        assert_eq!(answer.results[0].user, answer.results[4].user, "one address is one person");
        assert_eq!(answer.results[2].user, crate::world::user(&customer, member));
        assert_eq!(world.pool(&customer).await.held_count, 2);
        world.settled().await;
        assert_eq!(world.identity.invitations().len(), 1);
        assert_eq!(world.mails().iter().filter(|mail| mail.template == "license_enabled").count(), 1);
    }

    async fn b7_an_invitation_is_one_seat_and_q34_inviting_again_is_none(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(10).await;
        let lines = [line("ann@example.com", true), line("bob@example.com", true)];
        world.invite(&customer, &lines).await.unwrap();
        world.settled().await;
        let again = world.invite(&customer, &lines).await.unwrap();
        assert_eq!(outcomes(&again), [Outcome::PendingSince, Outcome::PendingSince]);
        world.settled().await;
        assert_eq!(world.pool(&customer).await.held_count, 2);
        assert_eq!(world.identity.invitations().len(), 2);
    }

    async fn b9_too_few_seats_refuse_the_whole_call_and_write_nothing(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(1).await;
        let lines = [line("a@example.com", true), line("b@example.com", true), line("c@example.com", false)];
        let refused = world.invite_as(&customer, &lines, "r1").await.unwrap_err();
        assert_eq!(Refusal::reason_of(&refused), Some(Reason::InsufficientSeats));
        assert_eq!(Refusal::metadata_of(&refused, "seatsRequired").unwrap(), "2");
        assert_eq!(Refusal::metadata_of(&refused, "shortfall").unwrap(), "1");
        assert_eq!(reason(world.invite_as(&customer, &lines, "r1").await), Reason::InsufficientSeats);
        assert!(world.identity.users(customer.organization).is_empty());
        assert_eq!(world.pool(&customer).await.free_count, 1);
        world.settled().await;
    }

    async fn b3_a_malformed_line_refuses_the_whole_call_and_is_named(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(10).await;
        let mut lines = vec![line("a@example.com", true); 3];
        lines.push(line("not an address", true));
        let mut bad = request(&customer, &lines, "");
        bad.product = "fax".into();
        let refused = world.licenses(&customer.admin).invite_users(bad).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        let fields = |status: &Status| -> Vec<String> {
            Refusal::violations_of(status).into_iter().map(|violation| violation.field).collect()
        };
        assert_eq!(fields(&refused), ["product", "lines[3].email"]);
        let many = world.invite(&customer, &vec![line("a@example.com", true); 201]).await.unwrap_err();
        assert_eq!(fields(&many), ["lines"]);

        // What only identity-svc knows to be bad is named by our line too, and frees the seats.
        world.identity.user(customer.organization, "a@example.com", State::Active);
        let lines = [line("a@example.com", true), line("b@example.com", true), line("c@refused.example", true)];
        let refused = world.invite(&customer, &lines).await.unwrap_err();
        assert_eq!(fields(&refused), ["lines[2].email"]);
        assert_eq!(world.pool(&customer).await.free_count, 10);
        world.settled().await;
    }

    async fn b5_a_member_may_not_invite(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(10).await;
        let member = world.account("member@example.com");
        world.identity.member(customer.organization, &member);
        let request = request(&customer, &[line("a@example.com", false)], "");
        assert_eq!(reason(world.licenses(&member).invite_users(request).await), Reason::PermissionDenied);
    }

    async fn b5_a_repeat_after_a_lost_answer_finishes_the_same_call(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(10).await;
        let lines = [line("ann@example.com", true), line("bob@example.com", false)];
        world.identity.fail("UpsertUsers", 1, Fault::After);
        let lost = world.invite_as(&customer, &lines, "r1").await;
        assert_eq!(reason(lost), Reason::DependencyUnavailable);
        assert_eq!(world.pool(&customer).await.reserved_count, 1, "kept for the repeat");
        let again = world.invite_as(&customer, &lines, "r1").await.unwrap();
        assert_eq!(outcomes(&again), [Outcome::Invited, Outcome::Added]);
        assert_eq!(world.invite_as(&customer, &lines, "r1").await.unwrap(), again);
        let pool = world.pool(&customer).await;
        assert_eq!((pool.held_count, pool.reserved_count), (1, 0));
        world.settled().await;
        assert_eq!(world.identity.invitations().len(), 1);
    }

    async fn n13_the_number_of_a_lost_call_with_another_body_is_another_call(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(2).await;
        world.identity.fail("UpsertUsers", 1, Fault::Before);
        let lost = world.invite_as(&customer, &[line("ann@example.com", true)], "r1").await;
        assert_eq!(reason(lost), Reason::DependencyUnavailable);
        let other = world.invite_as(&customer, &[line("bob@example.com", true)], "r1").await.unwrap();
        assert_eq!(other.results[0].email, "bob@example.com");
        let pool = world.pool(&customer).await;
        assert_eq!((pool.held_count, pool.reserved_count), (1, 1));
    }

    async fn b9_what_an_abandoned_call_set_aside_is_free_again(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(1).await;
        world.identity.fail("UpsertUsers", 1, Fault::Before);
        let lines = [line("ann@example.com", true)];
        assert_eq!(reason(world.invite_as(&customer, &lines, "r1").await), Reason::DependencyUnavailable);
        assert_eq!(world.pool(&customer).await.free_count, 0);
        world.time.advance(TimeDelta::minutes(10));
        let free = || async { world.pool(&customer).await.free_count };
        eventually("the seat is free", free, |free| *free == 1).await;
        let later = world.invite_as(&customer, &lines, "r1").await.unwrap();
        assert_eq!(outcomes(&later), [Outcome::Invited]);
        world.settled().await;
    }

    async fn b9_a_call_without_a_request_id_leaves_nothing_behind(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(1).await;
        world.identity.fail("UpsertUsers", 1, Fault::Before);
        let refused = world.invite(&customer, &[line("ann@example.com", true)]).await;
        assert_eq!(reason(refused), Reason::DependencyUnavailable);
        assert_eq!(world.pool(&customer).await.free_count, 1);
        world.settled().await;
    }
}
