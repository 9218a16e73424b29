//! A stream of request messages, made while the service reads it.
//!
//! No task is spawned: whoever waits for the answer drives the feed as well,
//! and a service that reads slowly stops the client from sending.

use axum::body::Body;
use bytes::Bytes;
use futures::{StreamExt, future::BoxFuture, stream};
use http::StatusCode;
use http_body::Frame;
use http_body_util::{Full, StreamBody};
use prost_reflect::DynamicMessage;
use tokio::sync::mpsc;
use tonic::Status;

use super::{body::cut_short, error::Refusal, frame};

/// Why a feed ended before its end.
pub(super) enum Stop {
    /// The service reads no more; its answer says why.
    Unwanted,
    /// The request is wrong; the service must not take it for complete.
    Refused(Refusal),
}

impl<R: Into<Refusal>> From<R> for Stop {
    fn from(refusal: R) -> Self {
        Self::Refused(refusal.into())
    }
}

/// Where the messages go. `None` marks the good end; without it the body fails,
/// so that a service never takes half an upload for a whole one.
pub(super) struct Sink(mpsc::Sender<Option<Bytes>>);

impl Sink {
    /// Waits until the service has room for the message.
    pub(super) async fn send(&self, message: &DynamicMessage) -> Result<(), Stop> {
        let frame = frame::encode(message)?;
        self.0.send(Some(frame)).await.map_err(|_| Stop::Unwanted)
    }

    /// Tells the service that all is said.
    pub(super) async fn finish(self) -> Result<(), Stop> {
        self.0.send(None).await.map_err(|_| Stop::Unwanted)
    }
}

/// A sink and the body that the service reads.
pub(super) fn channel() -> (Sink, tonic::body::Body) {
    let (sender, receiver) = mpsc::channel::<Option<Bytes>>(1);
    let frames = stream::unfold(Some(receiver), |receiver| async {
        let mut receiver = receiver?;
        match receiver.recv().await {
            Some(Some(frame)) => Some((Ok(Frame::data(frame)), Some(receiver))),
            Some(None) => None,
            None => Some((Err(Status::cancelled("the request was broken off")), None)),
        }
    });
    (Sink(sender), tonic::body::Body::new(StreamBody::new(frames)))
}

/// A body of one message.
pub(super) fn single(message: &DynamicMessage) -> Result<tonic::body::Body, Status> {
    Ok(tonic::body::Body::new(Full::new(frame::encode(message)?)))
}

/// A feed at work, or none.
pub(super) struct Feeder(Option<BoxFuture<'static, Result<(), Stop>>>);

impl Feeder {
    /// Nothing to feed.
    pub(super) fn none() -> Self {
        Self(None)
    }

    /// Feeds while others wait.
    pub(super) fn new(feed: BoxFuture<'static, Result<(), Stop>>) -> Self {
        Self(Some(feed))
    }

    /// Waits for the work and feeds meanwhile; a broken request ends both. May be dropped while waiting.
    pub(super) async fn during<F: Future>(&mut self, work: F) -> Result<F::Output, Refusal> {
        tokio::pin!(work);
        while let Some(feed) = &mut self.0 {
            tokio::select! {
                biased;
                fed = feed => {
                    self.0 = None;
                    if let Err(Stop::Refused(refusal)) = fed {
                        return Err(refusal);
                    }
                }
                answer = &mut work => return Ok(answer),
            }
        }
        Ok(work.await)
    }
}

/// The data of a request body, at most `limit` bytes of it.
pub(super) struct Incoming {
    body: axum::body::BodyDataStream,
    left: u64,
}

impl Incoming {
    /// Reads a body.
    pub(super) fn new(body: Body, limit: u64) -> Self {
        Self { body: body.into_data_stream(), left: limit }
    }

    /// The next piece, of any size.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, Refusal> {
        let Some(piece) = self.body.next().await else {
            return Ok(None);
        };
        let piece = piece.map_err(|_| cut_short())?;
        let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        let left = self.left.checked_sub(length);
        self.left = left.ok_or_else(|| Refusal::too_large(StatusCode::PAYLOAD_TOO_LARGE, "the upload"))?;
        Ok(Some(piece))
    }
}
