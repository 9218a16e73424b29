//! From the metadata of a call to its [`Caller`], or to the reason it is not let in.

use std::sync::Arc;
use std::time::Instant;

use http::{HeaderMap, HeaderValue};

use super::{CALLER_HEADER, Caller, Error, Hop, Inner, Principal, SERVICE_HEADER, Token, Trace, Verifier};
use crate::peer;
use crate::tls::PeerName;

/// Why a call is not let in. For logs: the caller hears only "unauthenticated".
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    #[error("{0} is there more than once or unreadable")]
    Metadata(&'static str),
    #[error("{header}: {error}")]
    Token { header: &'static str, error: Error },
    #[error("a caller token without a service token beside it")]
    Bare,
    #[error("a caller token beside on_behalf_of")]
    TwoCallers,
    #[error("an internal method without a service token")]
    Internal,
    #[error("the certificate is {certificate}'s and the service token {token}'s")]
    Impostor { certificate: &'static str, token: String },
}

/// Who is calling, by the metadata of the call and, over mutual TLS, by the certificate of its connection.
pub(super) fn admit(
    verifier: &Verifier,
    headers: &HeaderMap,
    internal: bool,
    peer: Option<PeerName>,
) -> Result<Caller, Refused> {
    let service = one(headers, SERVICE_HEADER)?;
    let caller = one(headers, CALLER_HEADER)?;
    let inner = match (service, caller) {
        (None, None) if internal => return Err(Refused::Internal),
        (None, None) => anonymous(),
        (None, Some(_)) => return Err(Refused::Bare),
        (Some(service), caller) => identified(verifier, service, caller)?,
    };
    check_peer(peer, inner.service.as_deref())?;
    Ok(Caller(Arc::new(Inner { trace: Trace::of(headers), deadline: deadline(headers), ..inner })))
}

/// A token that was read on its way is worth nothing on another's connection.
fn check_peer(peer: Option<PeerName>, service: Option<&str>) -> Result<(), Refused> {
    match (peer, service) {
        (Some(PeerName(certificate)), Some(token)) if certificate != token => {
            Err(Refused::Impostor { certificate, token: token.to_owned() })
        }
        _ => Ok(()),
    }
}

/// Who is calling from outside, once identity has told.
pub(super) fn at_door(verifier: &Verifier, token: Option<&str>, headers: &HeaderMap) -> Result<Inner, Error> {
    let inner = Inner { trace: Trace::of(headers), deadline: deadline(headers), ..anonymous() };
    let Some(token) = token else { return Ok(inner) };
    let (principal, expires) = verifier.caller(token)?;
    let mut value = HeaderValue::try_from(token).map_err(|_| Error::Malformed)?;
    value.set_sensitive(true);
    Ok(Inner { principal, token: Some(Token { value, expires }), ..inner })
}

fn identified(
    verifier: &Verifier,
    service: &HeaderValue,
    caller: Option<&HeaderValue>,
) -> Result<Inner, Refused> {
    let hop = verifier
        .service(text(service, SERVICE_HEADER)?)
        .map_err(|error| Refused::Token { header: SERVICE_HEADER, error })?;
    let Some(token) = caller else { return Ok(by_service(hop)) };
    if hop.on_behalf_of.is_some() {
        return Err(Refused::TwoCallers);
    }
    let (principal, expires) = verifier
        .caller(text(token, CALLER_HEADER)?)
        .map_err(|error| Refused::Token { header: CALLER_HEADER, error })?;
    let token = Some(Token { value: token.clone(), expires });
    Ok(Inner { principal, service: Some(hop.service), token, ..anonymous() })
}

fn by_service(hop: Hop) -> Inner {
    let work = hop.on_behalf_of.as_ref().is_some_and(|principal| *principal != Principal::Anonymous);
    let principal = hop.on_behalf_of.unwrap_or(Principal::Service { name: hop.service.clone() });
    Inner { principal, service: Some(hop.service), work, ..anonymous() }
}

fn anonymous() -> Inner {
    Inner {
        principal: Principal::Anonymous,
        service: None,
        work: false,
        token: None,
        trace: Trace::default(),
        deadline: None,
    }
}

/// A second value would let two readers see two callers.
fn one<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<Option<&'a HeaderValue>, Refused> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    values.next().is_none().then_some(first).ok_or(Refused::Metadata(name))
}

fn text<'a>(value: &'a HeaderValue, name: &'static str) -> Result<&'a str, Refused> {
    value.to_str().map_err(|_| Refused::Metadata(name))
}

fn deadline(headers: &HeaderMap) -> Option<Instant> {
    peer::requested_timeout(headers).and_then(|timeout| Instant::now().checked_add(timeout))
}
