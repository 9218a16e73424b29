//! What gateways are measured before: GetUser answered from memory, over TCP or in the same process.

use std::process::ExitCode;

use gateway::transcode::{Options, Transcoder};
use platform::peer;
use proto::audience;
use proto::identity::v1::{GetUserRequest, User};
use serde_json::json;
use tonic::service::Routes;

use super::empty::Empty;
use super::services::listen;

/// The name of the only user there is.
pub const USER: &str =
    "organizations/01890000-0000-7000-8000-000000000001/users/01890000-0000-7000-8000-000000000002";

/// The service; prints its port.
pub async fn run() -> anyhow::Result<ExitCode> {
    let port = listen(routes().prepare().into_axum_router()).await?;
    println!("{}", json!({"port": port}));
    std::future::pending().await
}

/// The transcoder before the service in one process; prints its port.
pub async fn in_process() -> anyhow::Result<ExitCode> {
    let upstream = peer::local(routes());
    let mut options = Options::new(move |_| Some(upstream.clone()));
    options.exposed = std::sync::Arc::new(audience::is_public);
    let transcoder = Transcoder::new(audience::POOL.clone(), options)?;
    let port = listen(axum::Router::new().fallback_service(transcoder)).await?;
    println!("{}", json!({"port": port}));
    std::future::pending().await
}

fn routes() -> Routes {
    Routes::new(Empty::<GetUserRequest, User>::new(user()))
}

/// About 300 bytes.
fn user() -> User {
    User {
        name: USER.to_owned(),
        email: "jürgen.albergmann@mail3.example".to_owned(),
        given_name: "Jürgen".to_owned(),
        family_name: "Albergmann".to_owned(),
        display_name: "Jürgen Albergmann".to_owned(),
        title: "Head of department".to_owned(),
        office_phone: "+49 30 00012345".to_owned(),
        active: Some(true),
        portal_access: Some(true),
        language_code: "de-DE".to_owned(),
        organization_display_name: "Acme".to_owned(),
        organization_account_number: "700001".to_owned(),
        etag: "\"1\"".to_owned(),
        ..User::default()
    }
}
