//! What is known of people: directory and seats, in sets.

use platform::caller::{Caller, Principal};
use platform::peer::Peers;
use uuid::Uuid;

use super::directory::{self, Directory};
use super::halt::Halt;
use super::seats::{self, Seats};
use crate::domain::import::Import;
use crate::domain::plan::Known;

/// The two services that know.
pub struct Lookup {
    /// Users.
    pub directory: Directory,
    /// Seats, for kinds with licences.
    pub seats: Option<Seats>,
}

/// What is known of the people asked for.
#[derive(Debug, Default)]
pub struct Answers {
    people: directory::Matches,
    seats: seats::Matches,
}

impl Lookup {
    /// In the name of whoever calls.
    pub fn relayed(peers: &Peers, caller: &Caller, import: &Import) -> Result<Self, Halt> {
        let directory = Directory::new(peers.relay("identity", caller)?, import.organization);
        Ok(Self { directory, seats: Seats::of(peers.relay("license", caller)?, import) })
    }

    /// In the name of whoever stands in the import's row, without a live request.
    pub fn at_work(peers: &Peers, principal: &str, import: &Import) -> Result<Self, Halt> {
        let principal: Principal = principal.parse().map_err(|_| {
            tracing::error!(import.id = %import.id, "the import names no principal");
            proto::refusal::Refusal::internal()
        })?;
        let identity = peers.work("identity", Some(&principal))?;
        let license = peers.work("license", Some(&principal))?;
        let directory = Directory::new(identity, import.organization);
        Ok(Self { directory, seats: Seats::of(license, import) })
    }

    /// Looks people up by their addresses: one call to each service.
    pub async fn ask(&self, emails: Vec<String>) -> Result<Answers, Halt> {
        let people = self.directory.find(emails).await?;
        let ids: Vec<Uuid> = people.users.iter().flatten().map(|(user, _)| *user).collect();
        let seats = match &self.seats {
            Some(pool) if !ids.is_empty() => pool.find(ids).await?,
            _ => seats::Matches::default(),
        };
        Ok(Answers { people, seats })
    }

    /// Seats that are free; none for kinds without licences.
    pub async fn free(&self) -> Result<u32, Halt> {
        match &self.seats {
            Some(pool) => Ok(pool.find(Vec::new()).await?.free),
            None => Ok(0),
        }
    }
}

impl Answers {
    /// Users and what is known of them, in the order in which their addresses were given.
    pub fn iter(&self) -> impl Iterator<Item = (Option<Uuid>, Known)> {
        self.people.users.iter().map(|found| match *found {
            Some((user, prints)) => {
                let holds_seat = self.seats.holders.contains(&user);
                let is_suspended = self.seats.suspended.contains(&user);
                (Some(user), Known { user: Some(prints), holds_seat, is_suspended })
            }
            None => (None, Known::default()),
        })
    }

    /// The directory's, at the time of the look-up.
    pub fn version(&self) -> i64 {
        self.people.version
    }
}
