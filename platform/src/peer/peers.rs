//! The other services, as one service sees them.

use std::collections::BTreeMap;
use std::sync::Arc;

use proto::refusal::Refusal;

use super::outgoing::Outgoing;
use super::{Peer, traced};
use crate::caller::{Caller, Principal, Signer, Trace};

/// Peers by name, and the signer that names this process to them. Cheap to clone.
#[derive(Clone)]
pub struct Peers {
    signer: Signer,
    known: Arc<BTreeMap<&'static str, Peer>>,
}

impl Peers {
    /// No peers yet.
    #[must_use]
    pub fn new(signer: Signer) -> Self {
        Self { signer, known: Arc::default() }
    }

    /// Adds the service `name`.
    #[must_use]
    pub fn with(mut self, name: &'static str, peer: Peer) -> Self {
        Arc::make_mut(&mut self.known).insert(name, traced(peer, name));
        self
    }

    /// `to`, called in the name of whoever called us: their token unchanged beside our own, their
    /// request id, and what is left of their deadline. What came as work goes on as work, and so does
    /// what outlived its 60 s token, such as a stream.
    ///
    /// # Errors
    /// DEPENDENCY_UNAVAILABLE when there is no such peer.
    pub fn relay(&self, to: &'static str, caller: &Caller) -> Result<Peer, Refusal> {
        // A service that calls for nobody but itself needs no word; everybody else is named, nobody too.
        let acted_for = !matches!(caller.principal(), Principal::Service { .. });
        Ok(Peer::new(Outgoing {
            principal: acted_for.then(|| caller.principal().clone()),
            token: caller.token().cloned(),
            trace: caller.trace().clone(),
            deadline: caller.deadline(),
            ..self.outgoing(to)?
        }))
    }

    /// `to`, called without a live request: by a relay (nobody behind it) or by a saga for the
    /// principal that started it. Only identity, license and import may act for somebody (seams.md).
    /// The peer may be kept: each call is signed afresh.
    ///
    /// # Errors
    /// DEPENDENCY_UNAVAILABLE when there is no such peer.
    pub fn work(&self, to: &'static str, on_behalf_of: Option<&Principal>) -> Result<Peer, Refusal> {
        Ok(Peer::new(Outgoing { principal: on_behalf_of.cloned(), ..self.outgoing(to)? }))
    }

    fn outgoing(&self, to: &'static str) -> Result<Outgoing, Refusal> {
        let peer = self.known.get(to).cloned().ok_or_else(|| Refusal::unavailable(to))?;
        Ok(Outgoing {
            peer,
            to,
            signer: self.signer.clone(),
            principal: None,
            token: None,
            trace: Trace::default(),
            deadline: None,
        })
    }
}
