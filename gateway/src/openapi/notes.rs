//! What a reader must know of a method that no field says.

use super::{behavior, operation};
use crate::transcode::{Gives, Route, Takes};

/// Sentences, in the order of a call.
pub fn of(route: &Route) -> Vec<String> {
    let facts = &route.facts;
    let streamed = route.method.is_server_streaming();
    let file = matches!(facts.gives, Gives::Bytes);
    let told = [
        (
            operation::carries_proof(&route.method),
            "May be called without a key: the request holds a secret of its own.",
        ),
        (behavior::only_reads(&route.method), "Changes nothing."),
        (
            matches!(facts.takes, Takes::File(_)),
            "Send the file as it is, with the fields in the query; or as a form (multipart/form-data) with the fields \
             first and the file last. `Content-Range` goes on with a part of a file.",
        ),
        (matches!(facts.takes, Takes::Lines(_)), "Send one message a line (application/x-ndjson)."),
        (facts.idempotency_key, "`Idempotency-Key: …` makes a repeat safe for 24 hours."),
        (facts.if_match, "`If-Match: ETAG` refuses (412) where somebody changed it in between."),
        (facts.etag && route.http_method == "GET", "Answers an `ETag`; `If-None-Match` with it gives 304."),
        (
            streamed && !file,
            "A stream. `Accept: text/event-stream` gives Server-Sent Events, `application/x-ndjson` a message a line \
             (the default), `application/json` one list. A failure after the first message is the last element.",
        ),
        (facts.last_event_id, "`Last-Event-ID` goes on after the last message seen."),
        (file, "The answer is a file; `Content-Disposition` names it."),
    ];
    told.into_iter().filter(|(is, _)| *is).map(|(_, sentence)| sentence.to_owned()).collect()
}
