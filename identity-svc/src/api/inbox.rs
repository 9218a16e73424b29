//! roster.events.v1.InboxService

use platform::caller::Caller;
use proto::events::v1::inbox_service_server::InboxService;
use proto::events::v1::{DeliverRequest, DeliverResponse};
use tonic::{Request, Response, Status};

use crate::app::{App, deliver};

/// The service.
pub struct Inbox(pub App);

#[tonic::async_trait]
impl InboxService for Inbox {
    async fn deliver(&self, request: Request<DeliverRequest>) -> Result<Response<DeliverResponse>, Status> {
        let caller = Caller::of(&request);
        deliver::deliver(&self.0, &caller, &request.get_ref().events).await?;
        Ok(Response::new(DeliverResponse {}))
    }
}
