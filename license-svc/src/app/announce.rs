//! Telling users who newly hold a seat: a pending one gets the invitation, an active one a notice (Q7).
//!
//! The announcement was written with the seats, so nobody is forgotten when a process dies; its id is
//! identity's request id, so nobody is told twice. Whoever lost the seat before identity heard of it is not told.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use platform::caller::Principal;
use platform::db::{self, Everyone, Tx};
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
use proto::refusal::{Reason as Cause, Refusal};
use tonic::{Code, Status};
use uuid::Uuid;

use super::directory::Directory;
use super::{App, Error};
use crate::domain::events::{self, Enabled};
use crate::store::announcements::{self, Announcement, LEASES, earlier};
use crate::store::seats;

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
    let mut tx = app.db.of(tenant).read().await?;
    let found = announcements::find(&mut tx, tenant, lease.key).await?;
    let Some(announcement) = found else { return Ok(()) };
    let seated = still_seated(&mut tx, tenant, &announcement).await?;
    drop(tx);
    let telling = Telling { app, tenant, lease, announcement: &announcement };
    let some_lost_it = !seated.is_empty() && seated.len() < announcement.users.len();
    if some_lost_it && !telling.was_heard().await? {
        return narrow(app, tenant, lease, &seated).await;
    }
    let notices = match seated.is_empty() {
        true => Vec::new(),
        false => telling.notices(&seated).await?,
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

/// Those who still hold the seat that was given then; one that was given anew has its own announcement.
async fn still_seated(
    tx: &mut Tx,
    tenant: Tenant,
    announcement: &Announcement,
) -> db::Result<BTreeMap<Uuid, Uuid>> {
    let users: Vec<Uuid> = announcement.users.keys().copied().collect();
    let since = seats::holders(tx, tenant, &announcement.product, &users).await?;
    let holds = |user: &Uuid| since.get(user).is_some_and(|since| *since <= announcement.create_time);
    let seated = announcement.users.iter().filter(|&(user, _)| holds(user));
    Ok(seated.map(|(user, seat_event)| (*user, *seat_event)).collect())
}

/// The same request id must be the same users, so those who are left are told under another one. Only where
/// identity has done nothing under the old one: else who was mailed before would be mailed again.
async fn narrow(
    app: &App,
    tenant: Tenant,
    lease: &Lease,
    seated: &BTreeMap<Uuid, Uuid>,
) -> Result<(), Error> {
    let mut tx = app.db.of(tenant).write().await?;
    if LEASES.keep(&mut tx, lease, app.clock.now()).await? {
        announcements::narrow(&mut tx, tenant, lease.key, seated).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// One announcement, and whose it is. Its id is identity's request id.
struct Telling<'a> {
    app: &'a App,
    tenant: Tenant,
    lease: &'a Lease,
    announcement: &'a Announcement,
}

impl Telling<'_> {
    /// Whether an earlier call took effect though its answer was lost. Asked by the same id without users:
    /// identity refuses it if the id stands for its users already, else it mails nobody and the id is used
    /// up, so that an earlier call that is still on its way is refused when it arrives.
    async fn was_heard(&self) -> Result<bool, Error> {
        if self.lease.attempt == 1 {
            return Ok(false);
        }
        let is_reused = |status: &Status| Refusal::reason_of(status) == Some(Cause::IdempotencyKeyReused);
        match self.issue(&[]).await {
            Ok(_) => Ok(false),
            Err(Error::Answered(status)) if is_reused(&status) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Lets identity issue the invitations, which happens once; answers the notices of those who hold the
    /// seat and need none.
    async fn notices(&self, seated: &BTreeMap<Uuid, Uuid>) -> Result<Vec<Event>, Error> {
        let users: Vec<Uuid> = self.announcement.users.keys().copied().collect();
        let (directory, results) = self.issue(&users).await?;
        let told = self.announcement.users.iter().zip(results);
        let is_noticed =
            |user: &Uuid, issued: &Issued| seated.contains_key(user) && issued.outcome() == Outcome::Active;
        let active: Vec<_> = told.filter(|((user, _), issued)| is_noticed(user, issued)).collect();
        if active.is_empty() {
            return Ok(Vec::new());
        }
        let organization = self.tenant.organization();
        let organization_display_name = directory.organization(organization).await?.display_name;
        let product = &self.announcement.product;
        let product_display_name = self.app.catalog.display_name(product);
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
            events::license_enabled(enabled, product.as_str(), self.app.clock.now())
        };
        Ok(active.into_iter().map(notice).collect())
    }

    /// In the name of whoever gave the seats, who may have lost the right since: the seats are given all the
    /// same.
    async fn issue(&self, users: &[Uuid]) -> Result<(Directory, Vec<Issued>), Error> {
        let principal: Principal = self.announcement.principal.parse().map_err(|_| {
            tracing::error!(announcement.id = %self.lease.key, "an announcement names no principal");
            Refusal::internal()
        })?;
        let giver = Some(&principal).filter(|giver| !matches!(giver, Principal::Service { .. }));
        match self.issue_for(giver, users).await {
            Err(Error::Answered(status)) if giver.is_some() && has_lost_the_right(&status) => {
                self.issue_for(None, users).await
            }
            issued => issued,
        }
    }

    async fn issue_for(
        &self,
        giver: Option<&Principal>,
        users: &[Uuid],
    ) -> Result<(Directory, Vec<Issued>), Error> {
        let organization = self.tenant.organization();
        let directory = Directory(self.app.peers.work("identity", giver)?);
        let user = |user: &Uuid| name::User { organization, user: *user }.to_string();
        let request = IssueInvitationsRequest {
            parent: name::Organization { organization }.to_string(),
            users: users.iter().map(user).collect(),
            reason: Reason::License.into(),
            product_display_name: self.app.catalog.display_name(&self.announcement.product),
            request_id: self.lease.key.to_string(),
        };
        let results = directory.invite(request).await?.results;
        Ok((directory, results))
    }
}

fn has_lost_the_right(status: &Status) -> bool {
    matches!(status.code(), Code::PermissionDenied | Code::Unauthenticated | Code::NotFound)
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
