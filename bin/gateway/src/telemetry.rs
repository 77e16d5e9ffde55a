//! What the program tells about itself: JSON lines, traces where a collector is configured, and metrics.

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::WithExportConfig as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::{EnvFilter, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// Keeps traces flowing; to be shut down last, so that the last spans are sent.
pub struct Telemetry {
    tracer: Option<SdkTracerProvider>,
}

/// Why telemetry could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The filter is not one.
    #[error("AAROKYA_LOG must be a filter such as `info` or `info,gateway=debug`")]
    Filter,
    /// The collector's address is not usable.
    #[error("traces cannot be exported to OTEL_EXPORTER_OTLP_ENDPOINT: {0}")]
    Exporter(String),
    /// Something else of this process writes logs already.
    #[error("logging was set up twice")]
    Twice,
}

impl Telemetry {
    /// Starts logging at `filter`, and exporting traces if `collector` is given.
    ///
    /// Logs are one JSON object a line on standard output. They hold ids, codes and durations, never what a
    /// person wrote.
    ///
    /// # Errors
    /// When the filter or the collector's address cannot be used.
    pub fn start(filter: &str, collector: Option<&str>) -> Result<Self, TelemetryError> {
        let filter = EnvFilter::try_new(format!("{ENGINE},{filter}")).map_err(|_| TelemetryError::Filter)?;
        let tracer = collector.map(exporter).transpose()?;
        let spans = tracer
            .as_ref()
            .map(|tracer| tracing_opentelemetry::layer().with_tracer(tracer.tracer("aarokya")));
        let lines =
            json_subscriber::fmt::layer().flatten_event(true).with_current_span(true).with_span_list(false);
        tracing_subscriber::registry()
            .with(filter)
            .with(lines)
            .with(spans)
            .try_init()
            .map_err(|_| TelemetryError::Twice)?;
        Ok(Self { tracer })
    }

    /// Sends what is left.
    pub fn shut_down(self) {
        if let Some(Err(error)) = self.tracer.map(|tracer| tracer.shutdown()) {
            tracing::warn!(%error, "the last traces could not be sent");
        }
    }
}

/// Starts recording metrics; what is answered renders them.
///
/// # Errors
/// When something else of this process records them already.
pub fn record_metrics() -> Result<PrometheusHandle, TelemetryError> {
    PrometheusBuilder::new()
        .set_buckets(&LATENCY_BUCKETS_SECONDS)
        .and_then(PrometheusBuilder::install_recorder)
        .map_err(|_| TelemetryError::Twice)
}

/// The job engine tells of failed jobs with all they hold; we tell of them ourselves, once and without.
const ENGINE: &str = "graphile_worker::runner::release=off";

/// From one millisecond to beyond the slowest partner's time-out.
const LATENCY_BUCKETS_SECONDS: [f64; 12] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

fn exporter(endpoint: &str) -> Result<SdkTracerProvider, TelemetryError> {
    let exporter = opentelemetry_otlp::SpanExporter::builder()
        .with_http()
        .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
        .build()
        .map_err(|error| TelemetryError::Exporter(error.to_string()))?;
    let resource = opentelemetry_sdk::Resource::builder().with_service_name("aarokya").build();
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())
}
