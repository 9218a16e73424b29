//! Counting by one label.

use opentelemetry::KeyValue;
use opentelemetry::metrics::Counter;

/// Counts what happened, by a label of few values. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Tally {
    counter: Counter<u64>,
    service: &'static str,
    label: &'static str,
}

impl Tally {
    pub(super) fn new(counter: Counter<u64>, service: &'static str, label: &'static str) -> Self {
        Self { counter, service, label }
    }

    /// One more of this value.
    pub fn count(&self, value: &'static str) {
        self.counter.add(1, &[KeyValue::new("service", self.service), KeyValue::new(self.label, value)]);
    }
}
