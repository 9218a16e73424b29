//! One admin who works without a pause.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::watch;

use super::ledger::{Ledger, Mails};
use crate::http::{Answer, Failure, Http};

/// What each call may take; it goes with the call, and the answer must keep to it.
pub const DEADLINE: Duration = Duration::from_secs(5);
/// A call that does not succeed in this time will not.
const GIVES_UP: Duration = Duration::from_secs(90);
/// Between two attempts at the same call.
const PAUSE: Duration = Duration::from_millis(20);

pub struct Worker {
    name: String,
    doors: Vec<Http>,
    organization: String,
    ledger: Ledger,
    /// People of this worker, in the order in which they came: e-mail and resource name.
    people: Vec<(String, String)>,
}

impl Worker {
    pub fn new(name: String, doors: Vec<Http>, organization: String) -> Self {
        Self { name, doors, organization, ledger: Ledger::default(), people: Vec::new() }
    }

    /// Round after round until `stopped`; each is finished, so that nothing is left in doubt.
    pub async fn run(mut self, stopped: watch::Receiver<bool>, rounds: Arc<watch::Sender<usize>>) -> Ledger {
        let mut round = 0;
        while !*stopped.borrow() {
            self.round(round).await;
            round += 1;
            rounds.send_modify(|done| *done += 1);
        }
        self.ledger
    }

    async fn round(&mut self, round: usize) {
        match round % 5 {
            0 => self.invites(round).await,
            1 => self.adds(round).await,
            2 => self.toggles(round).await,
            3 => self.reads_one(round).await,
            _ => self.reads_a_page().await,
        }
    }

    /// With a licence: a person, a seat and a mail.
    async fn invites(&mut self, round: usize) {
        let email = self.email(round);
        let line = json!({"email": email, "licenseEnabled": true});
        let body = json!({"product": "meet", "lines": [line], "requestId": format!("{}-{round}", self.name)});
        let answer = self.writes(&format!("/v1/{}/users:invite", self.organization), body).await;
        let user = answer["results"][0]["user"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
        self.ledger.people.insert(email.clone(), Mails::One);
        self.ledger.seated.insert(email.clone());
        self.people.push((email, user));
    }

    /// Without a licence: a person, and no mail.
    async fn adds(&mut self, round: usize) {
        let email = self.email(round);
        let user = json!({"email": email, "givenName": "Ann", "familyName": "Example"});
        let body = json!({"user": user, "requestId": format!("{}-{round}", self.name)});
        let answer = self.writes(&format!("/v1/{}/users", self.organization), body).await;
        self.ledger.people.insert(email.clone(), Mails::None);
        self.people.push((email, answer["name"].as_str().unwrap().to_owned()));
    }

    /// Gives the person of the last round a seat, which sends the mail; every other time takes it away again.
    async fn toggles(&mut self, round: usize) {
        let Some((email, user)) = self.people.last().cloned() else { return };
        let id = user.rsplit('/').next().unwrap();
        let seat = format!("/v1/{}/pools/meet/seats/{id}", self.organization);
        let request = json!({"requestId": format!("{}-{round}-on", self.name)});
        self.writes(&format!("{seat}:assign"), request).await;
        self.ledger.people.insert(email.clone(), Mails::One);
        self.ledger.seated.insert(email.clone());
        if round % 2 == 1 {
            return;
        }
        let request = json!({"requestId": format!("{}-{round}-off", self.name)});
        self.writes(&format!("{seat}:release"), request).await;
        self.ledger.seated.remove(&email);
        self.ledger.people.insert(email, Mails::AtMostOne);
    }

    async fn reads_one(&mut self, round: usize) {
        let Some((email, user)) = self.people.get(round % self.people.len().max(1)).cloned() else { return };
        let found = self.call("GET", &format!("/v1/{user}"), None).await;
        assert_eq!(found["email"], *email, "what was acknowledged is read");
    }

    async fn reads_a_page(&mut self) {
        let page = self.call("GET", &format!("/v1/{}/users?pageSize=20", self.organization), None).await;
        assert!(page["totalSize"].as_u64().unwrap() > 0);
    }

    async fn writes(&mut self, path: &str, body: Value) -> Value {
        self.call("POST", path, Some(body)).await
    }

    /// The same call again and again until it is answered well: request ids make that safe.
    async fn call(&mut self, method: &str, path: &str, body: Option<Value>) -> Value {
        let began = Instant::now();
        loop {
            let problem = match self.once(method, path, body.as_ref()).await {
                Ok(answer) if answer.status == 200 => return answer.json(),
                Ok(answer) if may_pass(&answer) => format!("{}: {}", answer.status, answer.text),
                Ok(answer) => panic!("{method} {path}: {}: {}", answer.status, answer.text),
                // Not sent, so nothing failed: the next address is there for this.
                Err(Failure::Nobody) => {
                    assert!(began.elapsed() < GIVES_UP, "{method} {path}: nobody is there");
                    self.next_door().await;
                    continue;
                }
                Err(Failure::Broken(problem)) => problem,
            };
            assert!(began.elapsed() < GIVES_UP, "{method} {path}: still {problem}");
            self.ledger.failures.push(format!("{method} {path}: {problem}"));
            self.next_door().await;
        }
    }

    async fn next_door(&mut self) {
        self.doors.rotate_left(1);
        tokio::time::sleep(PAUSE).await;
    }

    async fn once(&mut self, method: &str, path: &str, body: Option<&Value>) -> Result<Answer, Failure> {
        let timeout = format!("{}S", DEADLINE.as_secs());
        let headers = [("content-type", "application/json"), ("grpc-timeout", timeout.as_str())];
        let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let began = Instant::now();
        let answer = self.doors[0].attempt(method, path, &headers, body).await;
        self.ledger.calls += 1;
        self.ledger.slowest = self.ledger.slowest.max(began.elapsed());
        answer
    }

    fn email(&self, round: usize) -> String {
        format!("{}.{round}@acme.example", self.name)
    }
}

/// What a client may try again (api.md, "Retries"): nobody there, no time left, or the first is still under way.
fn may_pass(answer: &Answer) -> bool {
    matches!(answer.status, 499 | 503 | 504)
        || answer.status == 409 && answer.reason() == "REQUEST_IN_PROGRESS"
}
