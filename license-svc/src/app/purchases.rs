//! From a paid order to licences in an organization (A1 to A10).

pub mod confirm;
pub mod get;
pub mod inspect;
pub mod link;
pub mod map;
pub mod mapping;
pub mod pay;
pub mod record;
pub mod renew;
pub mod sign_up;

use platform::caller::{Caller, Principal};
use platform::db::Everyone;
use platform::tenant;
use proto::identity::v1::Permission;
use proto::refusal::Refusal;
use uuid::Uuid;

use super::App;

/// Whose purchases a shop looks through.
const OF_A_SHOP: Everyone = Everyone("a shop's orders may be mapped to any organization (Q35)");

/// Whose purchases are looked through for a link.
const BY_TOKEN: Everyone = Everyone("a link is found by its token, whatever organization it was mapped to");

/// The shop that calls: a platform client that may record purchases (Q35).
async fn shop(app: &App, caller: &Caller) -> Result<Uuid, Refusal> {
    tenant::require_platform(&*app.authorizer, caller, Permission::PurchasesRecord).await?;
    match caller.principal() {
        Principal::Client { client, .. } => Ok(*client),
        _ => Err(Refusal::denied(Permission::PurchasesRecord.as_str_name(), "the platform")),
    }
}
