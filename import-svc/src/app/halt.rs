//! Why work cannot go on, and whether waiting helps.

use platform::db;
use platform::peer;
use proto::refusal::{Reason, Refusal};
use tonic::{Code, Status};

/// What stopped a step.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Halt {
    /// It passes by itself: the same step again, later.
    #[error("{0} is not available")]
    Later(&'static str),
    /// The database does not take it, for a reason that nobody foresaw: worth some more tries.
    #[error("the database failed")]
    Failed,
    /// The same step will be refused again.
    #[error(transparent)]
    Never(#[from] Refusal),
    /// Another worker has the import, or somebody cancelled it.
    #[error("the import was taken away")]
    Lost,
}

/// Facts of a peer's refusal that our own callers may see.
const FACTS: [&str; 4] = ["seatsRequired", "seatsFree", "shortfall", "resource"];

impl Halt {
    /// What the answer of `peer` means.
    pub fn of(peer: &'static str, status: &Status) -> Self {
        let passes = matches!(
            status.code(),
            Code::Unavailable | Code::Aborted | Code::ResourceExhausted | Code::Internal | Code::Unknown
        );
        if passes || peer::too_late(status) {
            tracing::warn!(peer, code = ?status.code(), "a service did not answer");
            return Self::Later(peer);
        }
        let reason = Refusal::reason_of(status).unwrap_or(match status.code() {
            Code::PermissionDenied => Reason::PermissionDenied,
            Code::Unauthenticated => Reason::SessionExpired,
            Code::NotFound => Reason::NotFound,
            _ => Reason::Internal,
        });
        let mut refusal = Refusal::new(reason, status.message());
        for fact in FACTS {
            if let Some(value) = Refusal::metadata_of(status, fact) {
                refusal = refusal.with(fact, value);
            }
        }
        refusal.violations = Refusal::violations_of(status);
        Self::Never(refusal)
    }
}

impl From<db::Error> for Halt {
    fn from(error: db::Error) -> Self {
        let passes = error.is_unavailable();
        // The cause is logged by the conversion.
        let _ = Refusal::from(error);
        if passes { Self::Later("database") } else { Self::Failed }
    }
}

/// For whoever waits for the answer of a call.
impl From<Halt> for Refusal {
    fn from(halt: Halt) -> Self {
        match halt {
            Halt::Later(dependency) => Self::unavailable(dependency),
            Halt::Failed => Self::internal(),
            Halt::Never(refusal) => refusal,
            Halt::Lost => Self::new(Reason::RequestInProgress, "the import is being changed by another call"),
        }
    }
}
