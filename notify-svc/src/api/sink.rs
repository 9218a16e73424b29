//! A mail server for tests: it keeps what it gets and answers as it is told to. `notify-svc mailbox` runs it as a
//! program; a suite that sends through it sees each failure of a real relay when it wants to.

mod conversation;
mod fault;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

pub use fault::{Fault, Unknown};

/// Who more wants to talk waits.
const MOST_CONVERSATIONS: usize = 64;
/// RFC 5321, 4.5.3.2.7: a server waits so long for the next command.
const PATIENCE: Duration = Duration::from_secs(300);
/// Nobody keeps a seat for longer.
const LONGEST: Duration = Duration::from_secs(3600);
/// Until connections can be had again.
const PAUSE: Duration = Duration::from_millis(100);

/// What it hears, whatever it answers.
#[derive(Clone, Copy, Debug)]
pub enum Heard<'a> {
    /// A RCPT line.
    Recipient(&'a str),
    /// A mail that came in whole (RFC 5322), lines end with a line feed; what is no UTF-8 is replaced.
    Mail(&'a str),
}

/// Is told what the server hears.
pub type Ear = Arc<dyn Fn(Heard<'_>) + Send + Sync>;

/// What goes wrong, and when: one entry for each mail, `None` for one that is taken. One of the greeting waits for
/// the next connection, and the faults behind it for that.
#[derive(Debug, Default)]
pub struct Faults {
    next: Mutex<VecDeque<Option<Fault>>>,
    again: bool,
}

impl Faults {
    /// Each once, one mail after the other; then all is taken.
    pub fn once(faults: Vec<Fault>) -> Self {
        Self { next: Mutex::new(faults.into_iter().map(Some).collect()), again: false }
    }

    /// Each in turn for ever, one in `every` mails.
    pub fn in_turn(faults: Vec<Fault>, every: u16) -> Self {
        let taken = usize::from(every.saturating_sub(1));
        let next = faults.into_iter().flat_map(|fault| std::iter::repeat_n(None, taken).chain([Some(fault)]));
        Self { next: Mutex::new(next.collect()), again: true }
    }

    /// The fault of the next mail.
    fn of_mail(&self) -> Option<Fault> {
        self.next_if(|next| !matches!(next, Some(Fault::Hello(_))))
    }

    /// The next fault, if it is one of the greeting.
    fn of_greeting(&self) -> Option<Fault> {
        self.next_if(|next| matches!(next, Some(Fault::Hello(_))))
    }

    fn next_if(&self, wanted: impl FnOnce(&Option<Fault>) -> bool) -> Option<Fault> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let fault = if wanted(next.front()?) { next.pop_front()? } else { return None };
        if self.again {
            next.push_back(fault.clone());
        }
        fault
    }
}

/// Serves until it is dropped.
pub async fn serve(listener: TcpListener, faults: Faults, ear: Ear) {
    let (faults, seats) = (Arc::new(faults), Arc::new(Semaphore::new(MOST_CONVERSATIONS)));
    let mut conversations = JoinSet::new();
    loop {
        // The semaphore is never closed.
        let Ok(seat) = seats.clone().acquire_owned().await else { return };
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let (faults, ear) = (faults.clone(), ear.clone());
        conversations.spawn(async move {
            converse(stream, &faults, &ear).await;
            drop(seat);
        });
        while conversations.try_join_next().is_some() {}
    }
}

async fn converse(stream: TcpStream, faults: &Faults, ear: &Ear) {
    // A client that breaks off in the middle is none of the server's failures.
    let _ = timeout(LONGEST, conversation::hold(stream, faults, ear)).await;
}
