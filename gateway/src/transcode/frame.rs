//! gRPC messages on the wire: one flag byte, four bytes of length, the message.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use http::HeaderMap;
use http_body_util::BodyExt;
use prost::Message;
use prost_reflect::DynamicMessage;
use tonic::{Code, Status, metadata::MetadataMap};

const HEADER: usize = 5;
const DETAILS: &str = "grpc-status-details-bin";

/// The status that headers or trailers tell. Details that are not base64 are left out: tonic would
/// panic over them.
pub(super) fn status(headers: &HeaderMap) -> Option<Status> {
    if !headers.contains_key(DETAILS) {
        return Status::from_header_map(headers);
    }
    let mut metadata = MetadataMap::from_headers(headers.clone());
    if metadata.get_bin(DETAILS).is_some_and(|details| details.to_bytes().is_err()) {
        metadata.remove_bin(DETAILS);
    }
    Status::from_header_map(&metadata.into_headers())
}

/// A message with its header.
pub(super) fn encode(message: &DynamicMessage) -> Result<Bytes, Status> {
    let length = message.encoded_len();
    let announced = u32::try_from(length);
    let announced = announced.map_err(|_| Status::resource_exhausted("the message is larger than 4 GiB"))?;
    let mut frame = BytesMut::with_capacity(HEADER + length);
    frame.put_u8(0);
    frame.put_u32(announced);
    message.encode(&mut frame).map_err(|error| broken(&error.to_string()))?;
    Ok(frame.freeze())
}

/// The messages of an answer, and what follows them.
pub(super) struct Messages {
    body: tonic::body::Body,
    buffer: BytesMut,
    limit: usize,
    trailers: HeaderMap,
    ended: bool,
}

impl Messages {
    /// Reads from a body; no message may be longer than `limit` bytes.
    ///
    /// An answer without messages may have its status among its headers.
    pub(super) fn new(body: tonic::body::Body, limit: usize, headers: &HeaderMap) -> Self {
        let has_status = headers.contains_key("grpc-status");
        let trailers = if has_status { headers.clone() } else { HeaderMap::new() };
        Self { body, buffer: BytesMut::new(), limit, trailers, ended: false }
    }

    /// The next message; `None` after a good end. May be dropped while waiting and called again.
    pub(super) async fn next(&mut self) -> Option<Result<Bytes, Status>> {
        loop {
            match self.take() {
                Ok(None) if self.ended => return None,
                Ok(None) => {}
                Ok(Some(message)) => return Some(Ok(message)),
                Err(status) => return Some(Err(self.fail(status))),
            }
            if let Err(status) = self.read().await {
                return Some(Err(self.fail(status)));
            }
        }
    }

    /// What followed the messages, once they have ended.
    pub(super) fn trailers(&self) -> &HeaderMap {
        &self.trailers
    }

    async fn read(&mut self) -> Result<(), Status> {
        let frame = match self.body.frame().await {
            None => return self.end(),
            Some(frame) => frame?,
        };
        match frame.into_data() {
            Ok(data) if self.buffer.is_empty() => self.buffer = BytesMut::from(data),
            Ok(data) => self.buffer.extend_from_slice(&data),
            Err(frame) => {
                self.trailers.extend(frame.into_trailers().unwrap_or_default());
                return self.end();
            }
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), Status> {
        self.ended = true;
        match status(&self.trailers) {
            Some(status) if status.code() == Code::Ok => {}
            Some(status) => return Err(status),
            None => return Err(Status::unknown("the service ended its answer without a status")),
        }
        if !self.buffer.is_empty() {
            return Err(broken("the service cut its last message short"));
        }
        Ok(())
    }

    fn take(&mut self) -> Result<Option<Bytes>, Status> {
        let Some((header, rest)) = self.buffer.split_at_checked(HEADER) else {
            return Ok(None);
        };
        if header[0] != 0 {
            return Err(broken("the service compressed a message although nobody asked it to"));
        }
        let length = u32::from_be_bytes([header[1], header[2], header[3], header[4]]);
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > self.limit {
            return Err(broken("the service answered with a message over the limit"));
        }
        if rest.len() < length {
            return Ok(None);
        }
        self.buffer.advance(HEADER);
        Ok(Some(self.buffer.split_to(length).freeze()))
    }

    fn fail(&mut self, status: Status) -> Status {
        self.ended = true;
        self.buffer.clear();
        status
    }
}

fn broken(problem: &str) -> Status {
    Status::new(Code::Internal, problem)
}
