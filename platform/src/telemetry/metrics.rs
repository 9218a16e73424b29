//! Counters and histograms, read by Prometheus.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Histogram, Meter, MeterProvider};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use prometheus::{Registry, TextEncoder};
use tonic::Code;

/// Bounds of the latency histogram, seconds.
const LATENCY: [f64; 14] =
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
        let exporter = opentelemetry_prometheus::exporter().with_registry(registry.clone()).build()?;
        let provider = SdkMeterProvider::builder().with_reader(exporter).build();
        Ok(Self(Arc::new(Shared { registry, provider })))
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
        let methods =
            proto::audience::POOL.services().flat_map(|service| service.methods().collect::<Vec<_>>());
        let methods = methods.map(|method| {
            let path = proto::audience::path(&method);
            let named: Arc<str> = path.trim_start_matches('/').into();
            (path, KeyValue::new("rpc.method", named))
        });
        Self { service, duration, methods: methods.collect() }
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
pub(super) fn name(code: Code) -> &'static str {
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
