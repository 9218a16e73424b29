//! One trace through all services: W3C trace context in and out, a span for each piece of work.
//!
//! Spans are made here and nowhere else, with OpenTelemetry's own context, not from `tracing`'s spans:
//! those are for log lines, go by log filters, and would bring the libraries' spans with them. A trace
//! has an id also while nothing is exported, because log lines and refusals carry it.

use std::future::Future;

use http::{HeaderMap, HeaderValue};
use opentelemetry::trace::{
    FutureExt, SpanBuilder, SpanContext, SpanId, SpanKind, Status, TraceContextExt, TraceFlags, TraceId,
    TraceState, Tracer,
};
use opentelemetry::{Context, KeyValue};
use tracing::Instrument;

use super::export;
use crate::caller::TRACEPARENT_HEADER;

/// The length of a traceparent (W3C Trace Context, 3.2).
const LENGTH: usize = 55;

/// A span under way, or only its place in a trace while nothing is exported. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Span(Context);

impl Span {
    /// Begins below `parent`; a new trace when that is in none. `name` is known to this code, never a
    /// caller's text.
    pub(crate) fn begin(
        name: &str,
        kind: SpanKind,
        parent: &Context,
        attributes: impl FnOnce() -> Vec<KeyValue>,
    ) -> Self {
        let Some(tracer) = export::tracer() else { return Self::unexported(parent) };
        let builder = SpanBuilder::from_name(name.to_owned()).with_kind(kind).with_attributes(attributes());
        Self(Context::new().with_span(tracer.build_with_context(builder, parent)))
    }

    fn unexported(parent: &Context) -> Self {
        if parent.span().span_context().is_valid() {
            return Self(parent.clone());
        }
        let (high, low) = uuid::Uuid::new_v4().as_u64_pair();
        let (trace, span) =
            (TraceId::from((u128::from(high) << 64) | u128::from(low)), SpanId::from(high ^ low));
        let flags = TraceFlags::default();
        Self(remote(SpanContext::new(trace, span, flags, true, TraceState::default())))
    }

    /// Whether spans are sent anywhere.
    pub(crate) fn are_sent() -> bool {
        export::tracer().is_some()
    }

    /// As it is written into a header or a row.
    pub(crate) fn traceparent(&self) -> String {
        write(self.0.span().span_context())
    }

    /// For log lines and refusals.
    pub(crate) fn trace_id(&self) -> TraceId {
        self.0.span().span_context().trace_id()
    }

    /// For [`Context::attach`]: whatever begins meanwhile begins below this span.
    pub(crate) fn context(&self) -> &Context {
        &self.0
    }

    /// Puts the span into the headers of a call.
    pub(crate) fn inject(&self, headers: &mut HeaderMap) {
        if let Ok(value) = HeaderValue::try_from(self.traceparent()) {
            headers.insert(TRACEPARENT_HEADER, value);
        }
    }

    pub(crate) fn set(&self, key: &'static str, value: impl Into<opentelemetry::Value>) {
        self.0.span().set_attribute(KeyValue::new(key, value));
    }

    /// Says that the other belongs to it as well.
    pub(crate) fn link(&self, other: &Self) {
        self.0.span().add_link(other.0.span().span_context().clone(), Vec::new());
    }

    /// What goes wrong is named by a code, never by a text that may quote somebody.
    pub(crate) fn fail(&self, why: &'static str) {
        self.0.span().set_status(Status::error(why));
    }

    /// It ends now, whoever still holds it.
    pub(crate) fn end(&self) {
        self.0.span().end();
    }
}

/// Where the present work stands in its trace, to be kept with a row whose work comes later; none
/// outside of any trace.
#[must_use]
pub fn current() -> Option<String> {
    Context::map_current(|context| {
        let span = context.span();
        Some(span.span_context()).filter(|span| span.is_valid()).map(write)
    })
}

/// Does work that a request left behind, such as an import or a mail, in the trace of that request. Log
/// lines carry its id. `name` is the work's, such as `mail.send`.
pub async fn continued<F: Future>(traceparent: Option<&str>, name: &'static str, work: F) -> F::Output {
    let parent = traceparent.and_then(read).map(remote).unwrap_or_default();
    let span = Span::begin(name, SpanKind::Consumer, &parent, Vec::new);
    let logged = tracing::error_span!("work", work.name = name, trace.id = %span.trace_id());
    let done = work.instrument(logged).with_context(span.context().clone()).await;
    span.end();
    done
}

/// Says of the present span how it came out: a code, never a text that may quote somebody.
pub fn note(key: &'static str, value: &'static str) {
    Context::map_current(|context| context.span().set_attribute(KeyValue::new(key, value)));
}

/// Where a call stands: below what is under way here, else where its header says.
pub(crate) fn parent(headers: &HeaderMap) -> Context {
    let here = Context::current();
    if here.span().span_context().is_valid() { here } else { incoming(headers) }
}

/// What came with a call, if it is valid; else no trace.
pub(crate) fn incoming(headers: &HeaderMap) -> Context {
    let text = headers.get(TRACEPARENT_HEADER).and_then(|value| value.to_str().ok());
    text.and_then(read).map(remote).unwrap_or_default()
}

/// The place in a trace that a row or an event was given, if it is valid.
pub(crate) fn stored(traceparent: &str) -> Option<Context> {
    read(traceparent).map(remote)
}

fn remote(span: SpanContext) -> Context {
    Context::new().with_remote_span_context(span)
}

/// Version 00, or a later one that looks like it; `ff` is forbidden, and so are zeros and capitals.
fn read(text: &str) -> Option<SpanContext> {
    let plain = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-');
    if text.len() != LENGTH || !text.bytes().all(plain) || text.starts_with("ff") {
        return None;
    }
    let parts: Vec<&str> = text.split('-').collect();
    let [version, trace, span, flags] = parts.as_slice() else { return None };
    if [version.len(), trace.len(), span.len(), flags.len()] != [2, 32, 16, 2] {
        return None;
    }
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?) & TraceFlags::SAMPLED;
    let (trace, span) = (TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?);
    Some(SpanContext::new(trace, span, flags, true, TraceState::default())).filter(SpanContext::is_valid)
}

fn write(span: &SpanContext) -> String {
    format!("00-{}-{}-{:02x}", span.trace_id(), span.span_id(), span.trace_flags() & TraceFlags::SAMPLED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_valid_traceparent_is_believed() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        assert_eq!(read(good).map(|span| write(&span)).as_deref(), Some(good));
        let bad = [
            "",
            "00-1",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b71-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what",
        ];
        for text in bad {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
