//! The tables: one file each, the only place with SQL.

pub mod announcements;
pub mod checks;
pub mod entitlements;
pub mod figures;
pub mod invites;
pub mod pool_grants;
pub mod pools;
pub mod purchase_links;
pub mod purchases;
pub mod reservations;
pub mod seat_events;
pub mod seats;
pub mod user_suspensions;
