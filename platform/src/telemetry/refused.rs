//! INTERNAL says nothing but where to look: the trace's id is added to it on its way out.

use http::HeaderMap;
use opentelemetry::trace::TraceId;
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// The key in ErrorInfo.metadata (api.md, "Errors").
const KEY: &str = "traceId";

/// Whether the fault is ours.
pub(super) fn is_fault(code: Code) -> bool {
    matches!(code, Code::Internal | Code::Unknown | Code::DataLoss)
}

/// Adds the id to the status in these headers or trailers, unless a service behind has added its own.
pub(super) fn name_trace(headers: &mut HeaderMap, trace: TraceId) {
    let Some(status) = Status::from_header_map(headers) else { return };
    let mut details = status.get_error_details();
    let Some(info) = details.error_info() else { return };
    let mut info = info.clone();
    if info.metadata.contains_key(KEY) {
        return;
    }
    info.metadata.insert(KEY.to_owned(), trace.to_string());
    details.set_error_info(info.reason, info.domain, info.metadata);
    let named = Status::with_error_details(status.code(), status.message(), details);
    let mut written = HeaderMap::new();
    if named.add_header(&mut written).is_ok() {
        headers.extend(written);
    }
}
