//! The organizations one can see: one's own and the customers under them.

use platform::caller::{Caller, Principal};
use platform::db::Scope;
use proto::filter::{self, Field, Kind};
use proto::identity::v1::Permission;
use proto::page::{self, Position};
use proto::refusal::{Reason, Refusal};
use uuid::Uuid;

use super::{Shown, seen};
use crate::app::App;
use crate::app::authorize::{ABOVE, holder};
use crate::domain::organization::Subtree;
use crate::domain::permission::Membership;
use crate::store::memberships::{self, Rooted};
use crate::store::organizations::{self, list};

const FIELDS: &[Field] = &[Field { name: "caller_may_edit", kind: Kind::Bool }];

/// A list as it was asked for.
pub struct Request {
    /// Rows per page.
    pub page_size: i32,
    /// Where to begin.
    pub page_token: String,
    /// Words, and `caller_may_edit` (A7, Q30).
    pub filter: String,
}

/// A page of it.
pub struct Page {
    /// The rows.
    pub organizations: Vec<Shown>,
    /// Empty at the end.
    pub next_page_token: String,
    /// Over all pages.
    pub total_size: i64,
}

/// A page by name. Whoever has no organization gets an empty one (A3).
pub async fn list(app: &App, caller: &Caller, request: &Request) -> Result<Page, Refusal> {
    if *caller.principal() == Principal::Anonymous {
        return Err(Refusal::new(Reason::SessionMissing, "sign in, or send an API key"));
    }
    let (now, size) = (app.clock.now(), page::size(request.page_size)?);
    let filter = filter::parse(&request.filter, FIELDS)?;
    let principal = caller.principal().key();
    let query = page::Query {
        rpc: "OrganizationService/ListOrganizations",
        parent: "",
        filter: &request.filter,
        order_by: "",
        principal: &principal,
    };
    let position = app.page_tokens().open(&request.page_token, &query, now)?;
    let rooted = rooted(app, caller).await?;
    let mut tx = app.db.of(roots(&rooted)).read().await?;
    let visible = reach(&rooted, Permission::OrganizationsView);
    let editable = reach(&rooted, Permission::UsersEdit);
    let after = position.as_ref().and_then(after);
    let total_size = match &position {
        Some(position) => position.total_size,
        None => organizations::count(&mut tx, &visible, &editable, &filter).await?,
    };
    let limits = list::Page { after, limit: size + 1 };
    let mut found = list::page(&mut tx, &visible, &editable, &filter, &limits).await?;
    let mut next_page_token = String::new();
    if i64::try_from(found.len()).unwrap_or(i64::MAX) > size {
        found.pop();
        let last = found.last().map(|row| vec![row.sort_name.clone(), row.organization.id.to_string()]);
        let position = Position { last: last.unwrap_or_default(), total_size };
        next_page_token = app.page_tokens().seal(&query, &position, now)?;
    }
    let organizations = found.into_iter().map(|row| shown(row.organization, &rooted)).collect();
    Ok(Page { organizations, next_page_token, total_size })
}

/// All memberships of the caller.
pub(in crate::app) async fn rooted(app: &App, caller: &Caller) -> Result<Vec<Rooted>, Refusal> {
    let Some(holder) = holder(caller.principal()) else { return Ok(Vec::new()) };
    let mut tx = app.db.of(ABOVE).look().await?;
    Ok(memberships::rooted(&mut tx, holder).await?)
}

/// Everything under the organizations of these memberships.
pub(in crate::app) fn roots(rooted: &[Rooted]) -> Scope {
    Scope::under(rooted.iter().map(|rooted| rooted.membership.organization))
}

/// What the permission reaches, without what lies inside another part.
pub(in crate::app) fn reach(rooted: &[Rooted], permission: Permission) -> Vec<Subtree> {
    let holding = rooted.iter().filter(|rooted| rooted.membership.holds(permission));
    Subtree::outermost(holding.map(|rooted| rooted.subtree.clone()).collect())
}

fn shown(organization: crate::domain::organization::Organization, rooted: &[Rooted]) -> Shown {
    let over = rooted.iter().filter(|rooted| rooted.subtree.contains(&organization.path));
    let memberships: Vec<Membership> = over.map(|rooted| rooted.membership).collect();
    seen(organization, &memberships)
}

fn after(position: &Position) -> Option<(&str, Uuid)> {
    let [name, id] = position.last.as_slice() else { return None };
    Some((name, Uuid::try_parse(id).ok()?))
}
