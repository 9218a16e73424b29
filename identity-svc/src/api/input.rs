//! Parsing at the door: values out of messages, and every bad field named at once.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use prost_types::Timestamp;
use proto::identity::v1;
use proto::name;
use proto::refusal::{Refusal, Violation};
use proto::time::from_wire;
use uuid::Uuid;

use crate::domain::email::Email;
use crate::domain::name::Name;
use crate::domain::password::{Password, Policy};
use crate::domain::profile::{Changes, require_name};
use crate::domain::role::Role;
use crate::domain::text::violation;

/// Collects what is wrong while values are parsed.
#[derive(Default)]
pub(super) struct Violations(Vec<Violation>);

impl Violations {
    /// The value, or `None` and a violation.
    pub(super) fn take<T>(&mut self, parsed: Result<T, Violation>) -> Option<T> {
        parsed.map_err(|violation| self.0.push(violation)).ok()
    }

    /// A new password for the person with this address, once that is known.
    pub(super) fn password(&mut self, policy: Policy, text: &str, email: Option<&Email>) -> Option<Password> {
        self.take(policy.accept("password", text, email?))
    }

    /// One more.
    pub(super) fn push(&mut self, field: &str, description: impl Into<String>) {
        self.0.push(violation(field, description));
    }

    /// Several more.
    pub(super) fn take_all<T>(&mut self, parsed: Result<T, Vec<Violation>>) -> Option<T> {
        parsed.map_err(|violations| self.0.extend(violations)).ok()
    }

    /// FIELD_VIOLATIONS, if there is any.
    pub(super) fn refuse(self) -> Result<(), Refusal> {
        if self.0.is_empty() { Ok(()) } else { Err(Refusal::fields(self.0)) }
    }
}

/// An address.
pub(super) fn email(field: &str, text: &str) -> Result<Email, Violation> {
    if text.trim().is_empty() {
        return Err(violation(field, "is required"));
    }
    Email::parse(text).map_err(|problem| violation(field, problem.to_string()))
}

/// A time, if it is given.
pub(super) fn time(field: &str, wire: Option<&Timestamp>) -> Result<Option<DateTime<Utc>>, Refusal> {
    let read = |wire| from_wire(wire).ok_or_else(|| Refusal::field(field, "is no time"));
    wire.map(read).transpose()
}

/// A role that was named; none for the default.
pub(super) fn role(field: &str, number: i32) -> Result<Option<Role>, Violation> {
    match v1::Role::try_from(number) {
        Ok(v1::Role::Unspecified) => Ok(None),
        Ok(v1::Role::Member) => Ok(Some(Role::Member)),
        Ok(v1::Role::Admin) => Ok(Some(Role::Admin)),
        Ok(v1::Role::Owner) => Ok(Some(Role::Owner)),
        Err(_) => Err(violation(field, "is not a role")),
    }
}

/// A person's name in two fields, checked and not empty.
pub(super) fn person(given: &str, family: &str) -> Result<Name, Vec<Violation>> {
    let changes = Changes {
        given_name: Some(given.to_owned()),
        family_name: Some(family.to_owned()),
        ..Changes::default()
    };
    let changes = changes.checked("")?;
    require_name(given, family, "", "")?;
    let (given, family) = (changes.given_name.unwrap_or_default(), changes.family_name.unwrap_or_default());
    Ok(Name::of(given, family, String::new()))
}

/// Ids of at most `most` users of one organization; names of another's are refused by their text alone.
pub(super) fn users(parent: Uuid, field: &str, names: &[String], most: usize) -> Result<Vec<Uuid>, Refusal> {
    if names.len() > most {
        return Err(Refusal::field(field, format!("must name at most {most} users")));
    }
    let mut ids = Vec::with_capacity(names.len());
    for (index, text) in names.iter().enumerate() {
        let field = format!("{field}[{index}]");
        let name = name::User::parse(text, &field)?;
        if name.organization != parent {
            return Err(Refusal::field(field, "is a user of another organization"));
        }
        ids.push(name.user);
    }
    Ok(ids)
}

/// The first address that stands there twice.
pub(super) fn first_twice<'a>(emails: impl Iterator<Item = &'a Email>) -> Option<usize> {
    let mut seen = HashSet::new();
    emails.into_iter().position(|email| !seen.insert(email))
}

/// What an import can set.
pub(super) fn changes(fields: Option<v1::ImportableFields>) -> Changes {
    let fields = fields.unwrap_or_default();
    Changes {
        given_name: fields.given_name,
        family_name: fields.family_name,
        display_name: fields.display_name,
        title: fields.title,
        office_phone: fields.office_phone,
        mobile_phone: fields.mobile_phone,
        fax: fields.fax,
        language_code: fields.language_code,
    }
}
