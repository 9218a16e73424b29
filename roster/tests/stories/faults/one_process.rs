//! One machine: the whole process is killed.

use std::time::{Duration, Instant};

use platform::testing::{Engine, on_both};

use super::load::Load;
use super::rounds;
use super::worker::DEADLINE;
use crate::http::Http;
use crate::installation::Installation;
use crate::person;

const WORKERS: usize = 4;
/// Rounds of work between two kills.
const ROUNDS: usize = 40;
/// A debug build on a busy machine; `make bench` measures the release build.
const READY: Duration = Duration::from_secs(10);

on_both! {
    async fn n7_five_kills_under_mixed_work_lose_and_double_nothing(engine: Engine) {
        let mut installation = Installation::new(engine);
        installation.start().await;
        let olivia = person::owner(&installation).await;
        olivia.buys(&installation, 6000).await;
        let doors = [Http::over_http2(installation.origin(), olivia.http.bearer())];
        let mut load = Load::start("worker", &doors, &olivia.organization, WORKERS);
        for _ in 0..rounds() {
            load.goes_on(ROUNDS).await;
            installation.kill().await;
            let began = Instant::now();
            installation.start().await;
            assert!(began.elapsed() < READY, "ready again after {:?}", began.elapsed());
        }
        load.goes_on(ROUNDS).await;
        let ledger = load.stop().await;

        assert!(ledger.slowest < DEADLINE + Duration::from_millis(500), "no call hangs: {:?}", ledger.slowest);
        ledger.holds(&installation, &olivia).await;
    }
}
