//! Calls as they come from the gateway, in somebody's name.

use http::HeaderMap;

use crate::caller::{Caller, Principal};
use crate::peer::{Peer, Peers};
use crate::serve::Process;

/// The service `name` behind `peer`, called through the gateway by `principal` with fresh tokens.
/// Good for 60 s of the process's clock.
///
/// # Panics
/// When the process cannot sign or does not believe itself.
#[must_use]
pub fn called_by(process: &Process, name: &'static str, peer: &Peer, principal: &Principal) -> Peer {
    let signed = match principal {
        Principal::Anonymous => None,
        _ => Some(process.signer("identity").caller_token(principal).expect("a signature").0),
    };
    let verifier = process.verifier("gateway");
    let caller = Caller::at_door(&verifier, signed.as_deref(), &HeaderMap::new()).expect("a good token");
    let peers = Peers::new(process.signer("gateway")).with(name, peer.clone());
    peers.relay(name, &caller).expect("the peer")
}
