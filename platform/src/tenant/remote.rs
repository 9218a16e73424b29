//! Asking identity, and keeping its answers for at most one second (seams.md).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use proto::identity::v1::access_service_client::AccessServiceClient;
use proto::identity::v1::{AuthorizeRequest, Permission};
use proto::refusal::{Reason, Refusal};
use tonic::{Code, Status};
use uuid::Uuid;

use super::{Answer, Authorizer};
use crate::caller::{Caller, Principal};
use crate::peer::{self, Peers};

/// How long an answer may be kept: a licence taken away is gone within 1 s (B10), so is a right.
const KEPT: Duration = Duration::from_secs(1);
/// At most this many answers are kept.
const MOST: usize = 8192;

type Question = (Principal, Permission, Option<Uuid>);

/// An [`Authorizer`] that asks identity's AccessService.
pub struct Remote {
    peers: Peers,
    kept: Mutex<HashMap<Question, (Answer, Instant)>>,
}

/// Asks the peer `identity`.
#[must_use]
pub fn remote(peers: &Peers) -> Arc<Remote> {
    Arc::new(Remote { peers: peers.clone(), kept: Mutex::default() })
}

#[async_trait]
impl Authorizer for Remote {
    async fn authorize(
        &self,
        caller: &Caller,
        permission: Permission,
        organization: Option<Uuid>,
    ) -> Result<Answer, Refusal> {
        let question = (caller.principal().clone(), permission, organization);
        // The age counts from before the question: an answer is never older than it looks.
        let asked = Instant::now();
        if let Some(answer) = self.kept(&question, asked) {
            return Ok(answer);
        }
        let answer = self.ask(caller, permission, organization).await?;
        self.keep(question, answer, asked);
        Ok(answer)
    }
}

impl Remote {
    async fn ask(
        &self,
        caller: &Caller,
        permission: Permission,
        organization: Option<Uuid>,
    ) -> Result<Answer, Refusal> {
        let organization = organization.map(|id| format!("organizations/{id}")).unwrap_or_default();
        let request = AuthorizeRequest { permission: permission.into(), organization };
        let mut identity = AccessServiceClient::new(self.peers.relay("identity", caller)?);
        let answer = identity.authorize(request).await.map_err(|status| refusal(&status))?.into_inner();
        Ok(Answer { allowed: answer.allowed, visible: answer.visible })
    }

    fn kept(&self, question: &Question, now: Instant) -> Option<Answer> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (answer, asked) = kept.get(question)?;
        (now.saturating_duration_since(*asked) < KEPT).then_some(*answer)
    }

    fn keep(&self, question: Question, answer: Answer, asked: Instant) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.retain(|_, (_, before)| asked.saturating_duration_since(*before) < KEPT);
        }
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(question, (answer, asked));
    }
}

/// Whoever asked us hears of their own fault or of the missing service, not of identity's inner life.
fn refusal(status: &Status) -> Refusal {
    if peer::too_late(status) {
        return Refusal::new(Reason::DeadlineExceeded, "identity did not answer in time");
    }
    if status.code() == Code::Unauthenticated {
        return Refusal::new(Reason::SessionExpired, "the credential is not valid any more");
    }
    tracing::error!(%status, "identity did not say whether a caller may");
    Refusal::unavailable("identity")
}
