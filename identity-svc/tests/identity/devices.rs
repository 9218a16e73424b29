//! Devices that somebody has signed in on: what guessing elsewhere does not reach (S4; ASVS 6.1.1, 6.3.1).

use chrono::TimeDelta;
use platform::testing::{Engine, on_both};
use proto::identity::v1::{RequestPasswordResetRequest, Role, User};
use proto::refusal::Reason;

use crate::world::{PASSWORD, World, reason};

const ANN: &str = "ann@acme.example";
const EVE: &str = "eve@acme.example";
const WRONG: &str = "wrong-tram-1";

/// A company with Ann, and the token of a device on which she has signed in.
async fn known(world: &World) -> String {
    let company = world.company("acme").await;
    world.member(&company, ANN, Role::Member).await;
    sign_in(world, ANN, "").await
}

/// Signs in, and answers the device's next token.
async fn sign_in(world: &World, email: &str, device_token: &str) -> String {
    world.sign_in(email, PASSWORD, device_token).await.unwrap().device_token
}

/// Who knows the password and is refused, as who does not.
async fn has_to_wait(world: &World, email: &str, device_token: &str) {
    assert_eq!(reason(world.sign_in(email, PASSWORD, device_token).await), Reason::RateLimited);
}

/// So many wrong tries after a success that the next one has to wait for a second.
async fn guesses(world: &World, email: &str, device_token: &str) {
    for _ in 0..6 {
        assert_eq!(reason(world.sign_in(email, WRONG, device_token).await), Reason::SignInFailed);
    }
}

on_both! {
    async fn s4_a_hundred_guesses_elsewhere_keep_nobody_out_of_a_known_device(engine: Engine) {
        let world = World::new(engine).await;
        let device = known(&world).await;
        for _ in 0..100 {
            assert_eq!(reason(world.sign_in(ANN, WRONG, "").await), Reason::SignInFailed);
            world.time.advance(TimeDelta::minutes(15));
        }
        has_to_wait(&world, ANN, "").await;
        let next = sign_in(&world, ANN, &device).await;
        sign_in(&world, ANN, &next).await;
        // Or whoever guesses had a hundred tries more.
        has_to_wait(&world, ANN, "").await;
    }

    async fn s4_a_known_device_brings_a_hundred_guesses_more_and_no_others(engine: Engine) {
        let world = World::new(engine).await;
        let device = known(&world).await;
        let mut reached = 0;
        for _ in 0..220 {
            if reason(world.sign_in(ANN, WRONG, &device).await) == Reason::SignInFailed {
                reached += 1;
            }
            world.time.advance(TimeDelta::minutes(15));
        }
        assert_eq!(reached, 200, "a hundred on the device, a hundred that everybody has");
        has_to_wait(&world, ANN, &device).await;
        has_to_wait(&world, ANN, "").await;
    }

    async fn s4_who_used_a_device_up_keeps_its_owner_out_neither_there_nor_elsewhere(engine: Engine) {
        let world = World::new(engine).await;
        let device = known(&world).await;
        for _ in 0..100 {
            assert_eq!(reason(world.sign_in(ANN, WRONG, &device).await), Reason::SignInFailed);
            world.time.advance(TimeDelta::minutes(15));
        }
        sign_in(&world, ANN, &device).await;
        sign_in(&world, ANN, "").await;
    }

    async fn s4_guessing_on_a_known_device_gets_slower_there_alone(engine: Engine) {
        let world = World::new(engine).await;
        let device = known(&world).await;
        let other = sign_in(&world, ANN, "").await;
        guesses(&world, ANN, &device).await;
        // From here on it is a device like any other.
        guesses(&world, ANN, &device).await;
        has_to_wait(&world, ANN, &device).await;
        has_to_wait(&world, ANN, "").await;
        sign_in(&world, ANN, &other).await;
        world.time.advance(TimeDelta::seconds(1));
        sign_in(&world, ANN, &device).await;
        guesses(&world, ANN, &device).await;
    }

    async fn s4_a_device_of_one_account_is_unknown_to_every_other(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        world.member(&company, ANN, Role::Member).await;
        world.member(&company, EVE, Role::Member).await;
        let device = sign_in(&world, EVE, "").await;
        for email in [ANN, "nobody@acme.example"] {
            guesses(&world, email, &device).await;
            has_to_wait(&world, email, &device).await;
            has_to_wait(&world, email, "").await;
        }
        sign_in(&world, EVE, &device).await;
    }

    async fn s4_a_device_token_lets_nobody_in_and_a_bad_one_keeps_nobody_out(engine: Engine) {
        let world = World::new(engine).await;
        let device = known(&world).await;
        let wrong = world.sign_in(ANN, WRONG, "").await.unwrap_err();
        let known = world.sign_in(ANN, WRONG, &device).await.unwrap_err();
        assert_eq!((known.code(), known.message()), (wrong.code(), wrong.message()));
        assert_eq!(known.details(), wrong.details());
        let long = device.repeat(9);
        for bad in ["x", "%", &device[1..], &device[..device.len() - 1], long.as_str()] {
            assert_eq!(reason(world.sign_in(ANN, WRONG, bad).await), Reason::SignInFailed, "{bad}");
            sign_in(&world, ANN, bad).await;
        }
    }

    async fn s4_another_password_makes_every_device_unknown(engine: Engine) {
        let fresh = "fresh-tram-77";
        let world = World::new(engine).await;
        let device = known(&world).await;
        let request = RequestPasswordResetRequest { email: ANN.into() };
        world.anybody().credentials().request_password_reset(request).await.unwrap();
        let token = world.token_for(ANN).await;
        world.anybody().redeem(&token, fresh).await.unwrap();
        guesses(&world, ANN, &device).await;
        for device_token in [device.as_str(), ""] {
            assert_eq!(reason(world.sign_in(ANN, fresh, device_token).await), Reason::RateLimited);
        }
        world.time.advance(TimeDelta::seconds(1));
        let device = world.sign_in(ANN, fresh, &device).await.unwrap().device_token;
        guesses(&world, ANN, "").await;
        world.sign_in(ANN, fresh, &device).await.unwrap();
    }

    async fn s4_a_device_is_known_for_180_days_and_through_a_deactivation(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        let member = world.member(&company, ANN, Role::Member).await;
        let device = sign_in(&world, ANN, "").await;
        let owner = world.owner(&company).await;
        owner.update(User { active: Some(false), ..member.clone() }, &["active"]).await.unwrap();
        owner.update(User { active: Some(true), etag: String::new(), ..member }, &["active"]).await.unwrap();
        world.time.advance(TimeDelta::days(180) - TimeDelta::seconds(1));
        guesses(&world, ANN, "").await;
        let next = sign_in(&world, ANN, &device).await;
        world.time.advance(TimeDelta::seconds(1));
        assert_eq!(reason(world.sign_in(ANN, WRONG, "").await), Reason::SignInFailed);
        has_to_wait(&world, ANN, &device).await;
        sign_in(&world, ANN, &next).await;
    }
}
