//! Password hashing on threads of its own.
//!
//! A hash costs 20 MiB and 20 ms of a core on purpose. On shared threads a flood of sign-ins would starve
//! every other call, so a few threads at the lowest priority do nothing else, each reusing its memory,
//! behind a bounded queue that refuses what it cannot take (bench.md, "sign_in_flood").

use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use proto::refusal::{Reason, Refusal};
use tokio::sync::oneshot;

use crate::config::Config;
use crate::domain::password::Password;
use crate::domain::stored_hash::{Cost, StoredHash};

const SALT: usize = 16;
const OUTPUT: usize = 32;
/// The lowest priority: hashing takes what is left of the cores.
const NICE: i32 = 19;

/// The front of the queue. Cheap to clone; the threads end with the last clone.
#[derive(Clone)]
pub struct Hasher {
    queue: SyncSender<Job>,
    waiting: Arc<AtomicI64>,
    cost: Cost,
}

struct Job {
    password: Password,
    salt: Vec<u8>,
    cost: Cost,
    length: usize,
    reply: oneshot::Sender<Result<Vec<u8>, argon2::Error>>,
    _place: Place,
}

/// A place in the queue, until the hash is there or nobody waits for it any more.
struct Place(Arc<AtomicI64>);

impl Place {
    fn take(waiting: &Arc<AtomicI64>) -> Self {
        waiting.fetch_add(1, Relaxed);
        Self(waiting.clone())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

/// What checking a password found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Another password.
    Wrong,
    /// The password.
    Right,
    /// The password, but hashed at another cost than new ones are.
    RightButDated,
}

impl Hasher {
    /// Starts the threads.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(config: &Config) -> std::io::Result<Self> {
        let (queue, jobs) = sync_channel(usize::from(config.hash_queue));
        let jobs = Arc::new(Mutex::new(jobs));
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = if config.hash_threads == 0 { cores } else { usize::from(config.hash_threads) };
        for _ in 0..threads {
            let jobs = jobs.clone();
            std::thread::Builder::new().name("password-hash".to_owned()).spawn(move || work(&jobs))?;
        }
        let cost = Cost { memory: config.hash_memory, passes: config.hash_passes, lanes: 1 };
        Ok(Self { queue, waiting: Arc::default(), cost })
    }

    /// How many wait or are at work, for figures.
    pub fn waiting(&self) -> impl Fn() -> i64 + use<> {
        // Not a clone of the queue: that would keep the threads alive.
        let waiting = self.waiting.clone();
        move || waiting.load(Relaxed)
    }

    /// The hash of a new password, as it is stored.
    ///
    /// # Errors
    /// RATE_LIMITED when too many wait.
    pub async fn hash(&self, password: Password) -> Result<StoredHash, Refusal> {
        let salt = super::random::<SALT>()?.to_vec();
        let hash = self.compute(password, salt.clone(), self.cost, OUTPUT).await?;
        Ok(StoredHash { cost: self.cost, salt, hash })
    }

    /// Whether the password is the stored one. Without a stored one (an unknown address) the same work is
    /// done, so that nobody can tell by the time it takes.
    ///
    /// # Errors
    /// RATE_LIMITED when too many wait.
    pub async fn check(&self, password: Password, stored: Option<&StoredHash>) -> Result<Check, Refusal> {
        let Some(stored) = stored else {
            self.compute(password, vec![0; SALT], self.cost, OUTPUT).await?;
            return Ok(Check::Wrong);
        };
        let hash = self.compute(password, stored.salt.clone(), stored.cost, stored.hash.len()).await?;
        Ok(match stored.equals(&hash) {
            false => Check::Wrong,
            true if stored.cost == self.cost => Check::Right,
            true => Check::RightButDated,
        })
    }

    async fn compute(
        &self,
        password: Password,
        salt: Vec<u8>,
        cost: Cost,
        length: usize,
    ) -> Result<Vec<u8>, Refusal> {
        let (reply, answer) = oneshot::channel();
        let job = Job { password, salt, cost, length, reply, _place: Place::take(&self.waiting) };
        self.queue.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => busy(),
            TrySendError::Disconnected(_) => Refusal::internal(),
        })?;
        let hash = answer.await.map_err(|error| super::broken("a hashing thread died", &error))?;
        hash.map_err(|error| super::broken("a password cannot be hashed", &error))
    }
}

fn busy() -> Refusal {
    Refusal::new(Reason::RateLimited, "too many people are signing in: try again in a moment")
        .retry_after(Duration::from_secs(1))
}

fn work(jobs: &Mutex<Receiver<Job>>) {
    // On Linux a priority belongs to the thread that asks for it.
    if let Err(error) = rustix::process::setpriority_process(None, NICE) {
        tracing::debug!(%error, "hashing keeps its usual priority");
    }
    let mut memory = Vec::new();
    while let Some(job) = next(jobs) {
        // Whoever asked may have hung up while the job waited.
        if job.reply.is_closed() {
            continue;
        }
        let hash = compute(&job, &mut memory);
        // The asker may have hung up just now; then nobody misses the answer.
        drop(job.reply.send(hash));
    }
}

fn next(jobs: &Mutex<Receiver<Job>>) -> Option<Job> {
    jobs.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

fn compute(job: &Job, memory: &mut Vec<Block>) -> Result<Vec<u8>, argon2::Error> {
    let params = Params::new(job.cost.memory, job.cost.passes, job.cost.lanes, Some(job.length))?;
    memory.resize(params.block_count(), Block::new());
    let mut output = vec![0; job.length];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into_with_memory(
        job.password.as_bytes(),
        &job.salt,
        &mut output,
        memory.as_mut_slice(),
    )?;
    Ok(output)
}
