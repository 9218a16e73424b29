//! Adding people with the licence on or off (B2 to B7, Q34).

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use proto::license::v1::invite_users_response::Outcome;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::email::Email;

/// The most lines of one call.
pub const MOST_LINES: usize = 200;

/// A line as it was submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Who.
    pub email: Email,
    /// May be empty.
    pub given_name: String,
    /// May be empty.
    pub family_name: String,
    /// The toggle (B4).
    pub license_enabled: bool,
}

/// Who was there before the call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The user's id.
    pub user: Uuid,
    /// Has set no password yet.
    pub pending: bool,
    /// Is switched off: gets no seat.
    pub deactivated: bool,
    /// Since when the user is there.
    pub create_time: DateTime<Utc>,
    /// Held a seat of the product before the call.
    pub holds_seat: bool,
}

/// One person of the call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Who.
    pub email: Email,
    /// May be empty.
    pub given_name: String,
    /// May be empty.
    pub family_name: String,
    /// Whether any of the person's lines has the licence on.
    pub licensed: bool,
    /// `None` for somebody new.
    pub known: Option<Known>,
}

/// What a call will do. It is stored before anything is written elsewhere, so that a repeat after a
/// crash does and answers the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// No address twice.
    pub people: Vec<Person>,
    /// For each submitted line, the index of its person.
    pub lines: Vec<usize>,
}

impl Plan {
    /// Merges lines with the same address: the licence is on if any of them says so, and the first
    /// name given counts.
    pub fn of(lines: Vec<Line>) -> Self {
        let mut plan = Self { people: Vec::new(), lines: Vec::with_capacity(lines.len()) };
        let mut index_of: HashMap<Email, usize> = HashMap::new();
        for line in lines {
            let index = *index_of.entry(line.email.clone()).or_insert(plan.people.len());
            plan.lines.push(index);
            match plan.people.get_mut(index) {
                Some(person) => person.merge(line),
                None => plan.people.push(Person::of(line)),
            }
        }
        plan
    }

    /// People who have to be created, in their order.
    pub fn newcomers(&self) -> impl Iterator<Item = &Person> {
        self.people.iter().filter(|person| person.known.is_none())
    }

    /// Users who are there and newly need a seat.
    pub fn known_needing_seats(&self) -> impl Iterator<Item = Uuid> {
        let licensed = self.people.iter().filter(|person| person.licensed);
        let known = licensed.filter_map(|person| person.known.as_ref());
        known.filter(|known| !known.holds_seat && !known.deactivated).map(|known| known.user)
    }

    /// Seats that have to be set aside.
    pub fn seats_needed(&self) -> i64 {
        let new = self.newcomers().filter(|person| person.licensed).count();
        i64::try_from(new + self.known_needing_seats().count()).unwrap_or(i64::MAX)
    }
}

impl Person {
    fn of(line: Line) -> Self {
        let Line { email, given_name, family_name, license_enabled } = line;
        Self { email, given_name, family_name, licensed: license_enabled, known: None }
    }

    fn merge(&mut self, line: Line) {
        self.licensed |= line.license_enabled;
        if self.given_name.is_empty() {
            self.given_name = line.given_name;
        }
        if self.family_name.is_empty() {
            self.family_name = line.family_name;
        }
    }
}

/// What became of a person.
pub fn outcome(created: bool, pending: bool, newly_seated: bool) -> Outcome {
    match (created, newly_seated) {
        (true, true) => Outcome::Invited,
        (true, false) => Outcome::Added,
        (false, true) => Outcome::LicenseEnabled,
        (false, false) if pending => Outcome::PendingSince,
        (false, false) => Outcome::AlreadyMember,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(email: &str, license_enabled: bool) -> Line {
        let email = Email::parse(email).expect("valid");
        Line { email, given_name: String::new(), family_name: "Lee".to_owned(), license_enabled }
    }

    #[test]
    fn lines_of_one_person_are_merged_and_each_keeps_its_place() {
        let plan = Plan::of(vec![line("a@x.org", false), line("b@x.org", false), line("A@x.org", true)]);
        assert_eq!(plan.lines, [0, 1, 0]);
        assert_eq!(plan.people.iter().map(|person| person.licensed).collect::<Vec<_>>(), [true, false]);
        assert_eq!(plan.seats_needed(), 1);
    }

    #[test]
    fn who_holds_a_seat_or_is_deactivated_needs_none() {
        let mut plan = Plan::of(vec![line("a@x.org", true), line("b@x.org", true), line("c@x.org", true)]);
        let known = |holds_seat, deactivated| {
            let create_time = DateTime::from_timestamp(0, 0).expect("in range");
            Some(Known { user: Uuid::nil(), pending: false, deactivated, create_time, holds_seat })
        };
        plan.people[0].known = known(true, false);
        plan.people[1].known = known(false, true);
        assert_eq!((plan.seats_needed(), plan.newcomers().count()), (1, 1));
        plan.people[2].known = known(false, false);
        assert_eq!((plan.seats_needed(), plan.newcomers().count()), (1, 0));
    }
}
