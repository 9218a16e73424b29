//! What was acknowledged, and the proof that it is there, once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use platform::testing::patiently;
use serde_json::Value;

use crate::http::Http;
use crate::installation::Installation;
use crate::person::Person;

/// Leases of a killed process run out before what it held goes on.
const SETTLES: Duration = Duration::from_secs(120);

/// How many mails somebody gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mails {
    /// Added without a licence.
    None,
    /// Given a licence.
    One,
    /// Given a licence that was taken away before the mail left, perhaps.
    AtMostOne,
}

/// All that the workers were told.
#[derive(Debug, Default)]
pub struct Ledger {
    /// By e-mail.
    pub people: BTreeMap<String, Mails>,
    /// E-mails that hold a seat at the end.
    pub seated: BTreeSet<String>,
    /// Calls that were answered, whatever the answer.
    pub calls: usize,
    /// Answers that made a worker ask again, or end.
    pub failures: Vec<String>,
    /// The longest that one call took.
    pub slowest: Duration,
}

impl Ledger {
    pub fn add(&mut self, other: Self) {
        self.people.extend(other.people);
        self.seated.extend(other.seated);
        self.calls += other.calls;
        self.failures.extend(other.failures);
        self.slowest = self.slowest.max(other.slowest);
    }

    /// Everything that was acknowledged is there, once, and every invariant holds.
    pub async fn holds(&self, installation: &Installation, olivia: &Person) {
        self.everybody_is_there_once(&olivia.http, &olivia.organization).await;
        self.every_seat_is_held_once(&olivia.http, &olivia.organization).await;
        self.everybody_was_mailed_once(|| installation.mails("")).await;
        // What waits behind the lease of a dead process is not lost, only not done yet.
        let check = || installation.check();
        let sound = |said: &String| said.contains("every invariant holds");
        patiently("every invariant holds", SETTLES, check, sound).await;
    }

    /// Every person who was acknowledged is there, nobody twice, and nobody else but the Owner.
    async fn everybody_is_there_once(&self, owner: &Http, organization: &str) {
        let mut there: Vec<String> = Vec::new();
        let mut token = String::new();
        loop {
            let path = format!("/v1/{organization}/users?pageSize=1000&pageToken={token}");
            let page = owner.get(&path).await;
            let users = page["users"].as_array().unwrap().iter();
            there.extend(users.map(|user| user["email"].as_str().unwrap().to_owned()));
            token = page["nextPageToken"].as_str().unwrap_or_default().to_owned();
            if token.is_empty() {
                break;
            }
        }
        let total = there.len();
        let there: BTreeSet<String> = there.into_iter().filter(|it| it != "olivia@acme.example").collect();
        assert_eq!(there.len() + 1, total, "nobody twice");
        let acknowledged: BTreeSet<String> = self.people.keys().cloned().collect();
        let lost: Vec<_> = acknowledged.difference(&there).collect();
        assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
        let strangers: Vec<_> = there.difference(&acknowledged).collect();
        assert!(strangers.is_empty(), "nobody asked for them: {strangers:?}");
    }

    /// As many seats are held as were acknowledged, and none is reserved any more.
    async fn every_seat_is_held_once(&self, owner: &Http, organization: &str) {
        let ask = || async { owner.get(&format!("/v1/{organization}/pools/meet")).await };
        let held = self.seated.len();
        let settled = |pool: &Value| pool["heldCount"] == held && pool["reservedCount"] == 0;
        patiently("the seats settle", SETTLES, ask, settled).await;
    }

    /// One mail for each person who was given a licence, and none for the others.
    async fn everybody_was_mailed_once<F>(&self, mut mails: impl FnMut() -> F)
    where
        F: Future<Output = Vec<Value>>,
    {
        let missing = || {
            let asked = mails();
            async {
                let there = count(asked.await);
                let due = self.people.iter().filter(|(_, mails)| **mails == Mails::One);
                due.map(|(email, _)| email.clone()).filter(|email| !there.contains_key(email)).collect()
            }
        };
        patiently("the mails arrive", SETTLES, missing, Vec::<String>::is_empty).await;
        for (email, received) in count(mails().await) {
            assert_eq!(received, 1, "mails to {email}");
            assert_ne!(self.people[&email], Mails::None, "a mail to {email}");
        }
    }
}

/// How many mails each address received, the Owner's aside.
fn count(mails: Vec<Value>) -> BTreeMap<String, usize> {
    let mut counted = BTreeMap::new();
    for mail in mails {
        *counted.entry(mail["to"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    counted.remove("olivia@acme.example");
    counted
}
