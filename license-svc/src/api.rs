//! Wire → value → app → wire. One file per gRPC service; no decisions.

pub mod inbox;
pub mod licenses;
pub mod purchases;
pub mod seats;

use platform::caller::Caller;
use platform::once;
use prost::Message;
use proto::name;
use proto::refusal::{Refusal, Violation};
use uuid::Uuid;

const MOST_REQUEST_ID: usize = 128;

/// The call as its caller numbered it.
fn numbered(
    caller: &Caller,
    rpc: &'static str,
    request_id: &str,
    request: &impl Message,
) -> Result<once::Call, Refusal> {
    Ok(once::Call {
        caller: caller.principal().key(),
        rpc,
        request_id: well_formed(request_id)?.to_owned(),
        fingerprint: once::fingerprint(request),
    })
}

/// A request id, or none (seams.md, "Idempotency").
fn well_formed(request_id: &str) -> Result<&str, Refusal> {
    let printable = request_id.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    if request_id.len() > MOST_REQUEST_ID || !printable {
        return Err(Refusal::field("request_id", "must be 1 to 128 printable ASCII characters"));
    }
    Ok(request_id)
}

/// Users of one organization by their names; all bad ones are named at once.
fn users(texts: &[String], organization: Uuid, field: &str, most: usize) -> Result<Vec<Uuid>, Refusal> {
    if texts.len() > most {
        return Err(Refusal::field(field, format!("must be at most {most}")));
    }
    let mut violations = Vec::new();
    let mut users = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        let field = format!("{field}[{index}]");
        match name::User::parse(text, &field) {
            Ok(name) if name.organization == organization => users.push(name.user),
            Ok(_) => {
                violations.push(Violation { field, description: "is of another organization".to_owned() });
            }
            Err(refusal) => violations.extend(refusal.violations),
        }
    }
    if violations.is_empty() { Ok(users) } else { Err(Refusal::fields(violations)) }
}

/// Counts travel as int32.
fn count(value: i64) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}
