//! A body in pieces, for the form parser.
//!
//! The parser takes all that is ready into memory before it looks at it, and
//! would hold a whole fast upload. Here it gets one piece at a time, and no
//! more than a limit without having made something of it.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
};

use axum::body::{Body, BodyDataStream};
use bytes::Bytes;
use futures::Stream;
use http::StatusCode;

use super::{body::cut_short, error::Refusal};

/// How much the parser has taken since it last gave something.
#[derive(Clone)]
pub(super) struct Appetite {
    taken: Arc<AtomicUsize>,
    limit: usize,
}

impl Appetite {
    /// Nothing taken yet.
    pub(super) fn new(limit: usize) -> Self {
        Self { taken: Arc::default(), limit }
    }

    /// The parser gave something, or failed.
    pub(super) fn settle<T, E>(&self, result: Result<T, E>) -> Result<T, Refusal> {
        match result {
            Ok(given) => {
                self.taken.store(0, Ordering::Relaxed);
                Ok(given)
            }
            Err(_) if self.is_over() => {
                Err(Refusal::too_large(StatusCode::PAYLOAD_TOO_LARGE, "the head of a part"))
            }
            Err(_) => Err(cut_short()),
        }
    }

    /// The body, paced.
    pub(super) fn pace(&self, body: Body) -> Body {
        Body::from_stream(Paced { body: body.into_data_stream(), appetite: self.clone(), pause: false })
    }

    fn is_over(&self) -> bool {
        self.taken.load(Ordering::Relaxed) > self.limit
    }
}

struct Paced {
    body: BodyDataStream,
    appetite: Appetite,
    pause: bool,
}

impl Stream for Paced {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if std::mem::take(&mut self.pause) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.appetite.is_over() {
            return Poll::Ready(Some(Err(axum::Error::new("the head of a part is too long"))));
        }
        let piece = ready!(Pin::new(&mut self.body).poll_next(context));
        if let Some(Ok(data)) = &piece {
            self.appetite.taken.fetch_add(data.len(), Ordering::Relaxed);
            self.pause = true;
        }
        Poll::Ready(piece)
    }
}
