//! Values out of messages.

use platform::once::Call;
use prost::Message;
use proto::imports::v1::ImportKind;
use proto::imports::v1::accept_import_request as accept;
use proto::refusal::Refusal;

use crate::domain::kind::Kind;
use crate::domain::plan::accept::{AcceptMode, WhenSeatsRunOut};

/// A kind; `field` is to blame for any other.
pub fn kind(value: i32, field: &str) -> Result<Kind, Refusal> {
    match ImportKind::try_from(value) {
        Ok(ImportKind::LicenseInvite) => Ok(Kind::LicenseInvite),
        Ok(ImportKind::LocationUsers) => Ok(Kind::LocationUsers),
        Ok(ImportKind::Unspecified) => Err(Refusal::field(field, "is required")),
        Err(_) => Err(Refusal::field(field, "is not a kind of import")),
    }
}

/// What to do with rows in error.
pub fn accept_mode(value: i32) -> Result<AcceptMode, Refusal> {
    match accept::AcceptMode::try_from(value) {
        Ok(accept::AcceptMode::Unspecified | accept::AcceptMode::AllOrNothing) => {
            Ok(AcceptMode::AllOrNothing)
        }
        Ok(accept::AcceptMode::ValidRows) => Ok(AcceptMode::ValidRows),
        Err(_) => Err(Refusal::field("accept_mode", "is not one of the modes")),
    }
}

/// What to do with too few seats.
pub fn when_seats_run_out(value: i32) -> Result<WhenSeatsRunOut, Refusal> {
    use accept::WhenSeatsRunOut as Wire;
    match Wire::try_from(value) {
        Ok(Wire::Unspecified | Wire::Refuse) => Ok(WhenSeatsRunOut::Refuse),
        Ok(Wire::ImportWithout) => Ok(WhenSeatsRunOut::ImportWithout),
        Err(_) => Err(Refusal::field("when_seats_run_out", "is not one of the ways")),
    }
}

/// The call of a writing method, with its request id (1 to 128 printable ASCII characters, or none).
pub fn call(
    caller: &platform::caller::Caller,
    rpc: &'static str,
    request_id: &str,
    field: &str,
    request: &impl Message,
) -> Result<Call, Refusal> {
    if request_id.len() > 128 || !request_id.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Err(Refusal::field(field, "must be at most 128 printable ASCII characters"));
    }
    Ok(Call {
        caller: caller.principal().key(),
        rpc,
        request_id: request_id.to_owned(),
        fingerprint: platform::once::fingerprint(request),
    })
}
