//! Refusal ⇄ tonic::Status with google.rpc details (AIP-193).

use std::collections::HashMap;

use tonic::Status;
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};

use super::{Reason, Refusal, Violation};

/// ErrorInfo.domain of every refusal.
const DOMAIN: &str = "roster.example";

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        let metadata: HashMap<String, String> =
            refusal.metadata.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
        let mut details = ErrorDetails::with_error_info(refusal.reason.as_str(), DOMAIN, metadata);
        if !refusal.violations.is_empty() {
            let violations = refusal.violations.into_iter();
            details.set_bad_request(
                violations.map(|bad| FieldViolation::new(bad.field, bad.description)).collect::<Vec<_>>(),
            );
        }
        if let Some(wait) = refusal.retry_after {
            details.set_retry_info(Some(wait));
        }
        Self::with_error_details(refusal.reason.code(), refusal.message, details)
    }
}

impl Refusal {
    /// The reason of a status that a service of ours answered.
    pub fn reason_of(status: &Status) -> Option<Reason> {
        Reason::parse(&status.get_details_error_info()?.reason)
    }

    /// One metadata value of a status that a service of ours answered.
    pub fn metadata_of(status: &Status, key: &str) -> Option<String> {
        status.get_details_error_info()?.metadata.remove(key)
    }

    /// The bad fields of a status that a service of ours answered.
    pub fn violations_of(status: &Status) -> Vec<Violation> {
        let found = status.get_details_bad_request().map(|bad| bad.field_violations).unwrap_or_default();
        found.into_iter().map(|bad| Violation { field: bad.field, description: bad.description }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_survives_the_wire() {
        for reason in Reason::ALL {
            let status = Status::from(Refusal::new(*reason, "why").with("resource", "organizations/o"));
            assert_eq!(Refusal::reason_of(&status), Some(*reason));
            assert_eq!(status.code(), reason.code());
            assert_eq!(Refusal::metadata_of(&status, "resource").as_deref(), Some("organizations/o"));
        }
    }

    #[test]
    fn two_hundred_bad_fields_fit_into_the_trailers() {
        let bad = |index| Violation {
            field: format!("lines[{index}].email"),
            description: "must be an e-mail address such as ann@example.com".into(),
        };
        let status = Status::from(Refusal::fields((0..200).map(bad).collect()));
        let mut trailers = tonic::codegen::http::HeaderMap::new();
        status.add_header(&mut trailers).expect("trailers");
        let size: usize = trailers.iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
        assert!(size < 8 * 1024, "{size} bytes");
        assert_eq!(Refusal::metadata_of(&status, "count").as_deref(), Some("200"));
        assert!(status.message().ends_with("and 180 more"));
    }

    #[test]
    fn all_bad_fields_travel_at_once() {
        let bad = |field: &str| Violation { field: field.into(), description: "is bad".into() };
        let status = Status::from(Refusal::fields(vec![bad("lines[3].email"), bad("product")]));
        assert_eq!(Refusal::violations_of(&status), [bad("lines[3].email"), bad("product")]);
    }
}
