//! The development mailbox is searched by any part of an address or of a subject.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use gateway::Upstreams;
use http::StatusCode;
use platform::peer;
use proto::notify::v1::dev_mailbox_service_server::{DevMailboxService, DevMailboxServiceServer};
use proto::notify::v1::{GetMailRequest, ListMailsRequest, ListMailsResponse, Mail};
use tonic::service::Routes;
use tonic::{Request, Response, Status, async_trait};

use super::{Answer, door_of, send_to};

/// A notify-svc with one mail, which two texts find. It keeps what it was asked for.
#[derive(Clone, Default)]
struct Mailbox(Arc<Mutex<Vec<String>>>);

impl Mailbox {
    fn door(&self) -> Router {
        let absent = || peer::late().1;
        let notify = peer::local(Routes::new(DevMailboxServiceServer::new(self.clone())));
        door_of(Upstreams { identity: absent(), license: absent(), import: absent(), notify }, true)
    }

    async fn shows(&self, address: &str) -> Answer {
        send_to(self.door(), http::Request::get(address).body(Body::empty()).unwrap()).await
    }

    fn asked(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

#[async_trait]
impl DevMailboxService for Mailbox {
    async fn list_mails(
        &self,
        request: Request<ListMailsRequest>,
    ) -> Result<Response<ListMailsResponse>, Status> {
        let text = request.into_inner().recipient_email;
        let found = ["been created", "ANN@"].contains(&text.as_str());
        let mail = Mail {
            name: "mails/0198c7a0-0000-7000-8000-000000000009".to_owned(),
            recipient_email: "ann@acme.example".to_owned(),
            subject: "Your account has been created!".to_owned(),
            ..Mail::default()
        };
        self.0.lock().unwrap().push(text);
        let mails = if found { vec![mail] } else { Vec::new() };
        let total_size = i32::from(found);
        Ok(Response::new(ListMailsResponse { mails, total_size, ..ListMailsResponse::default() }))
    }

    async fn get_mail(&self, _: Request<GetMailRequest>) -> Result<Response<Mail>, Status> {
        Err(Status::unimplemented("not in this test"))
    }
}

#[tokio::test]
async fn the_mailbox_is_searched_by_what_was_typed() {
    let notify = Mailbox::default();
    let by_subject = notify.shows("/dev/mailbox?q=been+created").await;
    assert_eq!(by_subject.status, StatusCode::OK);
    assert!(by_subject.text.contains("placeholder=\"Recipient or subject\""), "{}", by_subject.text);
    assert!(by_subject.text.contains("value=\"been created\""), "{}", by_subject.text);
    assert!(by_subject.text.contains("<bdi>ann@acme.example</bdi>"), "{}", by_subject.text);

    let by_recipient = notify.shows("/dev/mailbox?q=ANN%40").await;
    assert!(by_recipient.text.contains("1-1 of 1"), "{}", by_recipient.text);
    let nothing = notify.shows("/dev/mailbox?q=50%25").await;
    assert!(nothing.text.contains("Nothing matches"), "{}", nothing.text);
    assert_eq!(notify.asked(), ["been created", "ANN@", "50%"]);
}
