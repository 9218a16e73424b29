//! A dead link is no dead end: whoever holds it asks for another, which goes to the buyer (Q4).

use chrono::TimeDelta;
use platform::caller::Principal;
use platform::testing::{Engine, on_both};
use proto::license::v1::map_purchase_request::{NewOrganization, Target};
use proto::license::v1::purchase::State;
use proto::license::v1::{RenewPurchaseLinkRequest, RenewPurchaseLinkResponse};
use proto::refusal::Reason;

use crate::world::{World, order, reason};

const BUYER: &str = "ann@example.com";

fn acme() -> Target {
    Target::NewOrganization(NewOrganization { display_name: "Acme".into() })
}

impl World {
    /// A paid purchase: its name, and the token of its first link.
    async fn sold(&self) -> (String, String) {
        let name = self.record(order("4711", BUYER, &[("meet", 3)], State::Paid)).await.unwrap().name;
        let token = self.token_of(&name).await;
        (name, token)
    }

    /// As anybody asks who holds the link, or says so.
    async fn renew(&self, token: &str) {
        let request = RenewPurchaseLinkRequest { token: token.into() };
        let mut purchases = self.purchases(&Principal::Anonymous);
        let answer = purchases.renew_purchase_link(request).await.unwrap();
        assert!(answer.metadata().get("idempotency-replayed").is_none());
        assert_eq!(answer.into_inner(), RenewPurchaseLinkResponse {});
    }

    /// How many mails there are once all are delivered.
    async fn mailed(&self) -> usize {
        self.settled().await;
        self.mails().len()
    }
}

on_both! {
    async fn q4_whoever_holds_a_dead_link_has_another_mailed_to_the_buyer(engine: Engine) {
        let world = World::start(engine).await;
        let (name, dead) = world.sold().await;
        world.time.advance(TimeDelta::days(30) - TimeDelta::seconds(1));
        world.renew(&dead).await;
        assert_eq!(world.mailed().await, 1, "the link still works");

        world.time.advance(TimeDelta::seconds(1));
        world.renew(&dead).await;
        let fresh = world.token_of_link(&name, 2).await;
        assert_eq!(world.mailed().await, 2);
        let mail = world.mails().remove(1);
        assert_eq!((mail.template.as_str(), mail.recipient_email.as_str()), ("purchase", BUYER));
        assert_eq!(mail.link_path, "/claim");
        let life = mail.expire_time.unwrap().seconds - world.time.clock().now().timestamp();
        assert_eq!(life, 30 * 24 * 3600);

        let ann = world.account(BUYER);
        assert_eq!(reason(world.inspect(&Principal::Anonymous, &dead).await), Reason::LinkExpired);
        assert_eq!(reason(world.map(&ann, &dead, acme()).await), Reason::LinkExpired);
        assert_eq!(world.inspect(&Principal::Anonymous, &fresh).await.unwrap().state(), State::Paid);
        world.map(&ann, &fresh, acme()).await.unwrap();
        world.settled().await;
    }

    async fn q4_another_link_goes_out_once_in_five_minutes(engine: Engine) {
        let world = World::start(engine).await;
        let (name, dead) = world.sold().await;
        world.time.advance(TimeDelta::days(31));
        futures::future::join_all((0..5).map(|_| world.renew(&dead))).await;
        world.renew(&dead).await;
        assert_eq!(world.mailed().await, 2, "one mail, however often it is asked for");
        world.time.advance(TimeDelta::minutes(5) - TimeDelta::seconds(1));
        world.renew(&dead).await;
        assert_eq!(world.mailed().await, 2);

        // That mail may be lost: the dead link brings one more, and both work.
        world.time.advance(TimeDelta::seconds(1));
        world.renew(&dead).await;
        assert_eq!(world.mailed().await, 3);
        for generation in [2, 3] {
            let token = world.token_of_link(&name, generation).await;
            world.inspect(&Principal::Anonymous, &token).await.unwrap();
            world.renew(&token).await;
        }
        world.record(order("4711", BUYER, &[("meet", 3)], State::Paid)).await.unwrap();
        assert_eq!(world.mailed().await, 3, "nor does the shop send one while a link works");
    }

    async fn q4_no_more_than_five_links_go_out_in_a_day(engine: Engine) {
        let world = World::start(engine).await;
        let (_, dead) = world.sold().await;
        world.time.advance(TimeDelta::days(31));
        for _ in 0..20 {
            world.renew(&dead).await;
            world.time.advance(TimeDelta::minutes(5));
        }
        assert_eq!(world.mailed().await, 6, "the first one and five more");
        world.time.advance(TimeDelta::days(1));
        world.renew(&dead).await;
        assert_eq!(world.mailed().await, 7);
    }

    async fn q4_a_link_of_nothing_that_waits_brings_no_mail_and_the_same_answer(engine: Engine) {
        let world = World::start(engine).await;
        let (_, mapped) = world.sold().await;
        world.map(&world.account(BUYER), &mapped, acme()).await.unwrap();
        world.time.advance(TimeDelta::days(31));
        let forged = format!("pur_{}", "A".repeat(43));
        for token in [mapped.as_str(), forged.as_str(), "act_something", ""] {
            world.renew(token).await;
        }
        assert_eq!(world.mailed().await, 1);
    }
}
