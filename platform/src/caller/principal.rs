//! The kinds of callers and the text that names one.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

/// Who is behind a call; says who, never what they may do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Principal {
    /// A person who signed in.
    Account {
        /// The person's account.
        account: Uuid,
        /// The user they act as, when the sign-in is bound to one organization.
        user: Option<Uuid>,
        /// The session; none in work without a live request.
        session: Option<Uuid>,
    },
    /// A program with an API key.
    Client {
        /// The client.
        client: Uuid,
        /// The organization it belongs to; a platform client belongs to none (Q35).
        organization: Option<Uuid>,
        /// The user whose rights it has, when it acts as one.
        user: Option<Uuid>,
    },
    /// One of our own processes with nobody behind it: a relay, a sweeper.
    Service {
        /// Its name, such as `license`.
        name: String,
    },
    /// Nobody.
    Anonymous,
}

/// The text names no principal.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a principal")]
pub struct Unknown;

impl Principal {
    /// The same text for the same person or program in every session: the scope of idempotency,
    /// caches and the audit.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Account { account, .. } => format!("account:{account}"),
            Self::Client { client, .. } => format!("client:{client}"),
            Self::Service { name } => format!("service:{name}"),
            Self::Anonymous => "anonymous".to_owned(),
        }
    }

    /// The principal without its session: what outlives a request, such as who started an import.
    #[must_use]
    pub fn lasting(&self) -> Self {
        match self {
            Self::Account { account, user, .. } => {
                Self::Account { account: *account, user: *user, session: None }
            }
            other => other.clone(),
        }
    }
}

/// `account:ID[;user=ID][;session=ID]`, `client:ID[;organization=ID][;user=ID]`, `service:NAME`, `anonymous`.
impl fmt::Display for Principal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.key())?;
        let parts = match self {
            Self::Account { user, session, .. } => [("user", user), ("session", session)],
            Self::Client { organization, user, .. } => [("organization", organization), ("user", user)],
            Self::Service { .. } | Self::Anonymous => return Ok(()),
        };
        for (name, id) in parts {
            if let Some(id) = id {
                write!(formatter, ";{name}={id}")?;
            }
        }
        Ok(())
    }
}

impl FromStr for Principal {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Self, Unknown> {
        if text == "anonymous" {
            return Ok(Self::Anonymous);
        }
        let (kind, rest) = text.split_once(':').ok_or(Unknown)?;
        let (subject, parts) = rest.split_once(';').map_or((rest, ""), |(subject, parts)| (subject, parts));
        let mut parts = Parts::parse(parts)?;
        let principal = match kind {
            "account" => Self::Account {
                account: id(subject)?,
                user: parts.take("user"),
                session: parts.take("session"),
            },
            "client" => Self::Client {
                client: id(subject)?,
                organization: parts.take("organization"),
                user: parts.take("user"),
            },
            "service" if is_name(subject) => Self::Service { name: subject.to_owned() },
            _ => return Err(Unknown),
        };
        parts.nothing_left().then_some(principal).ok_or(Unknown)
    }
}

/// The `name=id` parts that no field has taken yet.
struct Parts<'a>(Vec<(&'a str, Uuid)>);

impl<'a> Parts<'a> {
    fn parse(text: &'a str) -> Result<Self, Unknown> {
        let parts = text.split(';').filter(|part| !part.is_empty());
        let parsed = parts.map(|part| {
            let (name, value) = part.split_once('=').ok_or(Unknown)?;
            Ok((name, id(value)?))
        });
        parsed.collect::<Result<_, _>>().map(Self)
    }

    fn take(&mut self, name: &str) -> Option<Uuid> {
        let index = self.0.iter().position(|(known, _)| *known == name)?;
        Some(self.0.swap_remove(index).1)
    }

    fn nothing_left(&self) -> bool {
        self.0.is_empty()
    }
}

fn id(text: &str) -> Result<Uuid, Unknown> {
    Uuid::try_parse(text).map_err(|_| Unknown)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase())
}
