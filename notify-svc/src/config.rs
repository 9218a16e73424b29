//! Everything an operator can set for notify-svc.

use std::time::Duration;

use platform::config;
pub use platform::node::Site;

/// Where mails go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Delivery {
    /// The development mailbox; refused in production mode.
    Mailbox,
    /// An SMTP relay.
    Smtp,
}

/// How the connection to the relay is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Security {
    /// STARTTLS, required.
    Starttls,
    /// TLS from the first byte (port 465).
    Tls,
    /// None: for a relay on the same machine.
    None,
}

/// Settings of notify-svc.
#[derive(Clone, Debug, clap::Args)]
// All services are `Config` to clap, and a group of that name may be there once.
#[group(skip)]
pub struct Config {
    /// Where mails go: the development mailbox or an SMTP relay. Unset: the mailbox in development, SMTP in production.
    #[arg(id = "notify-delivery", long = "notify-delivery", value_enum)]
    pub delivery: Option<Delivery>,
    /// Sender of all mails.
    #[arg(id = "notify-from", long = "notify-from", default_value = "Roster <roster@localhost>")]
    pub from: String,
    /// Address people may write to for help, shown in each mail.
    #[arg(id = "notify-support", long = "notify-support", default_value = "support@localhost")]
    pub support: String,
    /// Host of the SMTP relay.
    #[arg(id = "notify-smtp-host", long = "notify-smtp-host", default_value = "127.0.0.1")]
    pub smtp_host: String,
    /// Port of the SMTP relay.
    #[arg(id = "notify-smtp-port", long = "notify-smtp-port", default_value_t = 587)]
    pub smtp_port: u16,
    /// Protection of the connection to the relay.
    #[arg(
        id = "notify-smtp-security",
        long = "notify-smtp-security",
        value_enum,
        default_value = "starttls"
    )]
    pub smtp_security: Security,
    /// User name at the relay; unset = no authentication.
    #[arg(id = "notify-smtp-user", long = "notify-smtp-user")]
    pub smtp_user: Option<String>,
    /// Password at the relay.
    #[arg(id = "notify-smtp-password", long = "notify-smtp-password")]
    pub smtp_password: Option<config::Secret>,
    /// Connections to the relay at once.
    #[arg(id = "notify-smtp-connections", long = "notify-smtp-connections", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub smtp_connections: u16,
    /// How long one step of an SMTP conversation may take, 90s at most.
    #[arg(id = "notify-smtp-timeout", long = "notify-smtp-timeout", value_name = "DURATION", default_value = "60s", value_parser = config::duration)]
    pub smtp_timeout: Duration,
}

impl Default for Config {
    fn default() -> Self {
        config::defaults()
    }
}
