//! Counters and histograms, read by Prometheus.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::metrics::{Histogram, Meter, MeterProvider, UpDownCounter};
use opentelemetry::trace::SpanKind;
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use prometheus::process_collector::ProcessCollector;
use prometheus::{Registry, TextEncoder};
use tonic::Code;

use super::trace::Span;
use super::{Tally, export};

/// Bounds of the latency histograms, seconds.
pub(super) const LATENCY: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];

/// All figures of a process. Cheap to clone.
#[derive(Clone)]
pub struct Metrics(Arc<Shared>);

struct Shared {
    registry: Registry,
    provider: SdkMeterProvider,
}

/// Measures the calls that one service answers (`rpc.server.call.duration` of OpenTelemetry).
pub(super) struct Calls {
    service: &'static str,
    duration: Histogram<f64>,
    active: UpDownCounter<i64>,
    /// Only methods of the contract get their own series: a caller cannot make new ones.
    methods: HashMap<String, KeyValue>,
}

impl Metrics {
    /// An empty set of figures.
    ///
    /// # Errors
    /// When the exporter cannot be registered.
    pub fn new() -> anyhow::Result<Self> {
        let registry = Registry::new();
        registry.register(Box::new(ProcessCollector::for_self()))?;
        let exporter = opentelemetry_prometheus::exporter().with_registry(registry.clone()).build()?;
        let mut provider = SdkMeterProvider::builder().with_reader(exporter);
        if let Some((reader, resource)) = export::reader()? {
            provider = provider.with_reader(reader).with_resource(resource);
        }
        let provider = provider.build();
        export::keep(&provider);
        let metrics = Self(Arc::new(Shared { registry, provider }));
        metrics.name_build();
        Ok(metrics)
    }

    /// `roster_build_info`: which version runs.
    fn name_build(&self) {
        let meter = self.meter("process");
        let build = meter.u64_gauge("roster.build.info");
        let build = build.with_description("Always 1; the version is in the label.").build();
        build.record(1, &[KeyValue::new("version", env!("CARGO_PKG_VERSION"))]);
    }

    /// `roster_certificate_expiry_timestamp_seconds`: when the certificate that `service` shows ends,
    /// seconds since 1970, asked at each reading; none while there is none.
    pub fn certificate(&self, service: &'static str, ends: impl Fn() -> Option<i64> + Send + Sync + 'static) {
        let meter = self.meter(service);
        let gauge = meter.i64_observable_gauge("roster.certificate.expiry.timestamp");
        let gauge = gauge.with_unit("s").with_description("When the certificate in use ends.");
        gauge
            .with_callback(move |seen| {
                ends().into_iter().for_each(|ends| seen.observe(ends, &[KeyValue::new("service", service)]));
            })
            .build();
    }

    /// `roster_ready`: 1 when all components of the process are ready, else 0, asked at each reading. There
    /// before anything else is: a process that has never reached its database shows no figure of it.
    pub fn readiness(&self, is_ready: impl Fn() -> bool + Send + Sync + 'static) {
        let meter = self.meter("process");
        let gauge = meter.i64_observable_gauge("roster.ready");
        let gauge = gauge.with_description("1 when the process is ready, as /readyz says.");
        gauge.with_callback(move |seen| seen.observe(i64::from(is_ready()), &[])).build();
    }

    /// A figure of `service` that `read` knows at any moment.
    pub fn watched(
        &self,
        service: &'static str,
        name: &'static str,
        about: &'static str,
        read: impl Fn() -> i64 + Send + Sync + 'static,
    ) {
        let meter = self.meter(service);
        let gauge = meter.i64_observable_gauge(name).with_description(about);
        let label = [KeyValue::new("service", service)];
        gauge.with_callback(move |seen| seen.observe(read(), &label)).build();
    }

    /// A counter of `service` by one label.
    #[must_use]
    pub fn tally(
        &self,
        service: &'static str,
        name: &'static str,
        about: &'static str,
        label: &'static str,
    ) -> Tally {
        Tally::new(self.meter(service).u64_counter(name).with_description(about).build(), service, label)
    }

    /// Makes instruments for `service`.
    #[must_use]
    pub fn meter(&self, service: &'static str) -> Meter {
        self.0.provider.meter(service)
    }

    /// All figures in Prometheus' text format.
    #[must_use]
    pub fn text(&self) -> String {
        TextEncoder::new().encode_to_string(&self.0.registry.gather()).unwrap_or_else(|error| {
            tracing::error!(%error, "the figures cannot be written");
            String::new()
        })
    }
}

impl Calls {
    pub(super) fn new(service: &'static str, metrics: &Metrics) -> Self {
        let duration = metrics
            .meter(service)
            .f64_histogram("rpc.server.call.duration")
            .with_description("How long calls took, by service, method and gRPC code.")
            .with_unit("s")
            .with_boundaries(LATENCY.to_vec())
            .build();
        let meter = metrics.meter(service);
        let active = meter.i64_up_down_counter("rpc.server.active_requests");
        let active = active.with_description("Calls under way, by service.").build();
        let methods =
            proto::audience::POOL.services().flat_map(|service| service.methods().collect::<Vec<_>>());
        let methods = methods.map(|method| {
            let path = proto::audience::path(&method);
            let named: Arc<str> = path.trim_start_matches('/').into();
            (path, KeyValue::new("rpc.method", named))
        });
        Self { service, duration, active, methods: methods.collect() }
    }

    /// The span of a call; only methods of the contract name it.
    pub(super) fn begin(&self, path: &str, parent: &Context) -> Span {
        let name = if self.methods.contains_key(path) { path.trim_start_matches('/') } else { "_OTHER" };
        let attributes = || {
            let (system, method) =
                (KeyValue::new("rpc.system", "grpc"), KeyValue::new("rpc.method", name.to_owned()));
            vec![system, method, KeyValue::new("rpc.service", self.service)]
        };
        Span::begin(name, SpanKind::Server, parent, attributes)
    }

    pub(super) fn enter(&self) {
        self.active.add(1, &[KeyValue::new("rpc.service", self.service)]);
    }

    pub(super) fn leave(&self) {
        self.active.add(-1, &[KeyValue::new("rpc.service", self.service)]);
    }

    /// The series of a path.
    pub(super) fn method(&self, path: &str) -> KeyValue {
        self.methods.get(path).cloned().unwrap_or_else(|| KeyValue::new("rpc.method", "_OTHER"))
    }

    pub(super) fn record(&self, method: KeyValue, code: Code, took: Duration) {
        let service = KeyValue::new("rpc.service", self.service);
        let code = KeyValue::new("rpc.response.status_code", name(code));
        self.duration.record(took.as_secs_f64(), &[service, method, code]);
    }
}

/// The code as gRPC writes it.
pub(crate) fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
