//! What an operator sees: log lines, spans, figures. Never a secret, an e-mail address or a body.

use std::io::IsTerminal;

use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer as _};

mod door;
mod export;
mod figures;
mod layer;
mod metrics;
mod panic;
mod refused;
mod response;
mod tally;
mod trace;

pub use door::{Door, enter};
pub use export::{Export, Telemetry};
pub use figures::{Figure, Kind, LEASES, Read, watch};
pub use layer::Layer;
pub use metrics::Metrics;
pub(crate) use metrics::name as code_name;
pub use panic::CatchPanic;
pub use tally::Tally;
pub(crate) use trace::{Span, parent, stored};
pub use trace::{continued, current, note};

/// Libraries that would export lines about the exporting of lines.
const NOT_SENT: [&str; 6] = ["h2", "hyper", "hyper_util", "tonic", "tower", "opentelemetry"];

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For machines: one JSON object a line.
    Json,
}

/// Starts logging to standard error for the whole process, panics included, and the sending of
/// telemetry in the name of `service` if there is an endpoint. `filter` is that of tracing-subscriber,
/// such as `info,platform=debug`. Called inside a runtime, where the exporters' connections live; the
/// exporters themselves wait on threads of their own, because a runtime's thread that waits for its own
/// runtime waits for ever (opentelemetry-rust#2715).
///
/// # Errors
/// When the filter or the endpoint does not parse, or logging was started before.
pub fn start(format: Format, filter: &str, export: &Export, service: &str) -> anyhow::Result<Telemetry> {
    let logs = export::start(export, service)?;
    let sent = logs.map(|logs| anyhow::Ok(OpenTelemetryTracingBridge::new(&logs).with_filter(sent(filter)?)));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = match format {
        Format::Text => lines.with_ansi(std::io::stderr().is_terminal()).boxed(),
        Format::Json => lines.json().flatten_event(true).boxed(),
    };
    let lines = lines.with_filter(EnvFilter::builder().parse(filter)?);
    tracing_subscriber::registry().with(lines).with(sent.transpose()?).try_init()?;
    std::panic::set_hook(Box::new(panic::log));
    Ok(Telemetry::default())
}

/// The lines that are sent: those that are shown, but not the exporter's own.
fn sent(filter: &str) -> anyhow::Result<EnvFilter> {
    let mut filter = EnvFilter::builder().parse(filter)?;
    for library in NOT_SENT {
        filter = filter.add_directive(format!("{library}=off").parse()?);
    }
    Ok(filter)
}
