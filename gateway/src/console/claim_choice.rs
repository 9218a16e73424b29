//! Where the licences of a purchase go: the choice, the last look, done (A3 to A9).

use axum::Router;
use axum::routing::post;
use futures::future::try_join_all;
use proto::identity::v1::{GetOrganizationRequest, ListOrganizationsRequest, Organization};
use proto::license::v1::map_purchase_request::{NewOrganization, Target as Wanted};
use proto::license::v1::purchase::Line;
use proto::license::v1::{InspectPurchaseLinkResponse, ListPoolsRequest, MapPurchaseRequest, Pool};
use proto::refusal::{Reason, Refusal};

use super::claim::{bought, inspect, refused};
use super::desk::Desk;
use super::failure::Failure;
use super::input::{Sent, fresh_id};
use super::patience::patiently;
use super::view::claim::{Change, Choose, Confirm, Done, Target};
use super::view::form::Form;
use super::{html, links, place, problems, shapes};
use crate::app::App;

/// Most organizations on offer; each costs a look at its pools.
const TARGETS_MOST: i32 = 50;
const POOLS_MOST: i32 = 100;
/// Fields of the request and the inputs they come from.
const NAMES: &[(&str, &str)] = &[
    ("token", "code"),
    ("new_organization.display_name", "name"),
    ("existing_organization", "organization"),
];

pub(super) fn routes() -> Router<App> {
    Router::new().route("/claim/choose", post(chosen)).route("/claim/confirm", post(confirm))
}

/// Only organizations that the buyer administers are offered (A7); with none there is nothing to choose (A3).
pub(super) async fn choose(
    desk: &Desk,
    code: &str,
    link: &InspectPurchaseLinkResponse,
    form: Form,
) -> html::Answer {
    let request = ListOrganizationsRequest {
        page_size: TARGETS_MOST,
        page_token: String::new(),
        filter: "caller_may_edit = true".to_owned(),
    };
    let found = desk.organizations()?.list_organizations(request).await?.into_inner().organizations;
    let picked = form.value("organization").to_owned();
    let targets = try_join_all(found.iter().enumerate().map(|(index, organization)| {
        let selected = if picked.is_empty() { index == 0 } else { picked == organization.name };
        target(desk, organization, &link.lines, selected)
    }));
    let targets = targets.await?;
    let view =
        Choose { page: desk.page("Where to?"), bought: bought(link), code: code.to_owned(), targets, form };
    if view.form.problems.is_empty() { html::page(&view) } else { html::refused(&view) }
}

async fn target(
    desk: &Desk,
    organization: &Organization,
    lines: &[Line],
    selected: bool,
) -> Result<Target, Failure> {
    Ok(Target {
        value: organization.name.clone(),
        organization: place::shown(organization),
        changes: changes(lines, &pools(desk, &organization.name).await?),
        selected,
    })
}

async fn pools(desk: &Desk, organization: &str) -> Result<Vec<Pool>, Failure> {
    let parent = organization.to_owned();
    let request = ListPoolsRequest { parent, page_size: POOLS_MOST, page_token: String::new() };
    Ok(desk.licenses()?.list_pools(request).await?.into_inner().pools)
}

/// Each product's seats grow by exactly what was bought (A5).
fn changes(lines: &[Line], pools: &[Pool]) -> Vec<Change> {
    let change = |line: &Line| {
        let pool = pools.iter().find(|pool| place::last(&pool.name) == line.product);
        let before = pool.map_or(0, |pool| pool.purchased_count);
        let after = before.saturating_add(line.seat_count);
        Change {
            product: line.product_display_name.clone(),
            before: shapes::count(before),
            after: shapes::count(after),
        }
    };
    lines.iter().map(change).collect()
}

/// The choice as it was typed.
enum Picked {
    New(String),
    Existing(String),
}

fn picked(sent: &Sent, form: &mut Form) -> Option<Picked> {
    let (choice, name, organization) = (sent.text("choice"), sent.text("name"), sent.text("organization"));
    match choice {
        "existing" if !organization.is_empty() => return Some(Picked::Existing(organization.to_owned())),
        "existing" => form.refuse("organization", "Choose one of your organizations."),
        "new" if !name.is_empty() => return Some(Picked::New(name.to_owned())),
        "new" => form.refuse("name", "Type a name for the new organization."),
        _ => form.refuse("", "Choose where the licences go."),
    }
    None
}

/// Seats before and after, once more, and the button that counts.
async fn chosen(desk: Desk, sent: Sent) -> html::Answer {
    look_again(&desk, &sent, sent.form()).await
}

async fn look_again(desk: &Desk, sent: &Sent, mut form: Form) -> html::Answer {
    let code = sent.text("code");
    let link = match inspect(desk, code).await? {
        Ok(link) => link,
        Err(status) => return refused(desk, code, status).await,
    };
    let Some(picked) = picked(sent, &mut form) else { return choose(desk, code, &link, form).await };
    let mut hidden = vec![("code", code.to_owned()), ("request_id", fresh_id())];
    let (organization, is_new, pools) = match picked {
        Picked::New(name) => {
            hidden.extend([("choice", "new".to_owned()), ("name", name.clone())]);
            (name, true, Vec::new())
        }
        Picked::Existing(name) => {
            hidden.extend([("choice", "existing".to_owned()), ("organization", name.clone())]);
            let request = GetOrganizationRequest { name: name.clone() };
            let found = desk.organizations()?.get_organization(request).await?.into_inner();
            (place::shown(&found).label(), false, pools(desk, &name).await?)
        }
    };
    let view = Confirm {
        page: desk.page("Please confirm"),
        hidden: hidden.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        organization,
        is_new,
        changes: changes(&link.lines, &pools),
        // Behind "#" the code stays in the browser.
        back_href: format!("/claim#{code}"),
        form,
    };
    if view.form.problems.is_empty() { html::page(&view) } else { html::refused(&view) }
}

/// Maps, once. Reloading the answer sends the same request id and shows the same.
async fn confirm(desk: Desk, sent: Sent) -> html::Answer {
    let code = sent.text("code");
    let mut form = sent.form();
    let Some(picked) = picked(&sent, &mut form) else { return look_again(&desk, &sent, sent.form()).await };
    let target = match picked {
        Picked::New(display_name) => Wanted::NewOrganization(NewOrganization { display_name }),
        Picked::Existing(name) => Wanted::ExistingOrganization(name),
    };
    let request =
        MapPurchaseRequest { token: code.to_owned(), target: Some(target), request_id: sent.request_id() };
    let client = desk.purchases()?;
    let mapped = patiently(|| {
        let (mut client, request) = (client.clone(), request.clone());
        async move { client.map_purchase(request).await }
    });
    let mapped = match mapped.await {
        Ok(mapped) => mapped,
        Err(status) if leads_elsewhere(&status) => return refused(&desk, code, status).await,
        Err(status) => {
            problems::add(&mut form, status, NAMES)?;
            return look_again(&desk, &sent, form).await;
        }
    };
    let request = GetOrganizationRequest { name: mapped.organization.clone() };
    let organization = desk.organizations()?.get_organization(request).await?.into_inner();
    html::page(&Done {
        page: desk.page("Licences mapped"),
        organization: place::shown(&organization),
        changes: done(&mapped.lines, &pools(&desk, &mapped.organization).await?),
        base: place::base(&mapped.organization),
    })
}

fn leads_elsewhere(status: &tonic::Status) -> bool {
    links::fate(status).is_some() || Refusal::reason_of(status) == Some(Reason::PurchaseAlreadyMapped)
}

/// The seats are there already: what was bought is subtracted for "before".
fn done(lines: &[Line], pools: &[Pool]) -> Vec<Change> {
    let bought_less = |line: &Line| Line { seat_count: line.seat_count.saturating_neg(), ..line.clone() };
    let reversed: Vec<Line> = lines.iter().map(bought_less).collect();
    let turned = changes(&reversed, pools).into_iter();
    turned.map(|change| Change { before: change.after, after: change.before, ..change }).collect()
}

#[cfg(test)]
mod tests {
    use super::super::view::text::Count;
    use super::*;

    fn order() -> (Vec<Line>, Vec<Pool>) {
        let line = Line { product: "meet".into(), seat_count: 25, product_display_name: "Meet".into() };
        let pool = Pool { name: "organizations/1/pools/meet".into(), purchased_count: 50, ..Pool::default() };
        (vec![line], vec![pool])
    }

    #[test]
    fn a5_seats_before_and_after_differ_by_what_was_bought() {
        let (lines, mut pools) = order();
        let expected = Change { product: "Meet".into(), before: Count(50), after: Count(75) };
        assert_eq!(changes(&lines, &pools), std::slice::from_ref(&expected));
        pools[0].purchased_count = 75;
        assert_eq!(done(&lines, &pools), [expected]);
        assert_eq!(changes(&lines, &[])[0].before, Count(0));
    }

    #[test]
    fn a4_the_choice_needs_its_name_or_its_organization() {
        let mut form = Form::default();
        assert!(picked(&Sent::of(&[("choice", "new"), ("name", " ")]), &mut form).is_none());
        assert!(form.error("name").is_some());
        assert!(picked(&Sent::of(&[("choice", "existing")]), &mut form).is_none());
        assert!(form.error("organization").is_some());
        let found = picked(&Sent::of(&[("choice", "new"), ("name", "Acme")]), &mut form);
        assert!(matches!(found, Some(Picked::New(name)) if name == "Acme"));
    }
}
