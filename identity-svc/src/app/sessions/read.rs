//! One's own sessions.

use platform::caller::{Caller, Principal};
use proto::name;
use proto::page::{self, Position};
use proto::refusal::{Reason, Refusal};
use uuid::Uuid;

use super::{ANYWHERE, Shown};
use crate::app::{App, actor, span};
use crate::domain::account::Account;
use crate::domain::session::Session;
use crate::store::{accounts, memberships, sessions};

/// The session that makes this call.
pub async fn current(app: &App, caller: &Caller) -> Result<Shown, Refusal> {
    let Principal::Account { account, session: Some(session), .. } = caller.principal() else {
        return Err(Refusal::new(Reason::SessionMissing, "this call is not made with a session"));
    };
    let mut tx = app.db.of(ANYWHERE).read().await?;
    let expired = || Refusal::new(Reason::SessionExpired, "the session is over");
    let session = sessions::find(&mut tx, *account, *session).await?.ok_or_else(expired)?;
    let account = accounts::find(&mut tx, *account).await?.ok_or_else(expired)?;
    let memberships = memberships::shown(&mut tx, account.id).await?;
    Ok(shown(app, session, account, memberships))
}

/// A page of one's own live sessions, newest first.
pub async fn list(
    app: &App,
    caller: &Caller,
    parent: &name::Account,
    page_size: i32,
    page_token: &str,
) -> Result<(Vec<Shown>, String), Refusal> {
    own(caller, parent.account)?;
    let (now, size) = (app.clock.now(), page::size(page_size)?);
    let (parent, principal) = (parent.to_string(), caller.principal().key());
    let query = page::Query {
        rpc: "SessionService/ListSessions",
        parent: &parent,
        filter: "",
        order_by: "",
        principal: &principal,
    };
    let position = app.page_tokens().open(page_token, &query, now)?;
    let before = position.and_then(|position| Uuid::try_parse(position.last.first()?).ok());
    let mut tx = app.db.of(ANYWHERE).read().await?;
    let account = actor::account(&mut tx, caller).await?;
    let used_after = now - span(app.config.session_idle);
    let mut found = sessions::page(&mut tx, account.id, before, used_after, now, size + 1).await?;
    let mut next = String::new();
    if i64::try_from(found.len()).unwrap_or(i64::MAX) > size {
        found.pop();
        let last = found.last().map(|session| session.id.to_string()).into_iter().collect();
        next = app.page_tokens().seal(&query, &Position { last, total_size: 0 }, now)?;
    }
    let memberships = memberships::shown(&mut tx, account.id).await?;
    let sessions = found.into_iter();
    let sessions = sessions.map(|session| shown(app, session, account.clone(), memberships.clone()));
    Ok((sessions.collect(), next))
}

/// Refuses everybody but the account itself.
pub(super) fn own(caller: &Caller, account: Uuid) -> Result<(), Refusal> {
    match caller.principal() {
        Principal::Anonymous => Err(Refusal::new(Reason::SessionMissing, "sign in first")),
        Principal::Account { account: own, .. } if *own == account => Ok(()),
        _ => Err(Refusal::denied("the account's own session", &format!("accounts/{account}"))),
    }
}

fn shown(app: &App, session: Session, account: Account, memberships: Vec<memberships::Shown>) -> Shown {
    let idle_expire_time = session.idle_expire_time(span(app.config.session_idle));
    Shown { session, account, memberships, idle_expire_time }
}
