//! What ties the calls of one request together: an id of ours and the W3C trace context.

use http::{HeaderMap, HeaderValue};
use uuid::Uuid;

use super::{REQUEST_ID_HEADER, TRACEPARENT_HEADER};

/// The longest request id that is believed, bytes.
const LONGEST_ID: usize = 128;
/// The length of a traceparent of version 00.
const TRACEPARENT: usize = 55;

/// Travels along the chain of calls; says nothing about anybody.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trace {
    pub(crate) request_id: Option<HeaderValue>,
    pub(crate) traceparent: Option<HeaderValue>,
}

impl Trace {
    /// What came with a call, as far as it is well formed.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let request_id = headers.get(REQUEST_ID_HEADER).filter(|id| is_id(id));
        let traceparent = headers.get(TRACEPARENT_HEADER);
        let traceparent = traceparent.filter(|parent| parent.len() == TRACEPARENT && is_graphic(parent));
        Self { request_id: request_id.cloned(), traceparent: traceparent.cloned() }
    }
}

/// The id that came with the call, or a new one in its place when none or no good one came.
pub(crate) fn ensure_request_id(headers: &mut HeaderMap) -> HeaderValue {
    if let Some(id) = headers.get(REQUEST_ID_HEADER).filter(|id| is_id(id)) {
        return id.clone();
    }
    let new = HeaderValue::try_from(Uuid::now_v7().to_string());
    let new = new.unwrap_or_else(|_| HeaderValue::from_static("none"));
    headers.insert(REQUEST_ID_HEADER, new.clone());
    new
}

fn is_id(id: &HeaderValue) -> bool {
    (1..=LONGEST_ID).contains(&id.len()) && is_graphic(id)
}

fn is_graphic(value: &HeaderValue) -> bool {
    value.as_bytes().iter().all(u8::is_ascii_graphic)
}
