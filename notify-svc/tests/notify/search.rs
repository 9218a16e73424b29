//! The development mailbox is searched by a whole address, or by any part of an address or of a subject.

use notify_svc::Config;
use platform::testing::{Engine, on_both};
use proto::events::v1::Event;
use proto::events::v1::event::Payload;
use proto::notify::v1::ListMailsRequest;
use proto::refusal::{Reason, Refusal};

use crate::world::World;

/// The subject is "{organization} invites you to Meet".
fn invitation(world: &World, email: &str, organization: &str) -> Event {
    let mut event = world.activation(email);
    if let Some(Payload::MailRequested(mail)) = &mut event.payload {
        mail.template = "license_invitation".into();
        mail.variables.insert("organization_name".into(), organization.into());
        mail.variables.insert("product_name".into(), "Meet".into());
    }
    event
}

/// A mailbox with the mails that these events ask for.
async fn filled(engine: Engine, events: impl FnOnce(&World) -> Vec<Event>) -> World {
    let world = World::with(engine, Config::default()).await;
    let events = events(&world);
    let count = events.len();
    world.deliver(events).await.unwrap();
    world.mails_when(count).await;
    world
}

fn request(text: &str, page_token: &str) -> ListMailsRequest {
    ListMailsRequest { page_size: 2, page_token: page_token.into(), recipient_email: text.into() }
}

impl World {
    /// Whom the mails are to that a search finds, by their names.
    async fn found(&self, text: &str) -> Vec<String> {
        let request = ListMailsRequest { recipient_email: text.into(), ..ListMailsRequest::default() };
        let page = self.list(request).await.unwrap();
        assert_eq!(usize::try_from(page.total_size), Ok(page.mails.len()), "{text}");
        let mut found: Vec<String> = page.mails.into_iter().map(|mail| mail.recipient_email).collect();
        found.sort();
        found
    }
}

on_both! {
    async fn any_part_of_an_address_or_of_a_subject_finds_a_mail(engine: Engine) {
        let world = filled(engine, |world| vec![
            world.activation("ann@acme.example"),
            world.activation("joann@acme.example"),
            invitation(world, "bob@globex.example", "Änne Acme"),
        ]).await;
        assert_eq!(world.found("ann@").await, ["ann@acme.example", "joann@acme.example"]);
        assert_eq!(world.found("OANN@Acme").await, ["joann@acme.example"]);
        assert_eq!(world.found("@globex.example").await, ["bob@globex.example"]);
        assert_eq!(world.found("been CREATED!").await, ["ann@acme.example", "joann@acme.example"]);
        assert_eq!(world.found("ÄNNE acme invites").await, ["bob@globex.example"]);
        // Part of an address here, of a subject there.
        assert_eq!(world.found("acme").await.len(), 3);
        assert_eq!(world.found("").await.len(), 3);
        assert!(world.found("eve").await.is_empty());
    }

    async fn a_whole_address_finds_the_mails_to_it_alone(engine: Engine) {
        let world = filled(engine, |world| vec![
            world.activation("ann@acme.example"),
            world.activation("joann@acme.example"),
            invitation(world, "bob@globex.example", "ann@acme.example"),
        ]).await;
        assert_eq!(world.found("Ann@Acme.Example").await, ["ann@acme.example"]);
        assert!(world.found("oann@acme.example").await.is_empty());
    }

    async fn signs_of_patterns_stand_for_themselves(engine: Engine) {
        let world = filled(engine, |world| vec![
            invitation(world, "a_b@acme.example", "50% Off"),
            invitation(world, "axb@acme.example", "500 Offices"),
            invitation(world, "c@acme.example", r"Back\slash \'quoted\'"),
        ]).await;
        assert_eq!(world.found("a_b").await, ["a_b@acme.example"]);
        assert_eq!(world.found("50% off").await, ["a_b@acme.example"]);
        assert_eq!(world.found("%").await, ["a_b@acme.example"]);
        assert_eq!(world.found("_").await, ["a_b@acme.example"]);
        assert_eq!(world.found(r"back\s").await, ["c@acme.example"]);
        assert_eq!(world.found(r"\'quoted").await, ["c@acme.example"]);
    }

    async fn pages_of_a_search_go_on_where_the_last_ended(engine: Engine) {
        let world = filled(engine, |world| vec![
            world.activation("a@acme.example"),
            world.activation("b@acme.example"),
            world.activation("x@globex.example"),
            world.activation("c@acme.example"),
        ]).await;
        let first = world.list(request("@acme", "")).await.unwrap();
        assert_eq!((first.mails.len(), first.total_size), (2, 3));
        let token = first.next_page_token.as_str();
        let last = world.list(request("@acme", token)).await.unwrap();
        assert_eq!((last.mails.len(), last.total_size, last.next_page_token.as_str()), (1, 3, ""));
        let pages = first.mails.iter().chain(&last.mails);
        let mut found: Vec<&str> = pages.map(|mail| mail.recipient_email.as_str()).collect();
        found.sort_unstable();
        assert_eq!(found, ["a@acme.example", "b@acme.example", "c@acme.example"]);
        let other = world.list(request("@globex", token)).await.unwrap_err();
        assert_eq!(Refusal::reason_of(&other), Some(Reason::PageTokenMismatch));
    }

    async fn a_text_that_nobody_types_is_refused(engine: Engine) {
        let world = World::with(engine, Config::default()).await;
        for text in ["a".repeat(2_001), "a\0".into()] {
            let refused = world.list(request(&text, "")).await.unwrap_err();
            let fields = Refusal::violations_of(&refused).into_iter().map(|violation| violation.field);
            assert_eq!(fields.collect::<Vec<_>>(), ["recipient_email"]);
        }
        assert!(world.found(&"ä".repeat(2_000)).await.is_empty());
    }
}
