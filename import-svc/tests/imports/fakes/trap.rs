//! Calls that never answer, or answer that they cannot.

use std::sync::{Arc, Mutex};

use tokio::sync::Notify;
use tonic::Status;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The call hangs and has no effect.
    HangBefore,
    /// The call takes effect and then hangs.
    HangAfter,
    /// The call takes effect and the answer is lost.
    LoseAnswer,
    /// The caller may not, from now on.
    Refuse,
}

/// Springs at the n-th call from now, of whichever service.
#[derive(Clone, Default)]
pub struct Trap(Arc<Inner>);

#[derive(Default)]
struct Inner {
    armed: Mutex<Option<(usize, Fault)>>,
    sprung: Notify,
}

impl Trap {
    pub fn arm(&self, calls: usize, fault: Fault) {
        *self.0.armed.lock().unwrap() = Some((calls, fault));
    }

    pub fn is_armed(&self) -> bool {
        self.0.armed.lock().unwrap().is_some()
    }

    /// Returns once a call hangs.
    pub async fn sprung(&self) {
        self.0.sprung.notified().await;
    }

    pub async fn around<T>(&self, effect: impl FnOnce() -> Result<T, Status>) -> Result<T, Status> {
        match self.spring() {
            None => effect(),
            Some(Fault::HangBefore) => self.hang().await,
            Some(Fault::HangAfter) => {
                let _ = effect();
                self.hang().await
            }
            Some(Fault::LoseAnswer) => effect().and_then(|_| Err(Status::unavailable("the answer is lost"))),
            Some(Fault::Refuse) => Err(Status::permission_denied("not any more")),
        }
    }

    /// A call of the service itself, which nobody can lose the right to.
    pub async fn around_our_own<T>(&self, effect: impl FnOnce() -> Result<T, Status>) -> Result<T, Status> {
        let refuses = matches!(*self.0.armed.lock().unwrap(), Some((_, Fault::Refuse)));
        if refuses {
            return effect();
        }
        self.around(effect).await
    }

    async fn hang<T>(&self) -> Result<T, Status> {
        self.0.sprung.notify_one();
        std::future::pending().await
    }

    fn spring(&self) -> Option<Fault> {
        let mut armed = self.0.armed.lock().unwrap();
        let (calls, fault) = armed.as_mut()?;
        if *calls > 0 {
            *calls -= 1;
            return None;
        }
        let fault = *fault;
        if fault != Fault::Refuse {
            *armed = None;
        }
        Some(fault)
    }
}
