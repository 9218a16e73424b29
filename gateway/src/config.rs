//! Everything an operator can set for the gateway.

use platform::config;
pub use platform::node::Site;

/// Settings of the gateway.
#[derive(Clone, Debug, clap::Args)]
// All services are `Config` to clap, and a group of that name may be there once.
#[group(skip)]
pub struct Config {
    /// Address people may write to for help, shown on every page (B18).
    #[arg(id = "gateway-support", long = "gateway-support", default_value = "support@localhost")]
    pub support: String,
    /// Largest file that may be uploaded, in bytes; import-svc has its own limit.
    #[arg(id = "gateway-upload-bytes", long = "gateway-upload-bytes", default_value_t = 64 * 1024 * 1024)]
    pub upload_bytes: u64,
}

impl Default for Config {
    fn default() -> Self {
        config::defaults()
    }
}
