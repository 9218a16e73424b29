//! Streamed answers: Server-Sent Events, newline-delimited JSON, a JSON array,
//! or the bytes of `google.api.HttpBody`.
//!
//! A refusal before the first message is a real HTTP status; a later one is
//! the last element. The headers do not wait for the first message longer than
//! `Streams` says, or a proxy in front gives up on a quiet watch.

use axum::body::Body;
use bytes::Bytes;
use futures::{FutureExt, future::BoxFuture, stream};
use http::{HeaderMap, HeaderName, HeaderValue, Response, header};
use prost_reflect::DynamicMessage;
use tokio::time::timeout;
use tonic::Status;

use super::{
    call::{Answer, Inbound, Outbound},
    error::{self, Refusal},
    feed::Feeder,
    format::Format,
    frame::Messages,
    headers, unary,
};

/// Makes the call and streams its messages.
pub(super) async fn respond(
    inbound: Inbound,
    outbound: Outbound,
    feeder: Feeder,
) -> Result<Response<Body>, Refusal> {
    let mut source = Source::new(&inbound, outbound, feeder);
    if inbound.binding.shown().is_some_and(|shown| super::method::is_http_body(&shown)) {
        return download(inbound, source).await;
    }
    let streams = inbound.options.streams;
    let mut first = None;
    if let Ok(opened) = timeout(streams.acceptance, source.opened()).await {
        opened?;
        if let Ok(message) = timeout(streams.first_message, source.next()).await {
            first = Some(message.transpose()?);
        }
    }
    let format = Format::choose(&inbound.request.headers);
    let mut response = Response::new(Body::empty());
    let head = response.headers_mut();
    head.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    common_headers(head, &source, &inbound);
    let events = Events { inbound, source, format, first, written: 0, over: false };
    *response.body_mut() = Body::from_stream(stream::unfold(events, Events::next));
    Ok(response)
}

/// Messages of a call that may not be accepted yet.
struct Source {
    inbound: Inbound,
    opening: Option<BoxFuture<'static, Result<Answer, Status>>>,
    messages: Option<Messages>,
    headers: HeaderMap,
    feeder: Feeder,
}

impl Source {
    fn new(inbound: &Inbound, outbound: Outbound, feeder: Feeder) -> Self {
        let opening = Some(outbound.open().boxed());
        Self { inbound: inbound.clone(), opening, messages: None, headers: HeaderMap::new(), feeder }
    }

    /// Waits until the service accepts. May be dropped while waiting.
    async fn opened(&mut self) -> Result<(), Refusal> {
        let Some(opening) = &mut self.opening else {
            return Ok(());
        };
        let answer = self.inbound.deadline.limit(self.feeder.during(opening)).await;
        self.opening = None;
        let answer = answer???;
        (self.headers, self.messages) = (answer.headers, Some(answer.messages));
        Ok(())
    }

    /// The next message. May be dropped while waiting.
    async fn next(&mut self) -> Option<Result<DynamicMessage, Refusal>> {
        if let Err(refusal) = self.opened().await {
            return Some(Err(refusal));
        }
        let messages = self.messages.as_mut()?;
        let raw = self.inbound.deadline.limit(self.feeder.during(messages.next())).await;
        match raw {
            Ok(Ok(None)) => None,
            Ok(Ok(Some(raw))) => Some(self.read(raw)),
            Ok(Err(refusal)) | Err(refusal) => Some(Err(refusal)),
        }
    }

    fn read(&self, raw: Result<Bytes, Status>) -> Result<DynamicMessage, Refusal> {
        let message = raw.and_then(|raw| unary::decode(&self.inbound.binding, raw));
        let allowed = &self.inbound.options.response_headers;
        message.map_err(|status| headers::with_initial(status, &self.headers, allowed).into())
    }
}

struct Events {
    inbound: Inbound,
    source: Source,
    format: Format,
    /// The message read before the headers went out; `Some(None)` for a good end.
    first: Option<Option<DynamicMessage>>,
    written: usize,
    over: bool,
}

impl Events {
    async fn next(mut self) -> Option<(Result<Bytes, std::convert::Infallible>, Self)> {
        if self.over {
            return None;
        }
        let message = match self.first.take() {
            Some(first) => first.map(Ok),
            None => match timeout(self.inbound.options.streams.heartbeat, self.source.next()).await {
                Ok(message) => message,
                Err(_) => return Some((Ok(self.format.heartbeat()), self)),
            },
        };
        let shown =
            message.map(|message| message.and_then(|message| self.show(&message).map_err(Refusal::from)));
        let piece = match shown {
            None => self.end(),
            Some(Ok(piece)) => piece,
            Some(Err(refusal)) => self.fail(refusal),
        };
        Some((Ok(piece), self))
    }

    fn show(&mut self, message: &DynamicMessage) -> Result<Bytes, Status> {
        let json = unary::to_json(&self.inbound, message)?;
        let sequence = self.inbound.binding.method.sequence.as_ref();
        let id = sequence.filter(|field| message.has_field(field)).map(|field| message.get_field(field));
        let id =
            id.and_then(|value| value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from)));
        let piece = self.format.message(&json, id, self.written);
        self.written += 1;
        Ok(piece)
    }

    fn end(&mut self) -> Bytes {
        self.over = true;
        self.format.end(self.written)
    }

    fn fail(&mut self, refusal: Refusal) -> Bytes {
        self.over = true;
        let (status, http) = refusal.into_status(&self.inbound.options.error_domain);
        let pool = self.inbound.binding.method.descriptor.parent_pool();
        self.format.error(&error::body(pool, &status, http), self.written)
    }
}

/// Bytes as they come; the media type is that of the first message.
async fn download(inbound: Inbound, mut source: Source) -> Result<Response<Body>, Refusal> {
    let first = source.next().await.transpose()?;
    let empty = || (HeaderValue::from_static("application/octet-stream"), Bytes::new());
    let first = first.and_then(|message| unary::file(&inbound.binding, &message));
    let (content_type, data) = first.unwrap_or_else(empty);
    let mut response = Response::new(Body::empty());
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    common_headers(response.headers_mut(), &source, &inbound);
    let pieces = stream::unfold((Some(source), Some(data)), |(source, data)| async move {
        let mut source = source?;
        if let Some(data) = data {
            return Some((Ok(data), (Some(source), None)));
        }
        match source.next().await? {
            Ok(message) => {
                let data = unary::file(&source.inbound.binding, &message).map(|(_, data)| data);
                Some((Ok(data.unwrap_or_default()), (Some(source), None)))
            }
            // The status is gone; breaking the body off tells the client that the file is not whole.
            Err(refusal) => Some((Err(refusal.into_status("").0), (None, None))),
        }
    });
    *response.body_mut() = Body::from_stream(pieces);
    Ok(response)
}

fn common_headers(head: &mut HeaderMap, source: &Source, inbound: &Inbound) {
    head.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    head.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    headers::copy(&source.headers, head, &inbound.options.response_headers);
}
