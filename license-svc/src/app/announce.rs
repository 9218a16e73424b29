//! Telling users who newly hold a seat: a pending one gets the invitation, an active one a notice (Q7).
//!
//! The announcement was written with the seats, so nobody is forgotten when a process dies; its id is
//! identity's request id, so nobody is told twice.

use chrono::TimeDelta;
use platform::caller::Principal;
use platform::db::Everyone;
use platform::lease::Lease;
use platform::outbox;
use platform::serve::Job;
use platform::telemetry;
use platform::tenant::Tenant;
use proto::events::v1::Event;
use proto::identity::v1::IssueInvitationsRequest;
use proto::identity::v1::issue_invitations_request::Reason;
use proto::identity::v1::issue_invitations_response::{Outcome, Result as Issued};
use proto::name;
use proto::refusal::Refusal;
use tonic::{Code, Status};
use uuid::Uuid;

use super::directory::Directory;
use super::{App, Error};
use crate::domain::events::{self, Enabled};
use crate::store::announcements::{self, Announcement, LEASES, earlier};

/// How many are taken at once.
const BATCH: i64 = 8;
const LONGEST_PAUSE: TimeDelta = TimeDelta::seconds(60);

/// Takes what is waiting and tells them; answers how many announcements were taken.
pub async fn round(app: &App, job: &Job, worker: Uuid) -> anyhow::Result<usize> {
    let mut tx =
        app.db.of(Everyone("a worker takes the announcements of every organization")).write().await?;
    let taken = announcements::take(&mut tx, worker, BATCH, app.clock.now()).await?;
    tx.commit().await?;
    let count = taken.len();
    for (lease, (organization, traceparent)) in taken {
        let tenant = job.tenant(organization);
        let telling = announce(app, tenant, &lease);
        if let Err(error) = telemetry::continued(traceparent.as_deref(), "seats.announce", telling).await {
            let status = Status::from(error);
            tracing::warn!(announcement.id = %lease.key, %status, "an announcement is put off");
            put_off(app, tenant, &lease).await?;
        }
    }
    Ok(count)
}

/// Takes over what a replica of the release before has left; answers how many announcements.
pub async fn adopt(app: &App) -> anyhow::Result<u64> {
    let everyone = || app.db.of(Everyone("a worker takes over the announcements of every organization"));
    if !earlier::any(&mut everyone().look().await?).await? {
        return Ok(0);
    }
    let mut tx = everyone().write().await?;
    let adopted = earlier::adopt(&mut tx, app.clock.now()).await?;
    tx.commit().await?;
    Ok(adopted)
}

async fn announce(app: &App, tenant: Tenant, lease: &Lease) -> Result<(), Error> {
    let found = announcements::find(&mut app.db.of(tenant).read().await?, tenant, lease.key).await?;
    let Some(announcement) = found else { return Ok(()) };
    let notices = match announcement.users.is_empty() {
        true => Vec::new(),
        false => issue(app, tenant, lease.key, &announcement).await?,
    };
    let now = app.clock.now();
    let mut tx = app.db.of(tenant).write().await?;
    if !LEASES.keep(&mut tx, lease, now).await? {
        return Ok(());
    }
    outbox::put_all(&mut tx, &notices, events::SUBSCRIBERS_OF_MAIL, now).await?;
    announcements::delete(&mut tx, tenant, lease.key).await?;
    tx.commit().await?;
    Ok(())
}

/// Lets identity issue the invitations in the name of whoever gave the seats; answers the notices of
/// those who need none. Who gave them may have lost the right since: the seats are given all the same.
async fn issue(
    app: &App,
    tenant: Tenant,
    id: Uuid,
    announcement: &Announcement,
) -> Result<Vec<Event>, Error> {
    let principal: Principal = announcement.principal.parse().map_err(|_| {
        tracing::error!(announcement.id = %id, "an announcement names no principal");
        Refusal::internal()
    })?;
    let giver = Some(&principal).filter(|giver| !matches!(giver, Principal::Service { .. }));
    match issue_for(app, tenant, id, announcement, giver).await {
        Err(Error::Answered(status)) if giver.is_some() && has_lost_the_right(&status) => {
            issue_for(app, tenant, id, announcement, None).await
        }
        issued => issued,
    }
}

fn has_lost_the_right(status: &Status) -> bool {
    matches!(status.code(), Code::PermissionDenied | Code::Unauthenticated | Code::NotFound)
}

async fn issue_for(
    app: &App,
    tenant: Tenant,
    id: Uuid,
    announcement: &Announcement,
    giver: Option<&Principal>,
) -> Result<Vec<Event>, Error> {
    let organization = tenant.organization();
    let directory = Directory(app.peers.work("identity", giver)?);
    let product_display_name = app.catalog.display_name(&announcement.product);
    let request = IssueInvitationsRequest {
        parent: name::Organization { organization }.to_string(),
        users: announcement
            .users
            .keys()
            .map(|user| name::User { organization, user: *user }.to_string())
            .collect(),
        reason: Reason::License.into(),
        product_display_name: product_display_name.clone(),
        request_id: id.to_string(),
    };
    let results = directory.invite(request).await?.results;
    let told = announcement.users.iter().zip(results);
    let active: Vec<_> = told.filter(|(_, issued)| issued.outcome() == Outcome::Active).collect();
    if active.is_empty() {
        return Ok(Vec::new());
    }
    let organization_display_name = directory.organization(organization).await?.display_name;
    let notice = |((user, seat_event), issued): ((&Uuid, &Uuid), Issued)| {
        let enabled = Enabled {
            id: Uuid::now_v7(),
            user: name::User { organization, user: *user },
            product_display_name: &product_display_name,
            organization_display_name: &organization_display_name,
            seat_event: *seat_event,
            email: issued.email,
            display_name: issued.display_name,
            language_code: issued.language_code,
        };
        events::license_enabled(enabled, announcement.product.as_str(), app.clock.now())
    };
    Ok(active.into_iter().map(notice).collect())
}

/// 1, 2, 4 … seconds, at most a minute.
async fn put_off(app: &App, tenant: Tenant, lease: &Lease) -> anyhow::Result<()> {
    let doublings = u32::try_from(lease.attempt - 1).unwrap_or(0).min(6);
    let pause = TimeDelta::seconds(1 << doublings).min(LONGEST_PAUSE);
    let mut tx = app.db.of(tenant).write().await?;
    let _ours = LEASES.give_back(&mut tx, lease, Some(app.clock.now() + pause)).await?;
    tx.commit().await?;
    Ok(())
}
