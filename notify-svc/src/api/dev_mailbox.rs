//! roster.notify.v1.DevMailboxService

use proto::name;
use proto::notify::v1::dev_mailbox_service_server::DevMailboxService;
use proto::notify::v1::{GetMailRequest, ListMailsRequest, ListMailsResponse, Mail};
use proto::page::{self, Position, Query};
use proto::refusal::{Reason, Refusal};
use tonic::{Request, Response, Status, async_trait};
use uuid::Uuid;

use crate::app::{App, mailbox};
use crate::domain::search::Search;
use crate::store::mailbox as store;

/// Shows the development mailbox.
pub struct DevMailbox(pub App);

#[async_trait]
impl DevMailboxService for DevMailbox {
    async fn list_mails(
        &self,
        request: Request<ListMailsRequest>,
    ) -> Result<Response<ListMailsResponse>, Status> {
        let request = request.into_inner();
        let app = &self.0;
        let size = page::size(request.page_size)?;
        let search = Search::parse(&request.recipient_email)
            .map_err(|wrong| Refusal::field("recipient_email", wrong))?;
        let tokens = app.keys.page_tokens();
        let query = Query {
            rpc: "DevMailboxService/ListMails",
            parent: "",
            filter: &request.recipient_email,
            order_by: "",
            principal: "",
        };
        let position = tokens.open(&request.page_token, &query, app.clock.now())?;
        let before = position.map_or(Ok(Uuid::max()), |position| last_id(&position))?;
        let (mut mails, total_size) = mailbox::list(app, &search, before, size + 1).await?;
        let more = i64::try_from(mails.len()).unwrap_or(i64::MAX) > size;
        mails.truncate(usize::try_from(size).unwrap_or_default());
        let next_page_token = match mails.last().filter(|_| more) {
            Some(last) => {
                let position = Position { last: vec![last.id.to_string()], total_size };
                tokens.seal(&query, &position, app.clock.now())?
            }
            None => String::new(),
        };
        let total_size = i32::try_from(total_size).unwrap_or(i32::MAX);
        let mails = mails.into_iter().map(to_wire).collect();
        Ok(Response::new(ListMailsResponse { mails, next_page_token, total_size }))
    }

    async fn get_mail(&self, request: Request<GetMailRequest>) -> Result<Response<Mail>, Status> {
        let name = name::Mail::parse(&request.get_ref().name, "name")?;
        Ok(Response::new(to_wire(mailbox::get(&self.0, name.mail).await?)))
    }
}

fn last_id(position: &Position) -> Result<Uuid, Refusal> {
    let id = position.last.first().and_then(|id| Uuid::try_parse(id).ok());
    id.ok_or_else(|| Refusal::new(Reason::BadPageToken, "this page token is damaged"))
}

fn to_wire(mail: store::Mail) -> Mail {
    Mail {
        name: name::Mail { mail: mail.id }.to_string(),
        from_email: mail.from_email,
        recipient_email: mail.recipient_email,
        subject: mail.subject,
        text_body: mail.text_body,
        html_body: mail.html_body,
        message_id_header: mail.message_id_header,
        receive_time: Some(proto::time::to_wire(mail.receive_time)),
        link: mail.link,
    }
}
