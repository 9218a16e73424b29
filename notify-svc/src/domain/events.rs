//! Who hears what notify-svc says.

/// Of a message's fate: identity-svc shows it as the state of the invitation (N8).
pub const SUBSCRIBERS_OF_MESSAGE_STATE: &[&str] = &["identity"];
