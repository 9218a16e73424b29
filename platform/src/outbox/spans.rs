//! A delivery is part of the trace of each change that it tells of.

use std::collections::BTreeMap;

use opentelemetry::trace::SpanKind;
use opentelemetry::{Context, KeyValue};
use proto::events::v1::Event;
use tonic::Status;

use crate::telemetry::{self, Span};

/// One span for each change of a batch. The call itself is made below the only one; below none, but
/// linked with all, when a batch tells of several.
pub(super) struct Spans {
    changes: Vec<Span>,
    batch: Option<Span>,
}

impl Spans {
    /// Begins them, and lets the events go on from there.
    pub(super) fn begin(destination: &str, events: &mut [Event]) -> Self {
        if !Span::are_sent() {
            return Self { changes: Vec::new(), batch: None };
        }
        let mut changes: BTreeMap<String, Span> = BTreeMap::new();
        for event in events {
            let Some(parent) = telemetry::stored(&event.traceparent) else { continue };
            let change = changes.entry(std::mem::take(&mut event.traceparent));
            let change = change.or_insert_with(|| delivery(destination, &parent));
            event.traceparent = change.traceparent();
        }
        let changes: Vec<Span> = changes.into_values().collect();
        let batch = (changes.len() > 1).then(|| {
            let batch = delivery(destination, &Context::new());
            changes.iter().for_each(|change| batch.link(change));
            batch
        });
        Self { changes, batch }
    }

    /// Where the call of the delivery begins.
    pub(super) fn context(&self) -> Context {
        let one = self.batch.as_ref().or(self.changes.first());
        one.map(|span| span.context().clone()).unwrap_or_default()
    }

    /// They end with the call.
    pub(super) fn end(self, refusal: Option<&Status>) {
        for span in self.batch.iter().chain(&self.changes) {
            if let Some(status) = refusal {
                span.fail(telemetry::code_name(status.code()));
            }
            span.end();
        }
    }
}

fn delivery(destination: &str, parent: &Context) -> Span {
    let to = || vec![KeyValue::new("messaging.destination.name", destination.to_owned())];
    Span::begin("outbox.deliver", SpanKind::Producer, parent, to)
}
