//! The development mailbox as pages: `/dev/mailbox`. In production there is nothing here.

use axum::Router;
use axum::extract::Path;
use axum::response::IntoResponse;
use axum::routing::get;
use http::header;
use proto::notify::v1::{GetMailRequest, ListMailsRequest, Mail};

use super::desk::Desk;
use super::failure::Failure;
use super::paging::Turn;
use super::view::assets::MAIL_SECURITY_POLICY;
use super::view::list::{Empty, List};
use super::view::mailbox::{self, Mailbox, Row};
use super::view::text::When;
use super::{html, place, shapes};
use crate::api::mailbox::client;
use crate::app::App;

/// The pages, or none in production.
pub(super) fn routes(app: &App) -> Router<App> {
    if !app.site.development {
        return Router::new();
    }
    Router::new()
        .route("/dev/mailbox", get(list))
        .route("/dev/mailbox/{mail}", get(mail))
        .route("/dev/mailbox/{mail}/html", get(html_part))
}

async fn list(desk: Desk) -> html::Answer {
    let turn = Turn::of(&desk, "/dev/mailbox", &[]);
    let request = ListMailsRequest {
        page_size: turn.page_size(),
        page_token: turn.page_token(),
        recipient_email: turn.text.clone(),
    };
    let answer = client(&desk.app)?.list_mails(request).await?.into_inner();
    let rows: Vec<Row> = answer.mails.iter().map(row).collect();
    let list = if rows.is_empty() {
        List::none(nothing(&turn))
    } else {
        let paging = turn.paging_forward(rows.len(), answer.total_size, &answer.next_page_token);
        List::page(rows, paging)
    };
    let search = turn.search("Search mails", "Recipient or subject");
    html::page(&Mailbox { page: desk.page("Development mailbox"), search, list })
}

fn nothing(turn: &Turn) -> Empty {
    if turn.searches() {
        return Empty::nothing_matches(turn.cleared());
    }
    let text = "Mails appear here as soon as something is sent.";
    Empty { icon: "mail", ..Empty::nothing_yet("No mails yet", text, None) }
}

fn row(mail: &Mail) -> Row {
    Row {
        href: format!("/dev/mailbox/{}", place::last(&mail.name)),
        subject: mail.subject.clone(),
        to: mail.recipient_email.clone(),
        at: received(mail),
    }
}

fn received(mail: &Mail) -> When {
    shapes::when(mail.receive_time.as_ref()).unwrap_or(When(chrono::DateTime::UNIX_EPOCH))
}

async fn read(app: &App, id: &str) -> Result<Mail, Failure> {
    let request = GetMailRequest { name: format!("mails/{id}") };
    Ok(client(app)?.get_mail(request).await?.into_inner())
}

async fn mail(desk: Desk, Path(id): Path<String>) -> html::Answer {
    let mail = read(&desk.app, &id).await?;
    let html_href = if mail.html_body.is_empty() { String::new() } else { format!("/dev/mailbox/{id}/html") };
    html::page(&mailbox::Mail {
        page: desk.page(&mail.subject),
        at: received(&mail),
        subject: mail.subject,
        from: mail.from_email,
        to: mail.recipient_email,
        links: Some(mail.link).filter(|link| !link.is_empty()).into_iter().collect(),
        text: mail.text_body,
        html_href,
    })
}

/// The HTML part, framed by the page of its mail and able to do nothing.
async fn html_part(desk: Desk, Path(id): Path<String>) -> html::Answer {
    let mail = read(&desk.app, &id).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, MAIL_SECURITY_POLICY),
        (header::X_FRAME_OPTIONS, "SAMEORIGIN"),
    ];
    Ok((headers, mail.html_body).into_response())
}
