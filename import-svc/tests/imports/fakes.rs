//! identity-svc and license-svc as far as an import sees them, in memory.

pub mod directory;
pub mod seats;
pub mod trap;
