//! Everything an operator can set for identity-svc.

use std::time::Duration;

use platform::config;

/// Settings of identity-svc.
#[derive(Clone, Debug, clap::Args)]
// All services are `Config` to clap, and a group of that name may be there once.
#[group(skip)]
pub struct Config {
    /// The fewest characters of a password (Q2).
    #[arg(id = "identity-password-min-length", long = "identity-password-min-length", default_value_t = 6, value_parser = clap::value_parser!(u16).range(6..=64))]
    pub password_min_length: u16,
    /// Memory of one password hash in KiB (Argon2id).
    #[arg(id = "identity-hash-memory", long = "identity-hash-memory", value_name = "KIB", default_value_t = 19_456, value_parser = clap::value_parser!(u32).range(8..=262_144))]
    pub hash_memory: u32,
    /// Passes of one password hash over its memory.
    #[arg(id = "identity-hash-passes", long = "identity-hash-passes", default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=16))]
    pub hash_passes: u32,
    /// Threads that hash passwords; 0 = one per core.
    #[arg(id = "identity-hash-threads", long = "identity-hash-threads", default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=64))]
    pub hash_threads: u16,
    /// Password hashes that may wait; more are refused with RATE_LIMITED.
    #[arg(id = "identity-hash-queue", long = "identity-hash-queue", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub hash_queue: u16,
    /// How long the link of an invitation works, from each sending (Q18).
    #[arg(id = "identity-invitation-life", long = "identity-invitation-life", value_name = "DURATION", default_value = "30d", value_parser = config::duration)]
    pub invitation_life: Duration,
    /// How long the link of a password reset works.
    #[arg(id = "identity-reset-life", long = "identity-reset-life", value_name = "DURATION", default_value = "60m", value_parser = config::duration)]
    pub reset_life: Duration,
    /// How long the one-time setup link works.
    #[arg(id = "identity-setup-life", long = "identity-setup-life", value_name = "DURATION", default_value = "24h", value_parser = config::duration)]
    pub setup_life: Duration,
    /// A session ends when it was not used for this long.
    #[arg(id = "identity-session-idle", long = "identity-session-idle", value_name = "DURATION", default_value = "30m", value_parser = config::duration)]
    pub session_idle: Duration,
    /// A session ends this long after sign-in, however busy.
    #[arg(id = "identity-session-life", long = "identity-session-life", value_name = "DURATION", default_value = "12h", value_parser = config::duration)]
    pub session_life: Duration,
    /// The least time between two mails to one person that somebody asked for again.
    #[arg(id = "identity-send-cooldown", long = "identity-send-cooldown", value_name = "DURATION", default_value = "60s", value_parser = config::duration)]
    pub send_cooldown: Duration,
    /// Levels of customers below an organization (Q19).
    #[arg(id = "identity-tree-depth", long = "identity-tree-depth", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=50))]
    pub tree_depth: u16,
    /// Users that a bulk run takes in one transaction.
    #[arg(id = "identity-bulk-chunk", long = "identity-bulk-chunk", default_value_t = 500, value_parser = clap::value_parser!(u16).range(1..=5000))]
    pub bulk_chunk: u16,
}

impl Default for Config {
    fn default() -> Self {
        config::defaults()
    }
}
