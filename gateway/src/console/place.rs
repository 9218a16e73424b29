//! The organization of the address: `/o/{organization}/…`.

use std::collections::BTreeMap;
use std::ops::Deref;

use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;
use proto::identity::v1::session::Membership;
use proto::identity::v1::{GetOrganizationRequest, Organization};
use proto::name;
use uuid::Uuid;

use super::failure::Failure;
use super::signed::Signed;
use super::view;
use super::view::page::{Here, Link, Shell};
use crate::app::App;

/// Most organizations in the switcher; `/o` lists all.
const SWITCHER: usize = 10;

/// A signed-in person in an organization that they may see. There is no other
/// "current organization": two tabs can show two.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) signed: Signed,
    pub(super) organization: Organization,
    segments: BTreeMap<String, String>,
}

impl Place {
    /// `/o/{organization}`: addresses of pages start with it.
    pub(super) fn base(&self) -> String {
        base(&self.organization.name)
    }

    /// `organizations/{organization}`: the parent in requests.
    pub(super) fn parent(&self) -> String {
        self.organization.name.clone()
    }

    /// A part of the address by its name in the route.
    pub(super) fn segment(&self, name: &str) -> &str {
        self.segments.get(name).map_or("", String::as_str)
    }

    /// An id in the address.
    ///
    /// # Errors
    ///
    /// The page for 404 when it is no id.
    pub(super) fn id(&self, name: &str) -> Result<Uuid, Failure> {
        Uuid::try_parse(self.segment(name)).map_err(|_| Failure::Answer(404))
    }

    /// `organizations/{organization}/{collection}/{id of the segment}`.
    pub(super) fn name_of(&self, collection: &str, segment: &str) -> Result<String, Failure> {
        Ok(format!("{}/{collection}/{}", self.organization.name, self.id(segment)?))
    }

    /// Whether the viewer may edit users and licences here.
    pub(super) fn may_edit(&self) -> bool {
        self.organization.caller_may_edit
    }

    /// The frame around the page.
    pub(super) fn shell(&self, at: Here) -> Shell {
        let own = &self.session.memberships;
        let others = own.iter().filter(|one| one.organization != self.organization.name);
        Shell {
            base: self.base(),
            at,
            organization: shown(&self.organization),
            others: others.take(SWITCHER).map(of_membership).collect(),
            managing_back: self.managing_back(),
            person: self.person(),
            email: self.session.email.clone(),
        }
    }

    fn person(&self) -> String {
        let name = &self.session.display_name;
        if name.is_empty() { self.session.email.clone() } else { name.clone() }
    }

    /// Set in a customer: below an organization of the viewer's, or none of their own at all.
    fn managing_back(&self) -> Option<Link> {
        let own = &self.session.memberships;
        let member_of = |name: &str| own.iter().find(|one| one.organization == name);
        let back = match member_of(&self.organization.parent_organization) {
            Some(parent) => parent,
            None if member_of(&self.organization.name).is_some() => return None,
            None => own.first()?,
        };
        Some(Link::new(format!("Back to {}", back.organization_display_name), of_membership(back).href))
    }
}

/// `/o/{organization}` of `organizations/{organization}`.
pub(super) fn base(name: &str) -> String {
    format!("/o/{}", last(name))
}

/// The id at the end of a resource name.
pub(super) fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or_default()
}

/// An organization as pages show it.
pub(super) fn shown(organization: &Organization) -> view::page::Organization {
    view::page::Organization {
        name: organization.display_name.clone(),
        account_number: organization.account_number.clone(),
        href: format!("{}/users", base(&organization.name)),
    }
}

/// The organization of a membership as pages show it.
pub(super) fn of_membership(one: &Membership) -> view::page::Organization {
    view::page::Organization {
        name: one.organization_display_name.clone(),
        account_number: one.organization_account_number.clone(),
        href: format!("{}/users", base(&one.organization)),
    }
}

impl Deref for Place {
    type Target = Signed;

    fn deref(&self) -> &Signed {
        &self.signed
    }
}

impl FromRequestParts<App> for Place {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let params = RawPathParams::from_request_parts(parts, app).await.map_err(|_| Failure::Answer(404))?;
        let segments: BTreeMap<String, String> =
            params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let name = format!("organizations/{}", segments.get("organization").map_or("", String::as_str));
        let name = name::Organization::parse(&name, "name").map_err(|_| Failure::Answer(404))?.to_string();
        let signed = Signed::from_request_parts(parts, app).await?;
        let organization = signed.organizations()?.get_organization(GetOrganizationRequest { name }).await?;
        Ok(Self { organization: organization.into_inner(), signed, segments })
    }
}
