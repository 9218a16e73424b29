//! A watch has no end of its own, so a door that closes gives it one: DRAINING, which asks its reader to
//! come again, to another door. Otherwise it would hold the door open for as long as the drain may take,
//! and then be cut without a word (R12).

use std::collections::HashSet;
use std::sync::LazyLock;
use std::time::Duration;

use ::http::{HeaderMap, Request};
use futures::stream;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use platform::peer::Peer;
use proto::audience;
use proto::refusal::{Reason, Refusal};
use tokio_util::sync::CancellationToken;
use tonic::Status;
use tonic::body::Body;
use tower::ServiceExt;

/// Where another door is found by then.
const AGAIN: Duration = Duration::from_secs(1);

/// Paths of all watches: streams of messages, where a file is a stream of bytes that has an end.
static WATCHES: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let methods = audience::POOL.services().flat_map(|service| service.methods().collect::<Vec<_>>());
    let is_file = |name: &str| name == "google.api.HttpBody";
    let watches = methods.filter(|method| method.is_server_streaming());
    watches
        .filter(|method| !is_file(method.output().full_name()))
        .map(|method| audience::path(&method))
        .collect()
});

/// The same service, whose watches end when `closing` is cancelled.
pub fn until(closing: CancellationToken, peer: Peer) -> Peer {
    Peer::new(tower::service_fn(move |request: Request<Body>| {
        let watch = WATCHES.contains(request.uri().path()).then(|| closing.clone());
        let answer = peer.clone().oneshot(request);
        async move {
            let answer = answer.await?;
            Ok(match watch {
                Some(closing) => answer.map(|body| ended(body, closing)),
                None => answer,
            })
        }
    }))
}

fn ended(body: Body, closing: CancellationToken) -> Body {
    Body::new(StreamBody::new(stream::unfold(Some(body), move |body| {
        let closing = closing.clone();
        async move {
            let mut body = body?;
            match closing.run_until_cancelled(body.frame()).await {
                Some(frame) => Some((frame?, Some(body))),
                None => Some((goodbye().map(Frame::trailers), None)),
            }
        }
    })))
}

fn goodbye() -> Result<HeaderMap, Status> {
    let refusal = Refusal::new(Reason::Draining, "the gateway is stopping: watch again").retry_after(AGAIN);
    let mut trailers = HeaderMap::new();
    Status::from(refusal).add_header(&mut trailers)?;
    Ok(trailers)
}
