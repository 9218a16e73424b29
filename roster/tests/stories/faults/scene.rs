//! Two replicas of each program under mixed work.

use std::time::{Duration, Instant};

use super::ledger::Ledger;
use super::load::Load;
use super::worker::DEADLINE;
use crate::http::Http;
use crate::installation::Installation;
use crate::people;
use crate::person::{self, Person};
use crate::shape::Shape;

const WORKERS: usize = 4;
/// After its deadline a call has this long to say so.
const GRACE: Duration = Duration::from_millis(500);

/// The installation, its Owner, and the work that goes on.
pub struct Scene {
    pub installation: Installation,
    olivia: Person,
    pub load: Load,
    /// How long a replica took from its start to ready.
    pub ready: Vec<Duration>,
}

impl Scene {
    /// Everything runs, and the work has begun.
    pub async fn begin(installation: Installation) -> Self {
        let olivia = person::owner(&installation).await;
        olivia.buys(&installation, 100_000).await;
        let shape = installation.shape();
        let door = |number| Http::over_http2(shape.gateway(number).origin(), olivia.http.bearer());
        let doors: Vec<Http> = (0..shape.count("gateway")).map(door).collect();
        let load = Load::start("worker", &doors, &olivia.organization, WORKERS);
        Self { installation, olivia, load, ready: Vec::new() }
    }

    /// Clients of the Owner, one for each gateway.
    pub fn doors(&self) -> Vec<Http> {
        let shape = self.installation.shape();
        let door = |number| shape.gateway(number).with(self.olivia.http.bearer());
        (0..shape.count("gateway")).map(door).collect()
    }

    /// Uploads a file of one row, and tells where its import is watched.
    pub async fn watched_import(&self) -> String {
        let path = self.olivia.path("/imports:upload?start.kind=IMPORT_KIND_LOCATION_USERS");
        let answer = self.olivia.http.upload(&path, people::location_users(1)).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        format!("/v1/{}:watch", answer.json()["name"].as_str().unwrap())
    }

    pub fn shape(&mut self) -> &mut Shape {
        self.installation.shape_mut()
    }

    /// Starts a replica and waits until it is ready.
    pub async fn revive(&mut self, service: &'static str, number: usize) {
        let began = Instant::now();
        self.shape().revive(service, number);
        self.installation.shape().ready(service, number).await;
        self.ready.push(began.elapsed());
    }

    /// The work ends, and everything is counted. `what` names the fault in the report.
    pub async fn end(mut self, what: &str) -> Ledger {
        let ledger = self.load.stop().await;
        self.ready.sort_unstable();
        println!(
            "{what}: {} calls, {} asked again, slowest {:?}, {} people, {} seats; ready again after {:?} (median), {:?} (longest)",
            ledger.calls,
            ledger.failures.len(),
            ledger.slowest,
            ledger.people.len(),
            ledger.seated.len(),
            self.ready.get(self.ready.len() / 2),
            self.ready.last(),
        );
        assert!(ledger.slowest < DEADLINE + GRACE, "no call hangs: {:?}", ledger.slowest);
        ledger.holds(&self.installation, &self.olivia).await;
        self.installation.stop().await;
        ledger
    }
}
