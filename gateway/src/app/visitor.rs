//! A visitor: a request's credential, turned into the tokens that services trust.

use http::{HeaderMap, HeaderValue, Request};
use platform::caller::{CALLER_HEADER, REQUEST_ID_HEADER, SERVICE_HEADER};
use platform::peer::Peer;
use proto::identity::v1::AuthenticateRequest;
use proto::identity::v1::access_service_client::AccessServiceClient;
use proto::identity::v1::authenticate_request::Credential;
use proto::refusal::{Reason, Refusal};
use tonic::Status;
use tonic::body::Body;
use tower::ServiceExt;

use super::App;

/// Somebody at the door. Lives as long as one request: the next one is asked again,
/// so that the request after a deactivation is refused.
#[derive(Clone)]
pub struct Visitor {
    /// `None` for a visitor without a credential.
    caller_token: Option<HeaderValue>,
    request_id: Option<HeaderValue>,
}

impl Visitor {
    /// Asks identity-svc who sent this credential; without one the visitor is anonymous.
    ///
    /// # Errors
    ///
    /// UNAUTHENTICATED / SESSION_EXPIRED for a credential that is not valid (any more).
    pub async fn admit(
        app: &App,
        credential: Option<Credential>,
        headers: &HeaderMap,
    ) -> Result<Self, Status> {
        let request_id = headers.get(REQUEST_ID_HEADER).cloned();
        let Some(credential) = credential else { return Ok(Self { caller_token: None, request_id }) };
        let identity = app.peers.work("identity", None)?;
        let question = AuthenticateRequest { credential: Some(credential) };
        let answer = AccessServiceClient::new(identity).authenticate(question).await?.into_inner();
        let mut caller_token =
            HeaderValue::try_from(answer.caller_token).map_err(|_| Status::from(Refusal::internal()))?;
        caller_token.set_sensitive(true);
        Ok(Self { caller_token: Some(caller_token), request_id })
    }

    /// Whether a credential was sent.
    pub fn is_anonymous(&self) -> bool {
        self.caller_token.is_none()
    }

    /// The metadata that a call to `service` carries.
    pub fn metadata(&self, app: &App, service: &'static str) -> Result<HeaderMap, Refusal> {
        let mut metadata = HeaderMap::new();
        if let Some(id) = &self.request_id {
            metadata.insert(REQUEST_ID_HEADER, id.clone());
        }
        // Nobody is nobody: a service token alone would make the gateway the caller.
        let Some(caller_token) = &self.caller_token else { return Ok(metadata) };
        let service_token = app.signer.service_token(service, None).map_err(|error| {
            tracing::error!(%error, peer = service, "a call cannot be signed");
            Refusal::internal()
        })?;
        metadata.insert(CALLER_HEADER, caller_token.clone());
        metadata.insert(SERVICE_HEADER, service_token);
        Ok(metadata)
    }

    /// A peer that calls the service behind `full_name` in the visitor's name, for typed clients.
    pub fn peer(&self, app: &App, full_name: &str) -> Result<Peer, Refusal> {
        let (service, peer) = app.upstreams.of(full_name).ok_or_else(Refusal::internal)?;
        let metadata = self.metadata(app, service)?;
        let dressed = peer.map_request(move |mut request: Request<Body>| {
            request.headers_mut().extend(metadata.clone());
            request
        });
        Ok(Peer::new(dressed))
    }
}

/// The credential of `Authorization: Bearer …`, the only one that the API takes.
///
/// # Errors
///
/// Another scheme, two headers or an unreadable one.
pub fn bearer(headers: &HeaderMap) -> Result<Option<Credential>, Refusal> {
    let mut sent = headers.get_all(http::header::AUTHORIZATION).iter();
    let Some(first) = sent.next() else { return Ok(None) };
    let unreadable = || Refusal::new(Reason::SessionExpired, "send one header: Authorization: Bearer KEY");
    if sent.next().is_some() {
        return Err(unreadable());
    }
    let text = first.to_str().map_err(|_| unreadable())?;
    let (scheme, key) = text.split_once(' ').ok_or_else(unreadable)?;
    if !scheme.eq_ignore_ascii_case("bearer") || key.trim().is_empty() {
        return Err(unreadable());
    }
    Ok(Some(Credential::Bearer(key.trim().to_owned())))
}
