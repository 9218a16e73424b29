//! The tables, one file each; the only place with SQL.
//!
//! identity-svc is where rights come from, so its store takes the organization's id and not a `Tenant`:
//! a link, a session or the setup proves it as well as the permission table does. The id is still the
//! first key of every query of tenant data.
//!
//! Lock order on PostgreSQL, against deadlocks: organization, link, user, account.

pub mod accounts;
pub mod bulk_run_items;
pub mod bulk_runs;
pub mod clients;
pub mod figures;
pub mod links;
pub mod mail_requests;
pub mod memberships;
pub mod organizations;
mod predicate;
pub mod sessions;
pub mod setup_links;
pub mod sign_in_failures;
pub mod unsound;
pub mod users;
