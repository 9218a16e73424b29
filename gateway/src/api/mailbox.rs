//! The development mailbox as JSON, for scripts and tests: `/dev/mailbox.json`.
//! Its pages are the console's. In production there is nothing here.

use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use platform::peer::Peer;
use proto::notify::v1::dev_mailbox_service_client::DevMailboxServiceClient;
use proto::notify::v1::{ListMailsRequest, Mail};
use serde::{Deserialize, Serialize};
use tonic::Status;

use crate::app::App;

/// The route, or none in production.
pub fn routes(app: &App) -> Router {
    if !app.site.development {
        return Router::new();
    }
    Router::new().route("/dev/mailbox.json", get(list)).with_state(app.clone())
}

/// What to show.
#[derive(Deserialize)]
struct Selection {
    /// A whole address, or a part of an address or of a subject; all when absent.
    to: Option<String>,
    /// At most 1000.
    page_size: Option<i32>,
    /// From the answer before.
    page_token: Option<String>,
}

#[derive(Serialize)]
struct Page {
    mails: Vec<Shown>,
    total_size: i32,
    next_page_token: String,
}

#[derive(Serialize)]
struct Shown {
    name: String,
    to: String,
    subject: String,
    link: String,
    text: String,
    message_id: String,
}

/// A client of the mailbox, in the gateway's own name.
pub fn client(app: &App) -> Result<DevMailboxServiceClient<Peer>, Status> {
    Ok(DevMailboxServiceClient::new(app.peers.work("notify", None)?))
}

async fn list(State(app): State<App>, Query(selection): Query<Selection>) -> Response {
    match page(&app, selection).await {
        Ok(page) => Json(page).into_response(),
        Err(status) => (::http::StatusCode::BAD_GATEWAY, status.message().to_owned()).into_response(),
    }
}

async fn page(app: &App, selection: Selection) -> Result<Page, Status> {
    let request = ListMailsRequest {
        page_size: selection.page_size.unwrap_or_default(),
        page_token: selection.page_token.unwrap_or_default(),
        recipient_email: selection.to.unwrap_or_default(),
    };
    let answer = client(app)?.list_mails(request).await?.into_inner();
    Ok(Page {
        mails: answer.mails.into_iter().map(shown).collect(),
        total_size: answer.total_size,
        next_page_token: answer.next_page_token,
    })
}

fn shown(mail: Mail) -> Shown {
    Shown {
        name: mail.name,
        to: mail.recipient_email,
        subject: mail.subject,
        link: mail.link,
        text: mail.text_body,
        message_id: mail.message_id_header,
    }
}
