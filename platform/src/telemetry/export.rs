//! Traces, metrics and logs to a collector, over OTLP/gRPC. Off unless an endpoint is set.

use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{LogExporter, MetricExporter, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::SdkLoggerProvider;
use opentelemetry_sdk::metrics::{PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};

/// How long one export may take: also the most that a collector which is away holds up the end.
const EXPORT: Duration = Duration::from_secs(5);
/// How long all three may take to send what they hold at the end.
const LAST_WORDS: Duration = Duration::from_secs(12);

/// Where telemetry goes.
///
/// The endpoint is set here only; for the rest the exporter reads the standard's own variables, such as
/// `OTEL_EXPORTER_OTLP_HEADERS`.
#[derive(Clone, Debug, clap::Args)]
#[group(skip)]
pub struct Export {
    /// Sends traces, metrics and logs to this OTLP/gRPC collector, such as http://127.0.0.1:4317. Unset: nothing is sent.
    #[arg(id = "otlp-endpoint", long = "otlp-endpoint", value_name = "URL", global = true)]
    pub endpoint: Option<String>,
    /// The share of traces that is sent, 0 to 1. The trace's id decides, so all services decide alike.
    #[arg(id = "otlp-sample", long = "otlp-sample", value_name = "SHARE", default_value_t = 1.0, value_parser = share, global = true)]
    pub sample: f64,
    /// How often metrics are sent.
    #[arg(id = "otlp-interval", long = "otlp-interval", value_name = "DURATION", default_value = "60s", value_parser = crate::config::duration, global = true)]
    pub interval: Duration,
}

/// What was started, to be ended with the process.
#[derive(Debug, Default)]
#[must_use = "what is not ended loses what it holds"]
pub struct Telemetry(());

struct Running {
    resource: Resource,
    settings: Export,
    endpoint: String,
    traces: SdkTracerProvider,
    tracer: SdkTracer,
    logs: SdkLoggerProvider,
    /// One for each set of figures; a process has one, a test may have more.
    meters: Mutex<Vec<SdkMeterProvider>>,
}

static RUNNING: OnceLock<Running> = OnceLock::new();

impl Telemetry {
    /// Sends what is left; answers after 12 seconds at most. On a thread of its own, because the exporters
    /// wait for the runtime that this would block; one that hangs is left behind, and whoever ends the
    /// runtime must not wait for it.
    pub async fn stop(self) {
        let ended = tokio::task::spawn_blocking(|| {
            let Some(running) = RUNNING.get() else { return };
            let meters = std::mem::take(&mut *running.meters.lock().unwrap_or_else(PoisonError::into_inner));
            let ends =
                [running.traces.shutdown_with_timeout(EXPORT), running.logs.shutdown_with_timeout(EXPORT)];
            let ends = ends.into_iter().chain(meters.iter().map(|meter| meter.shutdown_with_timeout(EXPORT)));
            for error in ends.filter_map(Result::err) {
                tracing::warn!(%error, "telemetry was not sent to the end");
            }
        });
        if tokio::time::timeout(LAST_WORDS, ended).await.is_err() {
            tracing::warn!("the collector takes too long: what is left of the telemetry is lost");
        }
    }
}

/// Starts the exporters of `service`; answers the log provider when there is an endpoint.
pub(super) fn start(settings: &Export, service: &str) -> anyhow::Result<Option<SdkLoggerProvider>> {
    let Some(endpoint) = settings.endpoint.clone().filter(|endpoint| !endpoint.is_empty()) else {
        return Ok(None);
    };
    let spans = SpanExporter::builder().with_tonic().with_endpoint(&endpoint).with_timeout(EXPORT);
    let lines = LogExporter::builder().with_tonic().with_endpoint(&endpoint).with_timeout(EXPORT);
    let resource = resource(service);
    let traces = SdkTracerProvider::builder()
        .with_batch_exporter(spans.build().context("--otlp-endpoint")?)
        // Not by the parent's flag, which a stranger may set: the id decides, and alike everywhere.
        .with_sampler(Sampler::TraceIdRatioBased(settings.sample))
        .with_resource(resource.clone())
        .build();
    let logs = SdkLoggerProvider::builder()
        .with_batch_exporter(lines.build().context("--otlp-endpoint")?)
        .with_resource(resource.clone())
        .build();
    let (tracer, meters) = (traces.tracer("roster"), Mutex::default());
    let settings = settings.clone();
    let running = Running { resource, settings, endpoint, traces, tracer, logs: logs.clone(), meters };
    anyhow::ensure!(RUNNING.set(running).is_ok(), "telemetry was started before");
    Ok(Some(logs))
}

/// Makes spans that are sent; none while nothing is.
pub(super) fn tracer() -> Option<&'static SdkTracer> {
    RUNNING.get().map(|running| &running.tracer)
}

/// The second reader of a set of figures, beside Prometheus.
pub(super) fn reader() -> anyhow::Result<Option<(PeriodicReader<MetricExporter>, Resource)>> {
    let Some(running) = RUNNING.get() else { return Ok(None) };
    let exporter = MetricExporter::builder().with_tonic().with_endpoint(&running.endpoint);
    let exporter = exporter.with_timeout(EXPORT).build()?;
    let reader = PeriodicReader::builder(exporter).with_interval(running.settings.interval).build();
    Ok(Some((reader, running.resource.clone())))
}

/// Ends these figures with the process.
pub(super) fn keep(meters: &SdkMeterProvider) {
    if let Some(running) = RUNNING.get() {
        running.meters.lock().unwrap_or_else(PoisonError::into_inner).push(meters.clone());
    }
}

/// Who sends (OpenTelemetry's semantic conventions, "service").
fn resource(service: &str) -> Resource {
    let instance = uuid::Uuid::now_v7().to_string();
    let attributes = [
        KeyValue::new("service.namespace", "roster"),
        KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
        KeyValue::new("service.instance.id", instance),
    ];
    Resource::builder_empty().with_service_name(service.to_owned()).with_attributes(attributes).build()
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "takes a number from 0 to 1".to_owned())
}
