//! The answer that is given again.

use prost::Message;
use proto::refusal::Refusal;
use tonic::{Code, Response, Status, metadata::MetadataValue};
use tonic_types::pb::Status as StatusMessage;

/// The header of an answer that was given before.
pub const REPLAYED: &str = "idempotency-replayed";

/// What a call answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The encoded reply message.
    Reply(Vec<u8>),
    /// The encoded `google.rpc.Status` of a refusal that depends on state. Refusals that a repeat may
    /// get past are not stored: INVALID_ARGUMENT, UNAVAILABLE, INTERNAL.
    Refusal(Vec<u8>),
}

impl Answer {
    /// The answer of a call that succeeded. Clear fields marked `debug_redact` first.
    pub fn reply(message: &impl Message) -> Self {
        Self::Reply(message.encode_to_vec())
    }

    /// The answer of a call that was refused for a reason that depends on state.
    pub fn refusal(refusal: Refusal) -> Self {
        Self::Refusal(Status::from(refusal).details().to_vec())
    }

    /// The answer as it goes out the second time: the same message or refusal, with the header
    /// `idempotency-replayed: true`.
    ///
    /// # Errors
    ///
    /// The stored refusal; INTERNAL when the stored bytes are not an `M`.
    pub fn respond<M: Message + Default>(&self) -> Result<Response<M>, Status> {
        let replayed = MetadataValue::from_static("true");
        match self {
            Self::Reply(bytes) => {
                let message = M::decode(bytes.as_slice()).map_err(|_| Refusal::internal())?;
                let mut response = Response::new(message);
                response.metadata_mut().insert(REPLAYED, replayed);
                Ok(response)
            }
            Self::Refusal(bytes) => {
                let stored = StatusMessage::decode(bytes.as_slice()).map_err(|_| Refusal::internal())?;
                let details = bytes.clone().into();
                let mut status = Status::with_details(Code::from_i32(stored.code), stored.message, details);
                status.metadata_mut().insert(REPLAYED, replayed);
                Err(status)
            }
        }
    }
}
