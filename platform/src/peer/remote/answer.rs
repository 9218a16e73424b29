//! The body of an answer: counted as under way until it ends, its faults told as ours are.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use proto::refusal::Refusal;
use tonic::Status;

use super::pool::Ride;

/// Gives the line free when it is dropped.
pub(super) struct Answer {
    pub(super) body: Incoming,
    pub(super) service: &'static str,
    pub(super) _ride: Ride,
}

impl http_body::Body for Answer {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let service = self.service;
        Pin::new(&mut self.body).poll_frame(context).map_err(|error| {
            tracing::debug!(%error, peer = service, "an answer broke off");
            Refusal::unavailable(service).into()
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
