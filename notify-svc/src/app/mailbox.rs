//! Reading the development mailbox.

use proto::refusal::Refusal;
use uuid::Uuid;

use super::{App, broken};
use crate::domain::search::Search;
use crate::store::mailbox::{self, Mail};

/// What a search finds, newest first, those before `before`, and how many there are in all.
pub async fn list(app: &App, search: &Search, before: Uuid, limit: i64) -> Result<(Vec<Mail>, i64), Refusal> {
    let mut tx = app.db.read().await.map_err(broken)?;
    let total = mailbox::count(&mut tx, search).await.map_err(broken)?;
    let mails = mailbox::page(&mut tx, search, before, limit).await.map_err(broken)?;
    Ok((mails, total))
}

/// One mail.
pub async fn get(app: &App, id: Uuid) -> Result<Mail, Refusal> {
    let mut tx = app.db.read().await.map_err(broken)?;
    let found = mailbox::find(&mut tx, id).await.map_err(broken)?;
    found.ok_or_else(|| Refusal::not_found(format!("mails/{id}")))
}
