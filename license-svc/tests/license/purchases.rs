//! From the order to the link (A1, A2, N12, Q4, Q35).

use chrono::TimeDelta;
use platform::caller::Principal;
use platform::testing::{Engine, on_both};
use proto::license::v1::map_purchase_request::{NewOrganization, Target};
use proto::license::v1::purchase::State;
use proto::license::v1::{
    ConfirmPaymentRequest, GetPurchaseRequest, InspectPurchaseLinkRequest, InspectPurchaseLinkResponse,
    RecordPurchaseRequest, SignUpBuyerRequest,
};
use proto::refusal::{Reason, Refusal};
use tonic::{Code, Response, Status};
use uuid::Uuid;

use crate::world::{World, order, reason};

impl World {
    pub async fn inspect(&self, who: &Principal, token: &str) -> Result<InspectPurchaseLinkResponse, Status> {
        let request = InspectPurchaseLinkRequest { token: token.into() };
        self.purchases(who).inspect_purchase_link(request).await.map(Response::into_inner)
    }

    async fn sign_up(&self, token: &str, password: &str) -> Result<String, Status> {
        let request = SignUpBuyerRequest {
            token: token.into(),
            given_name: "Ann".into(),
            family_name: "Lee".into(),
            password: password.into(),
            request_id: String::new(),
        };
        let mut purchases = self.purchases(&Principal::Anonymous);
        purchases.sign_up_buyer(request).await.map(|answer| answer.into_inner().email)
    }
}

on_both! {
    async fn a1_the_mail_goes_out_when_the_payment_is_confirmed(engine: Engine) {
        let world = World::start(engine).await;
        let unpaid = order("1", "ann@example.com", &[("meet", 10)], State::PendingPayment);
        let recorded = world.record(unpaid).await.unwrap();
        assert_eq!(recorded.state(), State::PendingPayment);
        world.settled().await;
        assert!(world.mails().is_empty(), "a purchase that is not paid sends nothing");

        let confirm = ConfirmPaymentRequest { name: recorded.name.clone(), request_id: String::new() };
        for _ in 0..2 {
            let mut purchases = world.purchases(&world.shop());
            let paid = purchases.confirm_payment(confirm.clone()).await.unwrap().into_inner();
            assert_eq!((paid.state(), paid.etag.as_str()), (State::Paid, "\"2\""));
        }
        world.settled().await;
        assert_eq!(world.mails().len(), 1);
    }

    async fn a2_the_mail_holds_a_direct_link_to_the_claim_page(engine: Engine) {
        let world = World::start(engine).await;
        let token = world.paid("Ann@Example.com", &[("meet", 6000), ("ip-phone", 20)]).await;
        let mail = world.mails().remove(0);
        assert_eq!(mail.template, "purchase");
        assert_eq!(mail.recipient_email, "ann@example.com");
        assert_eq!(mail.variables["items"], "6000 × Meet, 20 × IP Phone");
        assert_eq!(mail.link_path, "/claim");
        assert!(token.starts_with("pur_"));
        let life = mail.expire_time.unwrap().seconds - world.time.clock().now().timestamp();
        assert_eq!(life, 30 * 24 * 3600);

        let shown = world.inspect(&Principal::Anonymous, &token).await.unwrap();
        assert_eq!(shown.state(), State::Paid);
        assert_eq!(shown.masked_buyer_email, "a***@example.com");
        assert_eq!(shown.lines[1].product_display_name, "IP Phone");
        assert!(!shown.caller_is_buyer && shown.organization.is_empty());
        let ann = world.account("ann@example.com");
        assert!(world.inspect(&ann, &token).await.unwrap().caller_is_buyer);
        let other = world.account("bob@example.com");
        assert!(!world.inspect(&other, &token).await.unwrap().caller_is_buyer);
    }

    async fn a10_a_first_time_buyer_signs_up_with_the_link(engine: Engine) {
        let world = World::start(engine).await;
        let token = world.paid("ann@example.com", &[("meet", 1)]).await;
        let weak = world.sign_up(&token, "12345").await.unwrap_err();
        assert_eq!(Refusal::violations_of(&weak)[0].field, "password");
        assert_eq!(world.sign_up(&token, "a good one").await.unwrap(), "ann@example.com");
        assert!(world.identity.has_password("ann@example.com"));
        assert_eq!(reason(world.sign_up(&token, "a good one").await), Reason::AccountExists);
        assert_eq!(reason(world.sign_up("pur_x", "a good one").await), Reason::LinkUnknown);
    }

    async fn q4_a_link_lives_30_days_to_the_second(engine: Engine) {
        let world = World::start(engine).await;
        let token = world.paid("ann@example.com", &[("meet", 1)]).await;
        world.time.advance(TimeDelta::days(30) - TimeDelta::seconds(1));
        world.inspect(&Principal::Anonymous, &token).await.unwrap();
        world.time.advance(TimeDelta::seconds(1));
        let expired = world.inspect(&Principal::Anonymous, &token).await.unwrap_err();
        assert_eq!(Refusal::reason_of(&expired), Some(Reason::LinkExpired));
        assert_eq!(Refusal::metadata_of(&expired, "expireTime").unwrap(), "2026-02-14T08:00:00Z");
        let ann = world.account("ann@example.com");
        let target = Target::NewOrganization(NewOrganization { display_name: "Acme".into() });
        assert_eq!(reason(world.map(&ann, &token, target).await), Reason::LinkExpired);
        assert_eq!(reason(world.sign_up(&token, "a good one").await), Reason::LinkExpired);
        let forged = format!("pur_{}", "A".repeat(43));
        assert_eq!(reason(world.inspect(&ann, &forged).await), Reason::LinkUnknown);
        assert_eq!(reason(world.inspect(&ann, "act_something").await), Reason::LinkUnknown);
    }

    async fn q4_a_paid_purchase_gets_another_link_when_the_shop_tells_of_it_after_the_last_ones_end(engine: Engine) {
        let world = World::start(engine).await;
        let told = |state| world.record(order("4711", "ann@example.com", &[("meet", 3)], state));
        let name = told(State::Paid).await.unwrap().name;
        let first = world.token_of(&name).await;
        world.time.advance(TimeDelta::days(30) - TimeDelta::seconds(1));
        told(State::Paid).await.unwrap();
        world.settled().await;
        assert_eq!(world.mails().len(), 1, "the link still works");

        world.time.advance(TimeDelta::seconds(1));
        told(State::PendingPayment).await.unwrap();
        world.settled().await;
        assert_eq!(world.mails().len(), 1, "the shop does not say that it is paid");
        let all = (0..5).map(|_| told(State::Paid));
        futures::future::try_join_all(all).await.unwrap();
        world.settled().await;
        assert_eq!(world.mails().len(), 2, "one link, however often it is told");
        let second = world.token_of_link(&name, 2).await;
        let anybody = Principal::Anonymous;
        assert_eq!(world.inspect(&anybody, &second).await.unwrap().state(), State::Paid);
        assert_eq!(reason(world.inspect(&anybody, &first).await), Reason::LinkExpired);

        world.time.advance(TimeDelta::days(365));
        let confirm = ConfirmPaymentRequest { name: name.clone(), request_id: String::new() };
        let confirmed = world.purchases(&world.shop()).confirm_payment(confirm.clone()).await.unwrap();
        assert_eq!(confirmed.into_inner().state(), State::Paid);
        let third = world.token_of_link(&name, 3).await;
        let target = Target::NewOrganization(NewOrganization { display_name: "Acme".into() });
        world.map(&world.account("ann@example.com"), &third, target).await.unwrap();

        world.time.advance(TimeDelta::days(31));
        world.purchases(&world.shop()).confirm_payment(confirm).await.unwrap();
        assert_eq!(told(State::Paid).await.unwrap().state(), State::Mapped);
        world.settled().await;
        assert_eq!(world.mails().len(), 3, "what is mapped needs no link");
    }

    async fn n12_the_same_paid_order_five_times_is_one_purchase_and_one_mail(engine: Engine) {
        let world = World::start(engine).await;
        let paid = order("4711", "ann@example.com", &[("meet", 3)], State::Paid);
        let all = (0..5).map(|_| world.record(paid.clone()));
        let answers = futures::future::try_join_all(all).await.unwrap();
        assert!(answers.iter().all(|answer| answer.name == answers[0].name));
        world.settled().await;
        assert_eq!(world.mails().len(), 1);

        let dearer = order("4711", "ann@example.com", &[("meet", 4)], State::Paid);
        assert_eq!(reason(world.record(dearer).await), Reason::OrderDiffers);
        let late = order("4711", "ann@example.com", &[("meet", 3)], State::PendingPayment);
        assert_eq!(world.record(late).await.unwrap().state(), State::Paid);
    }

    async fn n12_an_order_told_again_as_paid_is_paid(engine: Engine) {
        let world = World::start(engine).await;
        world.record(order("1", "ann@example.com", &[("meet", 3)], State::PendingPayment)).await.unwrap();
        let paid = world.record(order("1", "ann@example.com", &[("meet", 3)], State::Paid)).await.unwrap();
        assert_eq!(paid.state(), State::Paid);
        world.settled().await;
        assert_eq!(world.mails().len(), 1);
    }

    async fn n13_a_repeat_under_one_request_id_answers_the_same(engine: Engine) {
        let world = World::start(engine).await;
        let record = |seats| RecordPurchaseRequest {
            purchase: Some(order("1", "ann@example.com", &[("meet", seats)], State::Paid)),
            request_id: "r1".into(),
        };
        let mut purchases = world.purchases(&world.shop());
        let first = purchases.record_purchase(record(3)).await.unwrap();
        assert!(first.metadata().get("idempotency-replayed").is_none());
        let second = purchases.record_purchase(record(3)).await.unwrap();
        assert_eq!(second.metadata().get("idempotency-replayed").unwrap(), "true");
        assert_eq!(first.into_inner(), second.into_inner());
        let other = purchases.record_purchase(record(4)).await;
        assert_eq!(reason(other), Reason::IdempotencyKeyReused);
    }

    async fn q35_only_a_platform_client_records_and_only_its_own_shop_looks(engine: Engine) {
        let world = World::start(engine).await;
        let paid = order("1", "ann@example.com", &[("meet", 3)], State::Paid);
        let request = RecordPurchaseRequest { purchase: Some(paid.clone()), request_id: String::new() };
        let customer = world.customer(0).await;
        let of_customer = Principal::Client {
            client: Uuid::now_v7(),
            organization: Some(customer.organization),
            user: None,
        };
        world.identity.admin(customer.organization, &of_customer);
        for who in [&customer.admin, &of_customer] {
            let refused = world.purchases(who).record_purchase(request.clone()).await;
            assert_eq!(reason(refused), Reason::PermissionDenied);
        }
        let nobody = world.purchases(&Principal::Anonymous).record_purchase(request).await;
        assert_eq!(reason(nobody), Reason::SessionMissing);

        let name = world.record(paid).await.unwrap().name;
        let look = GetPurchaseRequest { name };
        assert!(world.purchases(&world.shop()).get_purchase(look.clone()).await.is_ok());
        let other = Principal::Client { client: Uuid::now_v7(), organization: None, user: None };
        world.identity.platform_client(&other);
        assert_eq!(reason(world.purchases(&other).get_purchase(look).await), Reason::NotFound);
    }

    async fn a1_everything_that_is_wrong_with_an_order_is_said_at_once(engine: Engine) {
        let world = World::start(engine).await;
        let lines = [("meet", 0), ("fax", 1), ("ip-phone", 1), ("ip-phone", 1)];
        let refused = world.record(order("", "ann", &lines, State::Mapped)).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        let fields: Vec<String> =
            Refusal::violations_of(&refused).into_iter().map(|violation| violation.field).collect();
        let expected = [
            "purchase.order_number",
            "purchase.buyer_email",
            "purchase.state",
            "purchase.lines[0].seat_count",
            "purchase.lines[1].product",
            "purchase.lines[3].product",
        ];
        assert_eq!(fields, expected);
        let empty = world.record(order("1", "ann@example.com", &[], State::Paid)).await.unwrap_err();
        assert_eq!(Refusal::violations_of(&empty)[0].field, "purchase.lines");
    }
}
