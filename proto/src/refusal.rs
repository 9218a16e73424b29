//! The closed list of reasons for which Roster refuses, and the one mapping to
//! `google.rpc.Status`.
//!
//! Partners switch on `reason`, never on the text. A reason is added here and
//! nowhere else; the text of a refusal is for people and may change.

mod details;
mod reason;

pub use reason::Reason;

/// Bad fields that one refusal names. They travel twice in the trailers of an answer, and common gRPC
/// clients refuse trailers over 8 KiB: then nobody would learn what is wrong.
pub const MOST_VIOLATIONS: usize = 20;

/// A refusal on its way to the wire.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason:?}: {message}")]
pub struct Refusal {
    /// Why, from the closed list.
    pub reason: Reason,
    /// For a person; names the thing, never a secret.
    pub message: String,
    /// Machine-readable facts (ErrorInfo.metadata), such as `seatsFree`.
    pub metadata: Vec<(&'static str, String)>,
    /// Every bad field at once (BadRequest), with paths such as `lines[3].email`.
    pub violations: Vec<Violation>,
    /// When it is worth trying again (RetryInfo; HTTP Retry-After).
    pub retry_after: Option<std::time::Duration>,
}

/// One bad field of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Path in the request, `lines[3].email`.
    pub field: String,
    /// What is wrong with it, as a sentence.
    pub description: String,
}

impl Refusal {
    /// A refusal with a reason and a text.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { reason, message, metadata: Vec::new(), violations: Vec::new(), retry_after: None }
    }

    /// INVALID_ARGUMENT for one field.
    pub fn field(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self::fields(vec![Violation { field: field.into(), description: description.into() }])
    }

    /// INVALID_ARGUMENT that names all bad fields at once: the first [`MOST_VIOLATIONS`] of them, and
    /// how many there are.
    pub fn fields(mut violations: Vec<Violation>) -> Self {
        let count = violations.len();
        violations.truncate(MOST_VIOLATIONS);
        let mut listed: Vec<String> = violations
            .iter()
            .map(|violation| format!("{}: {}", violation.field, violation.description))
            .collect();
        if count > MOST_VIOLATIONS {
            listed.push(format!("and {} more", count - MOST_VIOLATIONS));
        }
        let mut refusal = Self::new(Reason::FieldViolations, listed.join("; "));
        refusal.metadata.push(("count", count.to_string()));
        refusal.violations = violations;
        refusal
    }

    /// NOT_FOUND of a resource, for callers with rights on its parent.
    pub fn not_found(resource: impl Into<String>) -> Self {
        let resource = resource.into();
        Self::new(Reason::NotFound, format!("{resource} does not exist")).with("resource", resource)
    }

    /// PERMISSION_DENIED for a permission on a resource.
    pub fn denied(permission: &str, resource: &str) -> Self {
        Self::new(Reason::PermissionDenied, format!("this needs {permission} on {resource}"))
            .with("permission", permission)
            .with("resource", resource)
    }

    /// Adds a machine-readable fact.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.metadata.push((key, value.into()));
        self
    }

    /// Says when to try again.
    #[must_use]
    pub fn retry_after(mut self, wait: std::time::Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Something broke on our side. The cause is logged where it happened and
    /// never shown.
    pub fn internal() -> Self {
        Self::new(Reason::Internal, "something went wrong on our side")
    }

    /// A service or database that this answer needs is not there.
    pub fn unavailable(dependency: &'static str) -> Self {
        Self::new(Reason::DependencyUnavailable, format!("{dependency} is not available"))
            .with("dependency", dependency)
            .retry_after(std::time::Duration::from_secs(1))
    }
}
