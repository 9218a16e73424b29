//! A bell that a committed transaction rings.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use tokio::sync::watch;

/// One bell per topic, shared by the clones of a [`Db`](super::Db).
#[derive(Debug, Default)]
pub struct Wakes(Mutex<BTreeMap<&'static str, watch::Sender<()>>>);

impl Wakes {
    pub(super) fn subscribe(&self, topic: &'static str) -> watch::Receiver<()> {
        let mut bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        bells.entry(topic).or_insert_with(|| watch::Sender::new(())).subscribe()
    }

    pub(super) fn ring(&self, topic: &'static str) {
        let bells = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bell) = bells.get(topic) {
            bell.send_replace(());
        }
    }
}
