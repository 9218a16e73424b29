//! A login for a first-time buyer (A10).

use platform::caller::Caller;
use platform::once::Answer;
use proto::identity::v1::CreateAccountRequest;
use proto::license::v1::SignUpBuyerResponse;
use uuid::Uuid;

use super::link;
use crate::app::directory::Directory;
use crate::app::{App, Error, Reply};
use crate::domain::link::Token;
use crate::domain::purchase::State;

/// Who signs up. The address is the buyer's: the link proves it.
pub struct SignUp {
    /// Required.
    pub given_name: String,
    /// Required.
    pub family_name: String,
    /// identity-svc judges it (C5).
    pub password: String,
    /// The caller's number for it.
    pub request_id: String,
}

/// Makes the account and answers its address. identity-svc keeps the request id: a repeat is its matter.
pub async fn sign_up(
    app: &App,
    caller: &Caller,
    token: Option<&Token>,
    sign_up: SignUp,
) -> Result<Reply<SignUpBuyerResponse>, Error> {
    let purchase = link::open(app, token).await?.purchase;
    if purchase.state == State::Mapped {
        return Err(link::already_mapped(app, caller, &purchase).await);
    }
    let number = match sign_up.request_id.as_str() {
        "" => Uuid::now_v7().to_string(),
        given => fold(given),
    };
    let request = CreateAccountRequest {
        email: purchase.buyer.to_string(),
        given_name: sign_up.given_name,
        family_name: sign_up.family_name,
        password: sign_up.password,
        request_id: format!("purchase-{}-{number}", purchase.id),
    };
    let again = Directory(app.peers.relay("identity", caller)?).create_account(request).await?;
    let response = SignUpBuyerResponse { email: purchase.buyer.to_string() };
    match again {
        true => Ok(Reply::Again(Answer::reply(&response))),
        false => Ok(Reply::Fresh(response)),
    }
}

/// The caller's number in a length that leaves room for ours.
fn fold(request_id: &str) -> String {
    use sha2::{Digest, Sha256};
    let digest: [u8; 32] = Sha256::digest(request_id.as_bytes()).into();
    digest[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}
