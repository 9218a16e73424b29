//! What ends with the process.

use std::time::Duration;

use futures::StreamExt;
use platform::testing::{Engine, on_both, within};
use proto::identity::v1::send_activation_emails_request::Selection;
use proto::identity::v1::{SendActivationEmailsRequest, WatchBulkRunRequest};
use proto::refusal::{Reason, Refusal};

use crate::directory::upsert;
use crate::world::World;

on_both! {
    async fn a_watch_tells_its_reader_to_come_back_when_the_doors_close(engine: Engine) {
        let world = World::new(engine).await;
        let company = world.company("acme").await;
        upsert(&world, &company, 0..3).await;
        world.process.spawner.stop(Duration::ZERO).await;
        let owner = world.owner(&company).await;
        let request = SendActivationEmailsRequest {
            parent: company.name.clone(),
            selection: Some(Selection::Filter(String::new())),
            ..SendActivationEmailsRequest::default()
        };
        let run = owner.users().send_activation_emails(request).await.unwrap().into_inner();
        let watch = WatchBulkRunRequest { name: run.name, after_sequence: 0 };
        let mut told = owner.bulk_runs().watch_bulk_run(watch).await.unwrap().into_inner();
        within("a snapshot", told.next()).await.unwrap().unwrap();

        world.process.draining.cancel();

        let ended = within("the watch ends", told.next()).await.unwrap().unwrap_err();
        assert_eq!(Refusal::reason_of(&ended), Some(Reason::Draining));
        assert!(told.next().await.is_none());
    }
}
