//! The number a caller gave a write.

use platform::caller::Caller;
use platform::once::{self, Call};
use prost::Message;
use proto::refusal::Refusal;

const MAX_REQUEST_ID: usize = 128;

/// The call as `once` knows it. Passwords are cleared before `request` gets here: a fast hash of one must
/// not be stored.
pub(super) fn call(
    caller: &Caller,
    rpc: &'static str,
    request_id: &str,
    request: &impl Message,
) -> Result<Call, Refusal> {
    let printable = request_id.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    if request_id.len() > MAX_REQUEST_ID || !printable {
        return Err(Refusal::field("request_id", "must be 1 to 128 printable ASCII characters"));
    }
    Ok(Call {
        caller: caller.principal().key(),
        rpc,
        request_id: request_id.to_owned(),
        fingerprint: once::fingerprint(request),
    })
}
