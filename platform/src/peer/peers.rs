//! The other services, as one service sees them.

use std::collections::BTreeMap;
use std::sync::Arc;

use proto::refusal::Refusal;

use super::Peer;
use super::outgoing::Outgoing;
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
        Arc::make_mut(&mut self.known).insert(name, peer);
        self
    }

    /// `to`, called in the name of whoever called us: their token unchanged beside our own, their
    /// request id, and what is left of their deadline. What came as work goes on as work, and so does
    /// what outlived its 60 s token, such as a stream.
    ///
    /// # Errors
    /// UNAVAILABLE when there is no such peer or the token cannot be signed.
    pub fn relay(&self, to: &'static str, caller: &Caller) -> Result<Peer, Refusal> {
        let live = caller.token().filter(|token| self.signer.is_live(token));
        let ended = caller.is_work() || (caller.token().is_some() && live.is_none());
        let behalf = ended.then(|| caller.principal());
        let caller_token = live.map(|token| token.value.clone());
        let outgoing = Outgoing {
            caller_token,
            trace: caller.trace().clone(),
            deadline: caller.deadline(),
            ..self.outgoing(to, behalf)?
        };
        Ok(Peer::new(outgoing))
    }

    /// `to`, called without a live request: by a relay (nobody behind it) or by a saga for the
    /// principal that started it. Only identity, license and import may act for somebody (seams.md).
    ///
    /// # Errors
    /// UNAVAILABLE when there is no such peer or the token cannot be signed.
    pub fn work(&self, to: &'static str, on_behalf_of: Option<&Principal>) -> Result<Peer, Refusal> {
        Ok(Peer::new(self.outgoing(to, on_behalf_of)?))
    }

    fn outgoing(&self, to: &'static str, on_behalf_of: Option<&Principal>) -> Result<Outgoing, Refusal> {
        let peer = self.known.get(to).cloned().ok_or_else(|| Refusal::unavailable(to))?;
        let service_token = self.signer.service_token(to, on_behalf_of).map_err(|error| {
            tracing::error!(%error, peer = to, "a call cannot be signed");
            Refusal::internal()
        })?;
        Ok(Outgoing { peer, service_token, caller_token: None, trace: Trace::default(), deadline: None })
    }
}
