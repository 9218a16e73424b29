//! One attempt at a call, and what its failure says about where the call got to.

use std::error::Error;

use http::{HeaderMap, Request, Response};
use tonic::body::Body;
use tonic::{Code, Status};

use super::answer::Answer;
use super::pool::Ride;

/// How an attempt ended.
pub(super) enum Ended {
    /// An answer came, good or bad.
    Answered(Response<Body>),
    /// The other side has not begun: it takes no more calls. With what came back of the request.
    NotBegun(Option<Request<Body>>),
    /// The connection broke; the other side may have begun, and may have finished.
    Broken,
}

pub(super) async fn attempt(ride: Ride, service: &'static str, request: Request<Body>) -> Ended {
    match ride.sender().try_send_request(request).await {
        Ok(response) => {
            match is_unavailable(response.headers()) {
                true => ride.refused(),
                false => ride.answered(),
            }
            Ended::Answered(response.map(|body| Body::new(Answer { body, service, _ride: ride })))
        }
        Err(mut failed) => {
            let returned = failed.take_message();
            let error = failed.into_error();
            tracing::debug!(%error, peer = service, address = %ride.address(), "an attempt failed");
            let fault = fault(&error).filter(|fault| fault.is_remote());
            let leaving = returned.is_some() || fault.is_some_and(h2::Error::is_go_away);
            if leaving {
                ride.leave();
            }
            let not_begun = leaving || fault.is_some_and(is_refused);
            if not_begun { Ended::NotBegun(returned) } else { Ended::Broken }
        }
    }
}

/// What HTTP/2 said. GOAWAY below this call, and REFUSED_STREAM, mean that it was not looked at (RFC 9113,
/// 6.8 and 8.7).
fn fault(error: &hyper::Error) -> Option<&h2::Error> {
    let mut causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.find_map(|cause| cause.downcast_ref())
}

fn is_refused(fault: &h2::Error) -> bool {
    fault.is_reset() && fault.reason() == Some(h2::Reason::REFUSED_STREAM)
}

/// Whether the answer is UNAVAILABLE before anything else was said.
pub(super) fn is_unavailable(headers: &HeaderMap) -> bool {
    Status::from_header_map(headers).is_some_and(|status| status.code() == Code::Unavailable)
}
