//! Wire → value → app → wire.

pub mod dev_mailbox;
pub mod inbox;
pub mod operator;
pub mod sink;
