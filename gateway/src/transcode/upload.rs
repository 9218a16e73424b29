//! Files into client-streaming methods.
//!
//! A method takes files when its request is a oneof of a message (sent first)
//! and of a chunk message with one `bytes` field. Path, query and form fields
//! fill the first; the file becomes chunks of 64 KiB. The chunk's `offset` and
//! `finish` are filled if it has them, the first message's `file_name` too.

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, header};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};

use super::{
    body,
    call::Inbound,
    error::Refusal,
    feed::{Incoming, Sink, Stop},
    field::FieldPath,
    headers, json, multipart,
    violation::Violation,
};

const CHUNK: usize = 64 * 1024;

/// The fields of a request that takes a file.
pub(super) struct Shape {
    input: MessageDescriptor,
    first: FieldDescriptor,
    chunk: FieldDescriptor,
    data: FieldDescriptor,
    offset: Option<FieldDescriptor>,
    finish: Option<FieldDescriptor>,
}

impl Shape {
    /// The shape of a request; `None` when it takes no file.
    pub(super) fn of(input: &MessageDescriptor) -> Option<Self> {
        let mut oneofs = input.oneofs().filter(|oneof| !oneof.is_synthetic());
        let (oneof, None) = (oneofs.next()?, oneofs.next()) else {
            return None;
        };
        let members: Vec<FieldDescriptor> = oneof.fields().collect();
        if members.len() != 2 || input.fields().len() != 2 {
            return None;
        }
        let chunk = members.iter().rev().find(|member| single_bytes(member).is_some())?.clone();
        let first = members.into_iter().find(|member| *member != chunk)?;
        message_of(&first)?;
        let content = message_of(&chunk)?;
        let offset = content.get_field_by_name("offset").filter(is_integer);
        let finish = content.get_field_by_name("finish").filter(|field| field.kind() == Kind::Bool);
        Some(Self { data: single_bytes(&chunk)?, input: input.clone(), first, chunk, offset, finish })
    }

    /// The type of the message sent first.
    pub(super) fn first_message(&self) -> MessageDescriptor {
        message_of(&self.first).unwrap_or_else(|| self.input.clone())
    }

    /// A field of the first message, seen from the request.
    pub(super) fn resolve(&self, path: &str) -> Option<FieldPath> {
        FieldPath::resolve(&self.first_message(), path).map(|path| path.inside(&self.first))
    }

    /// The first message with nothing in it.
    pub(super) fn start(&self) -> DynamicMessage {
        let mut message = DynamicMessage::new(self.input.clone());
        message.set_field(&self.first, Value::Message(DynamicMessage::new(self.first_message())));
        message
    }

    fn chunk(&self, data: Bytes, offset: u64, finish: bool) -> Option<DynamicMessage> {
        let mut content = DynamicMessage::new(message_of(&self.chunk)?);
        content.set_field(&self.data, Value::Bytes(data));
        if let Some(field) = &self.offset {
            content.set_field(field, json::from_text(&field.kind(), &offset.to_string()).ok()?);
        }
        if let Some(field) = self.finish.as_ref().filter(|_| finish) {
            content.set_field(field, Value::Bool(true));
        }
        let mut message = DynamicMessage::new(self.input.clone());
        message.set_field(&self.chunk, Value::Message(content));
        Some(message)
    }
}

/// Sends a body as a first message and chunks.
pub(super) async fn run(inbound: Inbound, body: Body, sink: Sink) -> Result<(), Stop> {
    let Some(shape) = inbound.shape() else {
        return Ok(());
    };
    body::check_coding(&inbound.request.headers)?;
    let range = Range::of(&inbound.request.headers)?;
    let mut start = shape.start();
    body::complete(&inbound.binding, &inbound.path(), &inbound.request, &mut start, &inbound.options)?;
    let chunks = Chunks { shape, sink, range, offset: range.first, pending: BytesMut::new() };
    if body::content_type(&inbound.request.headers).starts_with("multipart/form-data") {
        return multipart::run(&inbound, body, start, chunks).await;
    }
    send_start(&inbound, &mut start, &chunks).await?;
    raw(&inbound, body, chunks).await
}

/// Sends the first message, with what headers add.
pub(super) async fn send_start(
    inbound: &Inbound,
    start: &mut DynamicMessage,
    chunks: &Chunks<'_>,
) -> Result<(), Stop> {
    if let Some(Value::Message(first)) = Some(start.get_field_mut(&chunks.shape.first)) {
        let field = inbound.binding.method.request_id.as_ref();
        headers::fill_request_id(&inbound.request.headers, field, first)?;
    }
    chunks.sink.send(start).await
}

async fn raw(inbound: &Inbound, body: Body, mut chunks: Chunks<'_>) -> Result<(), Stop> {
    let mut incoming = Incoming::new(body, inbound.options.limits.upload);
    while let Some(piece) = incoming.next().await? {
        chunks.push(&piece).await?;
    }
    chunks.finish().await
}

/// Cuts a file into chunks; the last is held back until the file has ended well.
pub(super) struct Chunks<'s> {
    shape: &'s Shape,
    sink: Sink,
    range: Range,
    offset: u64,
    pending: BytesMut,
}

impl Chunks<'_> {
    /// Takes a piece of the file.
    pub(super) async fn push(&mut self, piece: &[u8]) -> Result<(), Stop> {
        self.pending.extend_from_slice(piece);
        while self.pending.len() > CHUNK {
            let data = self.pending.split_to(CHUNK).freeze();
            self.send(data, false).await?;
        }
        Ok(())
    }

    /// Sends the last chunk and ends the stream.
    pub(super) async fn finish(mut self) -> Result<(), Stop> {
        let data = self.pending.split().freeze();
        let end = self.offset.saturating_add(u64::try_from(data.len()).unwrap_or(u64::MAX));
        self.range.check_end(end)?;
        if !data.is_empty() || self.shape.finish.is_some() {
            self.send(data, self.range.is_last()).await?;
        }
        self.sink.finish().await
    }

    async fn send(&mut self, data: Bytes, finish: bool) -> Result<(), Stop> {
        let length = u64::try_from(data.len()).unwrap_or(u64::MAX);
        let message = self.shape.chunk(data, self.offset, finish);
        let message = message.ok_or_else(|| Violation::new("Content-Range", "the offset is out of range"))?;
        self.offset = self.offset.saturating_add(length);
        self.sink.send(&message).await
    }
}

/// `Content-Range` (RFC 9110, 14.4): which part of a file this body is.
#[derive(Debug, Clone, Copy, Default)]
struct Range {
    first: u64,
    /// One past the last byte.
    end: Option<u64>,
    total: Option<u64>,
    partial: bool,
}

impl Range {
    fn of(headers: &HeaderMap) -> Result<Self, Refusal> {
        let Some(value) = headers.get(header::CONTENT_RANGE) else {
            return Ok(Self::default());
        };
        let range = value.to_str().ok().and_then(Self::parse);
        range.ok_or_else(|| Violation::new("Content-Range", "is not a range such as bytes 0-99/200").into())
    }

    fn parse(text: &str) -> Option<Self> {
        let (span, total) = text.strip_prefix("bytes ")?.split_once('/')?;
        let (first, last) = span.split_once('-')?;
        let optional = |text: &str| if text == "*" { Some(None) } else { text.parse::<u64>().ok().map(Some) };
        let first = first.parse().ok()?;
        let end = match optional(last)? {
            Some(last) => Some(last.checked_add(1).filter(|end| *end > first)?),
            None => None,
        };
        let total = optional(total)?;
        let fits = total.is_none_or(|total| end.is_none_or(|end| end <= total) && first <= total);
        fits.then_some(Self { first, end, total, partial: true })
    }

    fn check_end(self, end: u64) -> Result<(), Refusal> {
        match self.end {
            Some(announced) if announced != end => {
                Err(Violation::new("Content-Range", "differs from the length of the body").into())
            }
            _ => Ok(()),
        }
    }

    /// Whether the file ends with this body.
    fn is_last(self) -> bool {
        !self.partial || (self.total.is_some() && (self.end.is_none() || self.end == self.total))
    }
}

fn message_of(field: &FieldDescriptor) -> Option<MessageDescriptor> {
    field.kind().as_message().cloned()
}

fn single_bytes(field: &FieldDescriptor) -> Option<FieldDescriptor> {
    let content = message_of(field)?;
    let mut bytes = content.fields().filter(|field| field.kind() == Kind::Bytes && !field.is_list());
    let (Some(data), None) = (bytes.next(), bytes.next()) else {
        return None;
    };
    Some(data)
}

fn is_integer(field: &FieldDescriptor) -> bool {
    let kind = field.kind();
    let whole = matches!(kind, Kind::Int64 | Kind::Uint64 | Kind::Sint64 | Kind::Fixed64 | Kind::Sfixed64);
    (whole || matches!(kind, Kind::Int32 | Kind::Uint32)) && !field.is_list()
}
