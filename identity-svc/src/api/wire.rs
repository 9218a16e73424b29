//! Values to messages.

use chrono::{DateTime, Utc};
use proto::identity::v1;
use proto::name;
use proto::time::to_wire;

use crate::app::organizations;
use crate::app::sessions;
use crate::domain::bulk_run::{self, BulkRun, Outcome};
use crate::domain::invitation::{self, Invitation};
use crate::domain::profile::Profile;
use crate::domain::role::Role;
use crate::domain::user::{Kind, Placed, State};
use crate::store::memberships;

pub(super) fn role(role: Role) -> v1::Role {
    match role {
        Role::Member => v1::Role::Member,
        Role::Admin => v1::Role::Admin,
        Role::Owner => v1::Role::Owner,
    }
}

pub(super) fn state(state: State) -> v1::user::State {
    match state {
        State::Pending => v1::user::State::Pending,
        State::Active => v1::user::State::Active,
        State::Deactivated => v1::user::State::Deactivated,
    }
}

/// A user as it is at `now`.
pub(super) fn user(placed: &Placed, now: DateTime<Utc>) -> v1::User {
    let user = &placed.user;
    let profile = user.profile.clone();
    let kind = match user.kind {
        Kind::Login => v1::user::Kind::Login,
        Kind::Loginless => v1::user::Kind::Loginless,
    };
    v1::User {
        name: user.name().to_string(),
        email: user.email_text().unwrap_or_default().to_owned(),
        given_name: profile.name.given,
        family_name: profile.name.family,
        display_name: profile.name.display,
        title: profile.title,
        office_phone: profile.office_phone,
        mobile_phone: profile.mobile_phone,
        fax: profile.fax,
        role: role(user.role).into(),
        kind: kind.into(),
        active: Some(user.active),
        portal_access: Some(user.portal_access),
        state: state(user.state()).into(),
        invitation: Some(invitation(&user.invitation, now)),
        language_code: profile.language_code,
        last_sign_in_time: user.last_sign_in_time.map(to_wire),
        create_time: Some(to_wire(user.create_time)),
        update_time: Some(to_wire(user.update_time)),
        organization_display_name: placed.organization_display_name.clone(),
        organization_account_number: placed.organization_account_number.to_string(),
        etag: user.etag(),
    }
}

fn invitation(invitation: &Invitation, now: DateTime<Utc>) -> v1::Invitation {
    use v1::invitation::State;
    let state = match invitation.state_at(now) {
        invitation::State::NotSent => State::NotSent,
        invitation::State::Queued => State::Queued,
        invitation::State::Deferred => State::Deferred,
        invitation::State::Sent => State::Sent,
        invitation::State::Delivered => State::Delivered,
        invitation::State::Bounced => State::Bounced,
        invitation::State::Suppressed => State::Suppressed,
        invitation::State::Expired => State::Expired,
        invitation::State::Accepted => State::Accepted,
        invitation::State::Revoked => State::Revoked,
    };
    v1::Invitation {
        state: state.into(),
        send_time: invitation.send_time.map(to_wire),
        expire_time: invitation.expire_time.map(to_wire),
        send_count: count(invitation.send_count),
        detail: invitation.detail.clone(),
    }
}

/// Everything an import could change.
pub(super) fn importable(profile: Profile) -> v1::ImportableFields {
    v1::ImportableFields {
        given_name: Some(profile.name.given),
        family_name: Some(profile.name.family),
        display_name: Some(profile.name.display),
        title: Some(profile.title),
        office_phone: Some(profile.office_phone),
        mobile_phone: Some(profile.mobile_phone),
        fax: Some(profile.fax),
        language_code: Some(profile.language_code),
    }
}

pub(super) fn organization(shown: &organizations::Shown) -> v1::Organization {
    let organization = &shown.organization;
    let parent = organization.parent.map(|parent| name::Organization { organization: parent }.to_string());
    v1::Organization {
        name: name::Organization { organization: organization.id }.to_string(),
        display_name: organization.display_name.clone(),
        parent_organization: parent.unwrap_or_default(),
        account_number: organization.account_number.to_string(),
        default_language_code: organization.default_language_code.clone(),
        depth: count(organization.depth),
        create_time: Some(to_wire(organization.create_time)),
        update_time: Some(to_wire(organization.update_time)),
        caller_role: shown.caller_role.map_or(v1::Role::Unspecified, role).into(),
        caller_may_edit: shown.caller_may_edit,
        etag: organization.etag(),
    }
}

pub(super) fn session(shown: &sessions::Shown) -> v1::Session {
    let session = &shown.session;
    v1::Session {
        name: session.name().to_string(),
        email: shown.account.email.to_string(),
        display_name: shown.account.display_name.clone(),
        memberships: shown.memberships.iter().map(membership).collect(),
        user_agent: session.user_agent.clone(),
        create_time: Some(to_wire(session.create_time)),
        last_use_time: Some(to_wire(session.last_use_time)),
        idle_expire_time: Some(to_wire(shown.idle_expire_time)),
        expire_time: Some(to_wire(session.expire_time)),
    }
}

fn membership(shown: &memberships::Shown) -> v1::session::Membership {
    let organization = shown.membership.organization;
    v1::session::Membership {
        user: name::User { organization, user: shown.user }.to_string(),
        organization: name::Organization { organization }.to_string(),
        organization_display_name: shown.organization_display_name.clone(),
        organization_account_number: shown.organization_account_number.to_string(),
        role: role(shown.membership.role).into(),
        portal: shown.membership.portal_access,
    }
}

pub(super) fn bulk_run(run: &BulkRun) -> v1::BulkRun {
    use v1::bulk_run::{Action, Skip, State};
    let state = match run.state {
        bulk_run::State::Running => State::Running,
        bulk_run::State::Succeeded => State::Succeeded,
        bulk_run::State::Cancelled => State::Cancelled,
    };
    let skipped = run.outcomes.iter().filter(|(outcome, _)| *outcome != Outcome::Queued);
    let skips =
        skipped.map(|(outcome, number)| Skip { reason: outcome.as_str().to_owned(), count: count(*number) });
    let name = name::BulkRun { organization: run.organization, bulk_run: run.id };
    v1::BulkRun {
        name: if run.id.is_nil() { String::new() } else { name.to_string() },
        action: Action::SendActivationEmails.into(),
        state: state.into(),
        total_count: count(run.total),
        done_count: count(run.count(Outcome::Queued)),
        skipped_count: count(run.skipped()),
        skips: skips.collect(),
        create_time: Some(to_wire(run.create_time)),
        end_time: run.end_time.map(to_wire),
    }
}

/// Counts travel as int32.
pub(super) fn count(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
