//! The body of a call, kept so that it can be sent once more.

use bytes::{Bytes, BytesMut};
use futures::StreamExt;
use futures::stream;
use http_body::Frame;
use http_body_util::{BodyExt, BodyStream, Full, StreamBody};
use tonic::Status;
use tonic::body::Body;

/// A larger body is sent as it comes, and once.
const MOST: usize = 4 << 20;

/// What is sent.
pub(super) enum Replay {
    /// All of it, as often as needed.
    Whole(Bytes),
    /// Once, as it comes. Nothing is left after it was handed out.
    Once(Option<Body>),
}

impl Replay {
    /// Reads a body whole, unless it is too large.
    ///
    /// # Errors
    /// What its writer says when it cannot be read.
    pub(super) async fn gather(mut body: Body) -> Result<Self, Status> {
        let mut parts: Vec<Bytes> = Vec::new();
        let mut length = 0;
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame?.into_data() else { continue };
            length += data.len();
            parts.push(data);
            if length > MOST {
                return Ok(Self::Once(Some(joined(parts, body))));
            }
        }
        Ok(Self::Whole(match &mut parts[..] {
            [] => Bytes::new(),
            [one] => std::mem::take(one),
            many => many
                .iter()
                .fold(BytesMut::with_capacity(length), |mut all, part| {
                    all.extend_from_slice(part);
                    all
                })
                .freeze(),
        }))
    }

    /// The body to send; none when it cannot be sent again.
    pub(super) fn body(&mut self) -> Option<Body> {
        match self {
            Self::Whole(bytes) => Some(Body::new(Full::new(bytes.clone()))),
            Self::Once(body) => body.take(),
        }
    }

    /// A body that came back unsent.
    pub(super) fn give_back(&mut self, returned: Body) {
        if let Self::Once(body) = self {
            *body = Some(returned);
        }
    }
}

/// What was read already, and the rest of it.
fn joined(parts: Vec<Bytes>, rest: Body) -> Body {
    let read = stream::iter(parts.into_iter().map(|part| Ok(Frame::data(part))));
    Body::new(StreamBody::new(read.chain(BodyStream::new(rest))))
}
