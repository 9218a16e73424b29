//! `idempotency-key` in a call's metadata fills the `request_id` of its message (seams.md,
//! "Idempotency"), for whoever calls: a partner through the gateway or a service beside it.
//!
//! HTTP fills the message in the transcoder. Here the first message of the stream is rewritten before
//! the service reads it, so that no service knows where its caller wrote the number.

use std::convert::Infallible;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::{Buf, BufMut, Bytes, BytesMut};
use futures::future::{BoxFuture, Either};
use futures::{FutureExt, StreamExt, stream};
use http::{HeaderMap, Request, Response, header};
use http_body::Frame;
use http_body_util::{BodyExt, BodyStream, StreamBody};
use proto::refusal::Refusal;
use proto::request_id;
use tonic::Status;

/// The metadata key that holds a request id.
const KEY: &str = "idempotency-key";
/// Compressed or not, and the length: what is before each message.
const PREFIX: usize = 5;
/// Bytes of a first message, as tonic's own limit. A longer one is left to it.
const MOST: usize = 4 << 20;

/// Puts [`Numbered`] before a service.
#[derive(Clone, Copy, Default)]
pub(crate) struct Layer;

/// A service whose messages carry the number that their metadata gave.
#[derive(Clone)]
pub(crate) struct Numbered<S>(S);

impl<S> tower::Layer<S> for Layer {
    type Service = Numbered<S>;

    fn layer(&self, inner: S) -> Numbered<S> {
        Numbered(inner)
    }
}

impl<S, Answer> tower::Service<Request<Body>> for Numbered<S>
where
    S: tower::Service<Request<Body>, Response = Response<Answer>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
    Answer: Default,
{
    type Response = Response<Answer>;
    type Error = Infallible;
    type Future = Either<S::Future, BoxFuture<'static, Result<Response<Answer>, Infallible>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        if !request.headers().contains_key(KEY) || !request_id::is_taken_by(request.uri().path()) {
            return Either::Left(self.0.call(request));
        }
        let fresh = self.0.clone();
        let mut ready = std::mem::replace(&mut self.0, fresh);
        let numbered = async move {
            match fill(request).await {
                Ok(request) => ready.call(request).await,
                Err(status) => Ok(status.into_http()),
            }
        };
        Either::Right(numbered.boxed())
    }
}

async fn fill(request: Request<Body>) -> Result<Request<Body>, Status> {
    let (mut parts, mut body) = request.into_parts();
    let key = one(&parts.headers)?;
    parts.headers.remove(header::CONTENT_LENGTH);
    let mut read = BytesMut::new();
    let end = first(&mut body, &mut read).await?;
    if let Some(end) = end
        && let Some(filled) = request_id::fill(parts.uri.path(), &read[PREFIX..end], &key)?
    {
        read.advance(end);
        read = framed(&filled, &read);
    }
    let beginning = stream::iter([Ok(Frame::data(read.freeze()))]);
    Ok(Request::from_parts(parts, Body::new(StreamBody::new(beginning.chain(BodyStream::new(body))))))
}

/// The key, which may be said twice but not in two ways.
fn one(headers: &HeaderMap) -> Result<String, Refusal> {
    let mut values = headers.get_all(KEY).iter();
    let first = values.next().and_then(|value| value.to_str().ok());
    match first {
        Some(first) if values.all(|other| other == first) => Ok(first.to_owned()),
        Some(_) => Err(Refusal::field(KEY, "given twice with different values")),
        None => Err(Refusal::field(KEY, "must be printable ASCII")),
    }
}

/// Reads until the first message is whole; where it ends, or `None` when it is not for us to read.
async fn first(body: &mut Body, read: &mut BytesMut) -> Result<Option<usize>, Status> {
    loop {
        if let Some(end) = end(read) {
            if read[0] != 0 || end > PREFIX + MOST {
                return Ok(None);
            }
            if read.len() >= end {
                return Ok(Some(end));
            }
        }
        let Some(frame) = body.frame().await else { return Ok(None) };
        let frame = frame.map_err(|_| Status::cancelled("the request broke off"))?;
        read.extend_from_slice(&frame.into_data().unwrap_or_else(|_| Bytes::new()));
    }
}

fn end(read: &[u8]) -> Option<usize> {
    let mut length = read.get(1..PREFIX)?;
    usize::try_from(length.get_u32()).ok()?.checked_add(PREFIX)
}

fn framed(message: &[u8], rest: &[u8]) -> BytesMut {
    let mut bytes = BytesMut::with_capacity(PREFIX + message.len() + rest.len());
    bytes.put_u8(0);
    bytes.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    bytes.extend_from_slice(message);
    bytes.extend_from_slice(rest);
    bytes
}
