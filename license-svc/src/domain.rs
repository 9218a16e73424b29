//! Facts and rules: what a purchase, a pool, a link and an invite are. No input, no output, no clock.

pub mod email;
pub mod events;
pub mod invite;
pub mod link;
pub mod pool;
pub mod product;
pub mod purchase;
pub mod seat;
