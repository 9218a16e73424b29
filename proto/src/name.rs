//! Resource names (AIP-122): parsing at the door, printing at the exit.
//!
//! The organization is in every tenant-owned name, so the tenant of a call is
//! known before any row is read. Ids are UUIDv7 and never secrets.

use std::fmt;

use uuid::Uuid;

use crate::refusal::Refusal;

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident { $($field:ident : $kind:ty = $collection:literal),+ })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name { $(#[doc = concat!("Id in `", $collection, "/`.")] pub $field: $kind),+ }

        impl $name {
            /// The form of the name, for messages.
            const PATTERN: &str = concat!($($collection, "/*/"),+);

            /// Parses the name; `field` is the request field to blame.
            pub fn parse(text: &str, field: &str) -> Result<Self, Refusal> {
                Self::read(text).ok_or_else(|| malformed(text, field, Self::PATTERN))
            }

            fn read(text: &str) -> Option<Self> {
                let mut segments = text.split('/');
                let name = Self { $($field: segment(&mut segments, $collection)?),+ };
                segments.next().is_none().then_some(name)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut separator = "";
                $(
                    write!(out, "{separator}{}/{}", $collection, self.$field)?;
                    separator = "/";
                )+
                let _ = separator;
                Ok(())
            }
        }
    )*};
}

names! {
    /// `organizations/{organization}`
    Organization { organization: Uuid = "organizations" }
    /// `organizations/{organization}/users/{user}`
    User { organization: Uuid = "organizations", user: Uuid = "users" }
    /// `organizations/{organization}/bulkRuns/{bulk_run}`
    BulkRun { organization: Uuid = "organizations", bulk_run: Uuid = "bulkRuns" }
    /// `organizations/{organization}/pools/{product}`
    Pool { organization: Uuid = "organizations", product: ProductId = "pools" }
    /// `organizations/{organization}/pools/{product}/seats/{user}`
    Seat { organization: Uuid = "organizations", product: ProductId = "pools", user: Uuid = "seats" }
    /// `organizations/{organization}/imports/{import}`
    Import { organization: Uuid = "organizations", import: Uuid = "imports" }
    /// `accounts/{account}`
    Account { account: Uuid = "accounts" }
    /// `accounts/{account}/sessions/{session}`
    Session { account: Uuid = "accounts", session: Uuid = "sessions" }
    /// `clients/{client}`
    Client { client: Uuid = "clients" }
    /// `purchases/{purchase}`
    Purchase { purchase: Uuid = "purchases" }
    /// `mails/{mail}`
    Mail { mail: Uuid = "mails" }
}

/// A product id as operators configure it: 1 to 40 of `a-z`, `0-9`, `-`, `_`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProductId(String);

impl ProductId {
    /// Checks the form, not whether such a product is sold.
    pub fn parse(text: &str) -> Option<Self> {
        let allowed =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_');
        let valid = (1..=40).contains(&text.len()) && text.bytes().all(allowed);
        valid.then(|| Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProductId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A segment that can stand in a resource name.
trait Segment: Sized {
    fn from_segment(text: &str) -> Option<Self>;
}

impl Segment for Uuid {
    /// Only the canonical form: one resource has one name.
    fn from_segment(text: &str) -> Option<Self> {
        let id = Self::try_parse(text).ok()?;
        (id.hyphenated().to_string() == text).then_some(id)
    }
}

impl Segment for ProductId {
    fn from_segment(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

fn segment<'a, T: Segment>(segments: &mut impl Iterator<Item = &'a str>, collection: &str) -> Option<T> {
    if segments.next()? != collection {
        return None;
    }
    T::from_segment(segments.next()?)
}

fn malformed(text: &str, field: &str, pattern: &str) -> Refusal {
    let shown: String = text.chars().take(80).collect();
    let pattern = pattern.trim_end_matches('/');
    Refusal::field(field, format!("\"{shown}\" is not a name of the form {pattern}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0198c7a0-0000-7000-8000-000000000001";

    #[test]
    fn a_name_survives_printing_and_parsing() {
        let text = format!("organizations/{ID}/pools/meet/seats/{ID}");
        assert_eq!(Seat::parse(&text, "name").expect("valid").to_string(), text);
    }

    #[test]
    fn other_forms_are_refused_and_the_field_is_named() {
        let upper = format!("organizations/{}", ID.to_uppercase());
        for text in [
            "",
            "organizations",
            "organizations/",
            "organizations/x",
            "users/1",
            upper.as_str(),
            &format!("organizations/{ID}/"),
            &format!("organizations/{ID}/users/{ID}"),
        ] {
            let refusal = Organization::parse(text, "parent").expect_err(text);
            assert_eq!(refusal.violations[0].field, "parent");
        }
    }
}
