//! What every service needs and none owns.
//!
//! Remembering (`db`, `once`, `outbox`, `inbox`, `lease`), reaching each other and knowing who asks
//! (`peer`, `tls`, `caller`, `tenant`, `keys`), running (`serve`, `config`, `telemetry`, `clock`), and what
//! tests stand on (`testing`). It knows the contract but no noun of the business: whatever names a
//! user, a licence or a mail belongs to a service. A thing enters only if three services need it.

/// Of every program: the system's own took an eighth of the processor time of a call (docs/performance.md).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

pub mod caller;
pub mod clock;
pub mod config;
pub mod db;
pub mod inbox;
pub mod keys;
pub mod lease;
pub mod node;
pub mod once;
pub mod outbox;
pub mod peer;
pub mod serve;
pub mod telemetry;
pub mod tenant;
pub mod testing;
pub mod tls;
