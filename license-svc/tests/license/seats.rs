//! Turning one licence on and off (B7 to B10, Q5 to Q7).

use std::time::Duration;

use chrono::TimeDelta;
use platform::db::{Everyone, Sql};
use platform::testing::{Engine, eventually, on_both};
use proto::identity::v1::user::State;
use proto::license::v1::AssignSeatRequest;
use proto::refusal::{Reason, Refusal};
use uuid::Uuid;

use crate::world::{Customer, Fault, World, reason, seat, user};

impl World {
    pub async fn waiting_for_an_invitation(&self) -> i64 {
        let mut tx = self.db.of(Everyone("a test looks behind the walls")).read().await.unwrap();
        let text = Sql {
            postgres: "SELECT CAST(count(*) AS BIGINT) AS n FROM seat_announcements, jsonb_object_keys(users)",
            sqlite: "SELECT count(*) AS n FROM seat_announcements, json_each(users)",
        };
        tx.query(text).value("n").await.unwrap()
    }

    /// Once identity was asked to invite, in vain or without an answer.
    pub async fn an_announcement_is_put_off(&self) {
        let put_off = || async {
            let mut tx = self.db.of(Everyone("a test looks behind the walls")).read().await.unwrap();
            let counted = tx.query(
                "SELECT count(*) AS n FROM seat_announcements WHERE lease_attempt = 1 AND lease_owner IS NULL",
            );
            counted.value::<i64>("n").await.unwrap()
        };
        eventually("an announcement is put off", put_off, |count| *count == 1).await;
    }
}

/// A seat whose announcement was put off; identity is back.
async fn given_and_taken_back_while_identity_is_away(world: &World, customer: &Customer) -> Uuid {
    let ann = world.pending_user(customer);
    world.identity.fail("IssueInvitations", 9, Fault::Before);
    world.assign(customer, ann).await.unwrap();
    world.an_announcement_is_put_off().await;
    world.release(customer, ann).await.unwrap();
    world.identity.fail("IssueInvitations", 0, Fault::Before);
    ann
}

on_both! {
    async fn b8_toggle_on_takes_a_seat_and_only_then_invites(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(10).await;
        let ann = world.pending_user(&customer);
        world.settled().await;
        assert!(world.identity.invitations().is_empty());
        let taken = world.assign(&customer, ann).await.unwrap();
        assert!(taken.held && taken.assign_time.is_some());
        assert_eq!(world.pool(&customer).await.free_count, 9);
        world.settled().await;
        assert_eq!(world.identity.invitations(), [(user(&customer, ann), "Meet".to_owned())]);

        assert_eq!(world.assign(&customer, ann).await.unwrap().assign_time, taken.assign_time);
        world.settled().await;
        assert_eq!(world.identity.invitations().len(), 1, "already on: nothing");
        assert_eq!(world.pool(&customer).await.free_count, 9);
    }

    async fn q7_an_active_user_gets_a_notice_without_a_link(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(10).await;
        let ann = world.identity.user(customer.organization, "ann@example.com", State::Active);
        let mails = world.mails().len();
        world.assign(&customer, ann).await.unwrap();
        world.settled().await;
        let mail = world.mails().remove(mails);
        assert_eq!((mail.template.as_str(), mail.recipient_email.as_str()), ("license_enabled", "ann@example.com"));
        assert_eq!(mail.variables["product_name"], "Meet");
        assert_eq!(mail.variables["organization_name"], "Acme");
        assert!(mail.sealed_token.is_empty() && mail.link_path.is_empty());

        world.release(&customer, ann).await.unwrap();
        world.assign(&customer, ann).await.unwrap();
        world.settled().await;
        let keys: Vec<String> = world.mails()[mails..].iter().map(|mail| mail.dedupe_key.clone()).collect();
        assert_eq!(keys.len(), 2, "each change is one mail");
        assert_ne!(keys[0], keys[1]);
        assert!(world.identity.invitations().is_empty());
    }

    async fn b10_q6_toggle_off_frees_the_seat_at_once_and_mails_nobody(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(1).await;
        let (ann, bob) = (world.pending_user(&customer), world.pending_user(&customer));
        world.assign(&customer, ann).await.unwrap();
        world.settled().await;
        let mails = world.mails().len();
        assert!(!world.release(&customer, ann).await.unwrap().held);
        assert!(!world.release(&customer, ann).await.unwrap().held, "already off: fine");
        assert!(world.assign(&customer, bob).await.unwrap().held);
        world.settled().await;
        assert_eq!(world.identity.users(customer.organization).len(), 2, "the user stays");
        assert_eq!(world.mails().len(), mails);
    }

    async fn b9_without_a_free_seat_nothing_is_taken(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(1).await;
        world.assign(&customer, world.pending_user(&customer)).await.unwrap();
        let refused = world.assign(&customer, world.pending_user(&customer)).await.unwrap_err();
        assert_eq!(Refusal::reason_of(&refused), Some(Reason::InsufficientSeats));
        let fact = |key| Refusal::metadata_of(&refused, key).unwrap();
        assert_eq!((fact("seatsRequired"), fact("seatsFree"), fact("shortfall")), ("1".into(), "0".into(), "1".into()));
        let without = world.customer(0).await;
        let refused = world.assign(&without, world.pending_user(&without)).await;
        assert_eq!(reason(refused), Reason::InsufficientSeats);
        world.settled().await;
        assert_eq!(world.identity.invitations().len(), 1);
    }

    async fn b8_nobody_and_no_deactivated_user_gets_a_seat(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(10).await;
        let off = world.identity.user(customer.organization, "off@example.com", State::Deactivated);
        assert_eq!(reason(world.assign(&customer, off).await), Reason::UserDeactivated);
        assert_eq!(reason(world.assign(&customer, Uuid::now_v7()).await), Reason::NotFound);
        let member = world.account("member@example.com");
        world.identity.member(customer.organization, &member);
        let name = seat(&customer, world.pending_user(&customer));
        let request = AssignSeatRequest { name, request_id: String::new() };
        assert_eq!(reason(world.licenses(&member).assign_seat(request.clone()).await), Reason::PermissionDenied);
        let stranger = world.customer(0).await;
        assert_eq!(reason(world.licenses(&stranger.admin).assign_seat(request).await), Reason::NotFound);
        assert_eq!(world.pool(&customer).await.held_count, 0);
    }

    async fn n13_a_toggle_under_one_request_id_takes_effect_once(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(1).await;
        let (ann, bob) = (world.pending_user(&customer), world.pending_user(&customer));
        let request = |who| AssignSeatRequest { name: seat(&customer, who), request_id: "r1".into() };
        let mut licenses = world.licenses(&customer.admin);
        let first = licenses.assign_seat(request(ann)).await.unwrap();
        world.release(&customer, ann).await.unwrap();
        let second = licenses.assign_seat(request(ann)).await.unwrap();
        assert_eq!(second.metadata().get("idempotency-replayed").unwrap(), "true");
        assert_eq!(first.into_inner(), second.into_inner());
        assert_eq!(world.pool(&customer).await.held_count, 0, "the answer of then, not a new effect");
        assert_eq!(reason(licenses.assign_seat(request(bob)).await), Reason::IdempotencyKeyReused);

        // A refusal that depends on state is kept too.
        world.assign(&customer, ann).await.unwrap();
        let again = AssignSeatRequest { name: seat(&customer, bob), request_id: "r2".into() };
        assert_eq!(reason(licenses.assign_seat(again.clone()).await), Reason::InsufficientSeats);
        world.release(&customer, ann).await.unwrap();
        assert_eq!(reason(licenses.assign_seat(again).await), Reason::InsufficientSeats);
        world.settled().await;
    }

    async fn b8_the_invitation_goes_out_though_its_giver_may_not_any_more(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(10).await;
        world.identity.fail("IssueInvitations", 1, Fault::Refused);
        world.assign(&customer, world.pending_user(&customer)).await.unwrap();
        world.settled().await;
        assert_eq!(world.identity.invitations().len(), 1);
    }

    async fn b8_a_seat_taken_back_before_its_invitation_left_sends_nothing(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(10).await;
        world.process.spawner.stop(Duration::from_secs(5)).await;
        let ann = world.pending_user(&customer);
        world.assign(&customer, ann).await.unwrap();
        assert_eq!(world.waiting_for_an_invitation().await, 1);
        world.release(&customer, ann).await.unwrap();
        assert_eq!(world.waiting_for_an_invitation().await, 0);
    }

    async fn b6_b10_a_seat_taken_back_while_identity_is_away_sends_nothing(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(10).await;
        given_and_taken_back_while_identity_is_away(&world, &customer).await;
        world.time.advance(TimeDelta::seconds(5));
        world.settled().await;
        assert!(world.identity.invitations().is_empty());
    }

    async fn b10_a_seat_given_again_while_identity_is_away_is_one_invitation(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(10).await;
        let ann = given_and_taken_back_while_identity_is_away(&world, &customer).await;
        world.time.advance(TimeDelta::milliseconds(1));
        world.assign(&customer, ann).await.unwrap();
        world.time.advance(TimeDelta::seconds(5));
        world.settled().await;
        assert_eq!(world.identity.invitations(), [(user(&customer, ann), "Meet".to_owned())]);
    }

    async fn b8_the_invitation_outlives_a_dead_identity_and_goes_out_once(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(10).await;
        world.identity.fail("IssueInvitations", 1, Fault::Before);
        let ann = world.pending_user(&customer);
        world.assign(&customer, ann).await.unwrap();
        world.identity.fail("IssueInvitations", 2, Fault::After);
        let ask = || async {
            world.time.advance(TimeDelta::seconds(5));
            license_svc::check(&world.db).await.unwrap()
        };
        eventually("the invitation is issued", ask, Vec::is_empty).await;
        assert_eq!(world.identity.invitations(), [(user(&customer, ann), "Meet".to_owned())]);
    }
}
