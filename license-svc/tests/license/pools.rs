//! Looking at pools and at the licence list (B1, B10, B11).

use platform::testing::{Engine, assert_parity, on_both};
use proto::identity::v1::user::State as UserState;
use proto::license::v1::pool::State;
use proto::license::v1::{
    BatchGetUserSeatsRequest, GetPoolRequest, ListPoolsRequest, ListSeatsRequest, ListSeatsResponse,
};
use proto::refusal::Reason;
use tonic::{Response, Status};
use uuid::Uuid;

use crate::world::{Customer, World, reason, user};

impl World {
    async fn seats(
        &self,
        customer: &Customer,
        filter: &str,
        page_size: i32,
        page_token: &str,
    ) -> Result<ListSeatsResponse, Status> {
        let request = ListSeatsRequest {
            parent: format!("organizations/{}/pools/meet", customer.organization),
            page_size,
            page_token: page_token.into(),
            filter: filter.into(),
            ..ListSeatsRequest::default()
        };
        self.licenses(&customer.admin).list_seats(request).await.map(Response::into_inner)
    }

    /// Every page of a list, as (e-mail, held), and the total of the first.
    async fn all_seats(&self, customer: &Customer, filter: &str) -> (Vec<(String, bool)>, i32) {
        let mut page = self.seats(customer, filter, 2, "").await.unwrap();
        let total = page.total_size;
        let mut found = Vec::new();
        loop {
            let row = |seat: proto::license::v1::Seat| (seat.user.unwrap().email, seat.held);
            found.extend(page.seats.into_iter().map(row));
            if page.next_page_token.is_empty() {
                return (found, total);
            }
            page = self.seats(customer, filter, 2, &page.next_page_token).await.unwrap();
        }
    }
}

#[tokio::test]
async fn both_databases_have_the_same_tables() {
    assert_parity(&license_svc::MIGRATIONS).await;
}

on_both! {
    async fn b1_each_product_shows_purchased_used_and_free(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(10).await;
        let email = "second@example.com";
        let buyer = world.account(email);
        world.identity.admin(customer.organization, &buyer);
        world.buy(&buyer, email, customer.organization, "ip-phone", 4).await;
        world.assign(&customer, world.pending_user(&customer)).await.unwrap();

        let list = |page_token: String| {
            let parent = format!("organizations/{}", customer.organization);
            ListPoolsRequest { parent, page_size: 1, page_token }
        };
        let mut licenses = world.licenses(&customer.admin);
        let first = licenses.list_pools(list(String::new())).await.unwrap().into_inner();
        let second = licenses.list_pools(list(first.next_page_token.clone())).await.unwrap().into_inner();
        assert_eq!(first.pools[0].product_display_name, "IP Phone");
        let meet = &second.pools[0];
        assert_eq!((meet.purchased_count, meet.held_count, meet.free_count), (10, 1, 9));
        assert_eq!((meet.state(), second.next_page_token.as_str()), (State::Normal, ""));
        let mut other = world.licenses(&buyer);
        let foreign = other.list_pools(list(first.next_page_token)).await;
        assert_eq!(reason(foreign), Reason::PageTokenMismatch);
    }

    async fn b1_one_row_for_every_user_licensed_or_not(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(10).await;
        let mut emails = Vec::new();
        for number in 0..5 {
            let email = format!("user-{number}@example.com");
            let id = world.identity.user(customer.organization, &email, UserState::Pending);
            let held = number % 2 == 0;
            if held {
                world.assign(&customer, id).await.unwrap();
            }
            emails.push((email, held));
        }
        assert_eq!(world.all_seats(&customer, "").await, (emails.clone(), 5));
        let holders: Vec<_> = emails.iter().filter(|(_, held)| *held).cloned().collect();
        assert_eq!(world.all_seats(&customer, "held = true").await, (holders, 3));
        let others: Vec<_> = emails.iter().filter(|(_, held)| !*held).cloned().collect();
        assert_eq!(world.all_seats(&customer, "held = false").await, (others, 2));
    }

    async fn b11_the_licence_list_is_searched_by_email(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(10).await;
        for email in ["ann@example.com", "anna@example.com", "bob@example.com"] {
            let id = world.identity.user(customer.organization, email, UserState::Active);
            if email.starts_with("anna") {
                world.assign(&customer, id).await.unwrap();
            }
        }
        let (found, total) = world.all_seats(&customer, "ann").await;
        assert_eq!((found.len(), total), (2, 2));
        let (found, _) = world.all_seats(&customer, "ann held = true").await;
        assert_eq!(found, [("anna@example.com".to_owned(), true)]);
        assert_eq!(reason(world.seats(&customer, "ann OR bob", 2, "").await), Reason::BadFilter);
        assert_eq!(reason(world.seats(&customer, "held = true", 2, "x").await), Reason::BadPageToken);
    }

    async fn b1_chips_for_a_list_of_users(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(10).await;
        let (ann, bob) = (world.pending_user(&customer), world.pending_user(&customer));
        world.assign(&customer, ann).await.unwrap();
        let request = |users| {
            let parent = format!("organizations/{}", customer.organization);
            BatchGetUserSeatsRequest { parent, users }
        };
        let mut licenses = world.licenses(&customer.admin);
        let users = vec![user(&customer, ann), user(&customer, bob)];
        let found = licenses.batch_get_user_seats(request(users)).await.unwrap().into_inner();
        assert_eq!(found.user_seats.len(), 1);
        assert_eq!(found.user_seats[0].user, user(&customer, ann));
        assert_eq!(found.user_seats[0].products, ["meet"]);
        let foreign = format!("organizations/{}/users/{ann}", Uuid::now_v7());
        let refused = licenses.batch_get_user_seats(request(vec![foreign])).await;
        assert_eq!(reason(refused), Reason::FieldViolations);
    }

    async fn b1_pools_of_others_are_not_shown(engine: Engine) {
        let world = World::start(engine).await;
        let customer = world.customer(10).await;
        let stranger = world.customer(0).await;
        let name = format!("organizations/{}/pools/meet", customer.organization);
        let request = GetPoolRequest { name };
        let hidden = world.licenses(&stranger.admin).get_pool(request.clone()).await;
        assert_eq!(reason(hidden), Reason::NotFound);
        let member = world.account("member@example.com");
        world.identity.member(customer.organization, &member);
        assert!(world.licenses(&member).get_pool(request).await.is_ok());
        let absent = GetPoolRequest { name: format!("organizations/{}/pools/fax", customer.organization) };
        assert_eq!(reason(world.licenses(&customer.admin).get_pool(absent).await), Reason::NotFound);
    }
}
