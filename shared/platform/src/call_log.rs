//! One log line a call, once it is settled: ids that join it with other logs, and numbers. With a namespace, the logs
//! service turns these into metrics (`CloudWatch` embedded metric format). The line contains nothing of the conversation,
//! no label and no key.

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, SecondsFormat, Utc};
use domain::calls::CallRecord;
use domain::words::Word;
use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;
use tracing::Level;

use crate::environment::Environment;

/// What the dashboard and the alarms read. A metric that a line does not have is skipped.
const METRICS: &[&str] =
    &["calls", "input_tokens", "output_tokens", "cost_usd", "overhead_ms", "retries", "unpriced_calls"];
const ERROR_METRICS: &[&str] = &["provider_errors"];

/// `RUST_LOG=info,calls=off` drops the lines where nothing reads them.
const TARGET: &str = "calls";

/// The ids under which other logs know a request, as far as it has them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CorrelationIds {
    /// The gateway's, in its access log as `request_id`.
    pub gateway_request_id: Option<Arc<str>>,
    /// The trace of the function's invocation in X-Ray.
    pub xray_trace_id: Option<Arc<str>>,
    /// The caller's trace (W3C Trace Context).
    pub trace_id: Option<Arc<str>>,
}

#[derive(Clone, Default)]
pub struct CallLog {
    /// What a line declares as metrics: of a call that went well, and of one that did not. `None` without a namespace.
    directives: Option<[Box<RawValue>; 2]>,
}

#[derive(Serialize)]
struct Line<'a> {
    #[serde(rename = "_aws", skip_serializing_if = "Option::is_none")]
    aws: Option<Metadata<'a>>,
    timestamp: String,
    level: &'static str,
    target: &'static str,
    message: &'static str,
    call_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    gateway_request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upstream_request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    xray_trace_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<&'a str>,
    endpoint: &'static str,
    provider: &'a str,
    model: &'a str,
    stream: bool,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    http_status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<&'a str>,
    latency_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_byte_ms: Option<f64>,
    calls: u8,
    input_tokens: i64,
    output_tokens: i64,
    /// For charts: the ledger has the exact amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_usd: Option<f64>,
    overhead_ms: f64,
    retries: u32,
    unpriced_calls: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider_errors: Option<u8>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata<'a> {
    timestamp: i64,
    cloud_watch_metrics: &'a RawValue,
}

impl CallLog {
    /// The metrics' namespace comes from `METRICS_NAMESPACE`.
    pub fn from_env(environment: &Environment) -> Self {
        Self::new(environment.find("METRICS_NAMESPACE"))
    }

    fn new(namespace: Option<&str>) -> Self {
        let directive = |dimensions: &[&str], metrics: &[&str]| {
            let metrics: Vec<_> = metrics.iter().map(|name| json!({"Name": name})).collect();
            json!({"Namespace": namespace, "Dimensions": [dimensions], "Metrics": metrics})
        };
        let (calls, errors) = (directive(&[], METRICS), directive(&["error"], ERROR_METRICS));
        let ok = serde_json::value::to_raw_value(&[&calls]);
        let failed = serde_json::value::to_raw_value(&[&calls, &errors]);
        Self { directives: namespace.and(ok.ok().zip(failed.ok()).map(|(ok, failed)| [ok, failed])) }
    }

    /// Metrics must not depend on the log level; a line without them does.
    pub fn write(&self, record: &CallRecord, ids: &CorrelationIds) {
        if self.directives.is_none() && !tracing::enabled!(target: TARGET, Level::INFO) {
            return;
        }
        if let Some(line) = self.line(record, ids) {
            // One write: lines of several threads do not mix.
            let _ = std::io::stdout().lock().write_all(&line);
        }
    }

    fn line(&self, record: &CallRecord, ids: &CorrelationIds) -> Option<Vec<u8>> {
        let error = provider_error(record);
        let now = DateTime::<Utc>::from(SystemTime::now());
        let line = Line {
            aws: self.directives.as_ref().map(|[ok, failed]| Metadata {
                timestamp: now.timestamp_millis(),
                cloud_watch_metrics: if error.is_some() { failed } else { ok },
            }),
            timestamp: now.to_rfc3339_opts(SecondsFormat::Micros, true),
            level: "INFO",
            target: TARGET,
            message: "Call settled.",
            call_id: record.id.to_string(),
            gateway_request_id: ids.gateway_request_id.as_deref(),
            upstream_request_id: record.upstream_request_id.as_deref(),
            xray_trace_id: ids.xray_trace_id.as_deref(),
            trace_id: ids.trace_id.as_deref(),
            endpoint: record.endpoint.as_str(),
            provider: record.provider.as_str(),
            model: &record.model,
            stream: record.stream,
            status: record.status.as_str(),
            http_status: record.http_status,
            error_code: record.error_code.as_deref(),
            latency_ms: millis(record.latency),
            first_byte_ms: record.first_byte.map(millis),
            calls: 1,
            input_tokens: record.usage.input_tokens,
            output_tokens: record.usage.output_tokens,
            cost_usd: record.cost.map(usd),
            overhead_ms: millis(record.overhead),
            retries: record.attempts.saturating_sub(1),
            unpriced_calls: u8::from(record.cost.is_none()),
            error,
            provider_errors: error.map(|_| 1),
        };
        let mut bytes = serde_json::to_vec(&line).ok()?;
        bytes.push(b'\n');
        Some(bytes)
    }
}

/// Few classes, since each is a metric of its own.
fn provider_error(record: &CallRecord) -> Option<&'static str> {
    match record.http_status {
        Some(429) => Some("rate_limited"),
        Some(401 | 403) => Some("key_rejected"),
        Some(400..=499) => Some("request_refused"),
        Some(500..) => Some("server_error"),
        _ => match record.error_code.as_deref() {
            Some("upstream_timeout") => Some("timeout"),
            Some("upstream_unreachable") => Some("unreachable"),
            Some("upstream_interrupted") => Some("interrupted"),
            Some("upstream_malformed") => Some("malformed"),
            _ => None,
        },
    }
}

fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

#[expect(clippy::cast_precision_loss, reason = "a chart needs no more than 15 digits")]
fn usd(cost: domain::money::PicoUsd) -> f64 {
    cost.as_pico() as f64 / 1e12
}
