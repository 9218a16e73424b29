//! roster.events.v1.InboxService

use platform::caller::Caller;
use proto::events::v1::inbox_service_server::InboxService;
use proto::events::v1::{DeliverRequest, DeliverResponse};
use tonic::{Request, Response, Status, async_trait};

use crate::app::{App, accept};

/// Takes what other services' relays push.
pub struct Inbox(pub App);

#[async_trait]
impl InboxService for Inbox {
    async fn deliver(&self, request: Request<DeliverRequest>) -> Result<Response<DeliverResponse>, Status> {
        let caller = Caller::of(&request);
        accept::accept(&self.0, &caller, request.into_inner().events).await?;
        Ok(Response::new(DeliverResponse {}))
    }
}
