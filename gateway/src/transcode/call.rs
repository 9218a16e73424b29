//! A call to the service.

use std::sync::Arc;

use axum::body::Body;
use futures::FutureExt;
use http::{HeaderMap, Request, StatusCode, Version, header, request::Parts};
use tonic::{Code, Status};
use tower::ServiceExt;

use super::{
    Upstream,
    binding::Binding,
    deadline::Deadline,
    error::{self, Refusal},
    feed::{self, Feeder},
    frame::{self, Messages},
    headers, lines,
    method::{Feed, Method},
    options::Options,
    upload::{self, Shape},
};

/// An HTTP request whose route is known, without its body.
#[derive(Clone)]
pub(super) struct Inbound {
    pub(super) binding: Arc<Binding>,
    pub(super) request: Arc<Parts>,
    pub(super) options: Arc<Options>,
    /// Raw segments of the path, without the verb.
    pub(super) segments: Arc<[String]>,
    pub(super) deadline: Deadline,
}

impl Inbound {
    /// Raw segments of the path, without the verb.
    pub(super) fn path(&self) -> Vec<&str> {
        self.segments.iter().map(String::as_str).collect()
    }

    /// The upload shape, when the method takes files.
    pub(super) fn shape(&self) -> Option<&Shape> {
        match &self.binding.method.feed {
            Feed::Upload(shape) => Some(shape),
            _ => None,
        }
    }
}

/// A call on its way: what is sent, and who sends it.
pub(super) struct Outbound {
    upstream: Upstream,
    request: Request<tonic::body::Body>,
    limit: usize,
}

/// The beginning of an answer, and its messages.
pub(super) struct Answer {
    pub(super) headers: HeaderMap,
    pub(super) messages: Messages,
}

/// Admits a call, reads or connects its body, and prepares it for sending.
pub(super) async fn prepare(inbound: &Inbound, body: Body) -> Result<(Outbound, Feeder), Refusal> {
    let method = &inbound.binding.method;
    let upstream = method.upstream.clone();
    let upstream = upstream.ok_or_else(|| not_served(method))?;
    let admitted = inbound.options.admission.admit(&method.descriptor, &inbound.request).await?;
    let (body, feeder) = match method.feed {
        Feed::Single => {
            let (binding, path) = (&inbound.binding, inbound.path());
            let message =
                super::body::message(binding, &path, &inbound.request, body, &inbound.options).await?;
            (feed::single(&message)?, Feeder::none())
        }
        Feed::Upload(_) => {
            let (sink, sent) = feed::channel();
            (sent, Feeder::new(upload::run(inbound.clone(), body, sink).boxed()))
        }
        Feed::Lines => {
            let (sink, sent) = feed::channel();
            (sent, Feeder::new(lines::run(inbound.clone(), body, sink).boxed()))
        }
    };
    let mut request = Request::new(body);
    *request.method_mut() = http::Method::POST;
    *request.version_mut() = Version::HTTP_2;
    *request.uri_mut() = method.path.clone();
    *request.headers_mut() =
        headers::metadata(&inbound.request.headers, &inbound.options, admitted, inbound.deadline);
    Ok((Outbound { upstream, request, limit: inbound.options.limits.answer }, feeder))
}

fn not_served(method: &Method) -> Refusal {
    let message = format!("nobody serves {}", method.name());
    Refusal::request(StatusCode::NOT_IMPLEMENTED, Code::Unimplemented, "UNIMPLEMENTED", message)
}

impl Outbound {
    /// Sends the call and waits until the service has accepted or refused it.
    pub(super) async fn open(self) -> Result<Answer, Status> {
        let (head, body) = self.upstream.oneshot(self.request).await?.into_parts();
        if let Some(status) = frame::status(&head.headers).filter(|status| status.code() != Code::Ok) {
            return Err(status);
        }
        if !head.status.is_success() {
            return Err(error::status_of_http(head.status));
        }
        let content_type = head.headers.get(header::CONTENT_TYPE);
        if !content_type.is_some_and(|value| value.as_bytes().starts_with(b"application/grpc")) {
            return Err(Status::unknown("the service did not answer with gRPC"));
        }
        let messages = Messages::new(body, self.limit, &head.headers);
        Ok(Answer { headers: head.headers, messages })
    }
}
