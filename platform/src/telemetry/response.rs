//! The end of an answer: its gRPC code comes in the head or in the trailers.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use http::{HeaderMap, Response};
use http_body::{Body, Frame, SizeHint};
use opentelemetry::KeyValue;
use tonic::Code;

use super::metrics::{Calls, name};
use super::refused;
use super::trace::Span;

const STATUS: &str = "grpc-status";

/// Records the call once: at its end, or as CANCELLED when it is dropped before.
pub(super) struct Measuring {
    calls: Arc<Calls>,
    method: KeyValue,
    span: tracing::Span,
    work: Span,
    began: Instant,
    ended: bool,
}

/// A body that watches for its trailers.
pub struct Measured<B> {
    body: Pin<Box<B>>,
    measuring: Option<Measuring>,
}

impl Measuring {
    pub(super) fn begin(calls: Arc<Calls>, path: &str, span: tracing::Span, work: Span) -> Self {
        let method = calls.method(path);
        calls.enter();
        Self { calls, method, span, work, began: Instant::now(), ended: false }
    }

    /// Runs a step of the call, so that what it says and begins belongs to it.
    pub(super) fn within<T>(&self, step: impl FnOnce() -> T) -> T {
        let _here = self.work.context().clone().attach();
        self.span.in_scope(step)
    }

    /// The code in these headers or trailers, if any, ends the call.
    fn look(&mut self, headers: &mut HeaderMap) {
        let Some(code) = code(headers) else { return };
        if refused::is_fault(code) {
            refused::name_trace(headers, self.work.trace_id());
        }
        self.end(code);
    }

    fn end(&mut self, code: Code) {
        if self.ended {
            return;
        }
        self.ended = true;
        let took = self.began.elapsed();
        self.calls.record(self.method.clone(), code, took);
        let (code_name, micros) = (name(code), took.as_micros());
        self.work.set("rpc.response.status_code", code_name);
        if refused::is_fault(code) {
            self.work.fail(code_name);
        }
        self.span.in_scope(|| match code {
            Code::Ok => tracing::debug!(rpc.code = code_name, duration.us = micros, "answered"),
            Code::Internal | Code::Unknown | Code::DataLoss => {
                tracing::error!(rpc.code = code_name, duration.us = micros, "failed");
            }
            _ => tracing::info!(rpc.code = code_name, duration.us = micros, "refused"),
        });
        self.work.end();
        self.calls.leave();
    }
}

impl Drop for Measuring {
    fn drop(&mut self) {
        self.end(Code::Cancelled);
    }
}

impl<B> Measured<B> {
    pub(super) fn of(mut response: Response<B>, mut measuring: Option<Measuring>) -> Response<Self> {
        if let Some(measuring) = &mut measuring {
            measuring.look(response.headers_mut());
        }
        response.map(|body| Self { body: Box::pin(body), measuring })
    }
}

impl<B: Body> Body for Measured<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let this = &mut *self;
        let body = this.body.as_mut();
        let Some(measuring) = &mut this.measuring else { return body.poll_frame(context) };
        let mut frame = measuring.within(|| body.poll_frame(context));
        match &mut frame {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(trailers) = frame.trailers_mut() {
                    measuring.look(trailers);
                }
            }
            Poll::Ready(Some(Err(_))) => measuring.end(Code::Unknown),
            // A body that ends without a status is no gRPC answer.
            Poll::Ready(None) => measuring.end(Code::Unknown),
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
