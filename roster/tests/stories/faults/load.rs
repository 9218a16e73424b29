//! Workers that go on until they are told to stop.

use std::sync::Arc;

use platform::testing::spawn;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::ledger::Ledger;
use super::worker::Worker;
use crate::http::Http;

/// Mixed work against one door: invitations with a licence, people without, toggles, reads.
pub struct Load {
    stop: watch::Sender<bool>,
    workers: Vec<JoinHandle<Ledger>>,
    rounds: watch::Receiver<usize>,
}

impl Load {
    /// `doors` are clients of the Owner, one for each address; each worker keeps to one and goes to the
    /// next when nobody answers.
    pub fn start(name: &str, doors: &[Http], organization: &str, workers: usize) -> Self {
        let (stop, stopped) = watch::channel(false);
        let (done, rounds) = watch::channel(0);
        let done = Arc::new(done);
        let workers = (0..workers).map(|number| {
            let mut doors = doors.to_vec();
            let first = number % doors.len();
            doors.rotate_left(first);
            let worker = Worker::new(format!("{name}-{number}"), doors, organization.to_owned());
            spawn(worker.run(stopped.clone(), done.clone()))
        });
        Self { stop, workers: workers.collect(), rounds }
    }

    /// Returns once `more` rounds were finished from now on: the work goes on.
    pub async fn goes_on(&mut self, more: usize) {
        let target = *self.rounds.borrow() + more;
        self.rounds.wait_for(|rounds| *rounds >= target).await.unwrap();
    }

    /// Lets each worker finish what it holds, and adds up what they were told.
    pub async fn stop(self) -> Ledger {
        self.stop.send_replace(true);
        let mut ledger = Ledger::default();
        for worker in self.workers {
            ledger.add(worker.await.unwrap());
        }
        ledger
    }
}
