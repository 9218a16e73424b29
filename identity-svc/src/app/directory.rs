//! The directory in sets, for license-svc and import-svc.

pub mod account;
pub mod issue_invitations;
pub mod match_prints;
pub mod match_users;
pub mod upsert_users;
