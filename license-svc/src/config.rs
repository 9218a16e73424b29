//! Everything an operator can set.

use std::time::Duration;

use platform::config;

use crate::domain::product::Catalog;

/// Settings of license-svc.
#[derive(Clone, Debug, clap::Args)]
// All services are `Config` to clap, and a group of that name may be there once.
#[group(skip)]
pub struct Config {
    /// The products that are sold: their ids, as they stand in resource names, and their names.
    #[arg(
        id = "license-products",
        long = "license-products",
        value_name = "ID=NAME,…",
        default_value = "meet=Meet,ip-phone=IP Phone"
    )]
    pub products: Catalog,
    /// How long the link in a purchase's mail works (Q4). The purchase itself never expires.
    #[arg(
        id = "license-link-life",
        long = "license-link-life",
        value_name = "DURATION",
        default_value = "30d",
        value_parser = config::duration
    )]
    pub link_life: Duration,
    /// When the seats of a call that adds people and never ended are free again. Longer than any call takes.
    #[arg(
        id = "license-invite-abandoned-after",
        long = "license-invite-abandoned-after",
        value_name = "DURATION",
        default_value = "10m",
        value_parser = config::duration
    )]
    pub invite_abandoned_after: Duration,
}

impl Default for Config {
    fn default() -> Self {
        config::defaults()
    }
}
