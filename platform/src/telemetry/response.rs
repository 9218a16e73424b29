//! The end of an answer: its gRPC code comes in the head or in the trailers.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use http::{HeaderMap, Response};
use http_body::{Body, Frame, SizeHint};
use opentelemetry::KeyValue;
use tonic::Code;
use tracing::Span;

use super::metrics::{Calls, name};

const STATUS: &str = "grpc-status";

/// Records the call once: at its end, or as CANCELLED when it is dropped before.
pub(super) struct Measuring {
    calls: Arc<Calls>,
    method: KeyValue,
    span: Span,
    began: Instant,
    ended: bool,
}

/// A body that watches for its trailers.
pub struct Measured<B> {
    body: Pin<Box<B>>,
    measuring: Option<Measuring>,
}

impl Measuring {
    pub(super) fn begin(calls: Arc<Calls>, path: &str, span: Span) -> Self {
        let method = calls.method(path);
        Self { calls, method, span, began: Instant::now(), ended: false }
    }

    fn end(&mut self, code: Code) {
        if self.ended {
            return;
        }
        self.ended = true;
        let took = self.began.elapsed();
        self.calls.record(self.method.clone(), code, took);
        let (code_name, micros) = (name(code), took.as_micros());
        self.span.in_scope(|| match code {
            Code::Ok => tracing::debug!(rpc.code = code_name, duration.us = micros, "answered"),
            Code::Internal | Code::Unknown | Code::DataLoss => {
                tracing::error!(rpc.code = code_name, duration.us = micros, "failed");
            }
            _ => tracing::info!(rpc.code = code_name, duration.us = micros, "refused"),
        });
    }
}

impl Drop for Measuring {
    fn drop(&mut self) {
        self.end(Code::Cancelled);
    }
}

impl<B> Measured<B> {
    pub(super) fn of(response: Response<B>, mut measuring: Option<Measuring>) -> Response<Self> {
        if let (Some(measuring), Some(code)) = (&mut measuring, code(response.headers())) {
            measuring.end(code);
        }
        response.map(|body| Self { body: Box::pin(body), measuring })
    }

    fn end(&mut self, code: Code) {
        if let Some(mut measuring) = self.measuring.take() {
            measuring.end(code);
        }
    }
}

impl<B: Body> Body for Measured<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let frame = self.body.as_mut().poll_frame(context);
        match &frame {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(code) = frame.trailers_ref().and_then(code) {
                    self.end(code);
                }
            }
            Poll::Ready(Some(Err(_))) => self.end(Code::Unknown),
            // A body that ends without a status is no gRPC answer.
            Poll::Ready(None) => self.end(Code::Unknown),
            Poll::Pending => {}
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn code(headers: &HeaderMap) -> Option<Code> {
    headers.get(STATUS).map(|status| Code::from_bytes(status.as_bytes()))
}
