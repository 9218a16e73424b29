//! Client streams that are no uploads: newline-delimited JSON, one message a
//! line, or the bytes of `google.api.HttpBody` in chunks.

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::{StatusCode, header};
use prost_reflect::{DynamicMessage, MessageDescriptor};

use super::{
    body,
    call::Inbound,
    error::Refusal,
    feed::{Incoming, Sink, Stop},
    json, method,
    violation::Violation,
};

const CHUNK: usize = 64 * 1024;

/// Sends a body line by line, or chunk by chunk.
pub(super) async fn run(inbound: Inbound, body: Body, sink: Sink) -> Result<(), Stop> {
    body::check_coding(&inbound.request.headers)?;
    let incoming = Incoming::new(body, inbound.options.limits.upload);
    match inbound.binding.taken().filter(method::is_http_body) {
        Some(message) => raw(inbound, incoming, sink, &message).await,
        None => lines(inbound, incoming, sink).await,
    }
}

async fn lines(inbound: Inbound, mut incoming: Incoming, sink: Sink) -> Result<(), Stop> {
    check_media_type(&inbound)?;
    let mut reader = Reader::new(inbound.options.limits.body);
    while let Some(piece) = incoming.next().await? {
        reader.pending.extend_from_slice(&piece);
        while let Some(line) = reader.line()? {
            send(&inbound, &line, reader.number, &sink).await?;
        }
    }
    let last = reader.last();
    send(&inbound, &last, reader.number, &sink).await?;
    sink.finish().await
}

async fn send(inbound: &Inbound, line: &Bytes, number: usize, sink: &Sink) -> Result<(), Stop> {
    if line.iter().all(u8::is_ascii_whitespace) {
        return Ok(());
    }
    let numbered = |violation: Violation| {
        Violation::new(violation.field, format!("{} (line {number})", violation.problem))
    };
    let mut json = json::parse(line, inbound.options.limits.json_depth).map_err(numbered)?;
    let message = body::from_json(&inbound.binding, &mut json, &inbound.options);
    let mut message = message.map_err(numbered)?;
    body::complete(&inbound.binding, &inbound.path(), &inbound.request, &mut message, &inbound.options)?;
    sink.send(&message).await
}

async fn raw(
    inbound: Inbound,
    mut incoming: Incoming,
    sink: Sink,
    of: &MessageDescriptor,
) -> Result<(), Stop> {
    let mut is_first = true;
    while let Some(piece) = incoming.next().await? {
        for data in piece.chunks(CHUNK) {
            sink.send(&chunk(&inbound, of, piece.slice_ref(data), is_first)?).await?;
            is_first = false;
        }
    }
    if is_first {
        // What the URL says is told even when the body says nothing.
        sink.send(&chunk(&inbound, of, Bytes::new(), true)?).await?;
    }
    sink.finish().await
}

/// One message of a stream of bytes; the first has what the headers and the URL say.
fn chunk(
    inbound: &Inbound,
    of: &MessageDescriptor,
    data: Bytes,
    is_first: bool,
) -> Result<DynamicMessage, Refusal> {
    if !is_first {
        return Ok(body::wrap(&inbound.binding, body::http_body(of, "", data)));
    }
    let content_type = body::content_type(&inbound.request.headers);
    let mut message = body::wrap(&inbound.binding, body::http_body(of, content_type, data));
    body::complete(&inbound.binding, &inbound.path(), &inbound.request, &mut message, &inbound.options)?;
    Ok(message)
}

/// Cuts a stream of bytes into lines.
struct Reader {
    pending: BytesMut,
    /// How much of `pending` is known to hold no line end.
    searched: usize,
    limit: usize,
    number: usize,
}

impl Reader {
    fn new(limit: usize) -> Self {
        Self { pending: BytesMut::new(), searched: 0, limit, number: 0 }
    }

    fn line(&mut self) -> Result<Option<Bytes>, Refusal> {
        let found = self.pending[self.searched..].iter().position(|byte| *byte == b'\n');
        let end = found.map(|end| end + self.searched);
        if end.unwrap_or(self.pending.len()) > self.limit {
            return Err(Refusal::too_large(StatusCode::PAYLOAD_TOO_LARGE, "a line"));
        }
        let Some(end) = end else {
            self.searched = self.pending.len();
            return Ok(None);
        };
        self.searched = 0;
        self.number += 1;
        Ok(Some(self.pending.split_to(end + 1).freeze()))
    }

    fn last(&mut self) -> Bytes {
        self.number += 1;
        self.pending.split().freeze()
    }
}

fn check_media_type(inbound: &Inbound) -> Result<(), Refusal> {
    if !inbound.request.headers.contains_key(header::CONTENT_TYPE) {
        return Ok(());
    }
    let media_type = body::content_type(&inbound.request.headers);
    let media_type = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match media_type.as_str() {
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" | "application/json" => Ok(()),
        other => Err(Refusal::media_type(
            header::CONTENT_TYPE,
            format!("expected application/x-ndjson, not {other}"),
        )),
    }
}
