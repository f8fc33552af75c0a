//! Sums over a group of calls, as responses show them.

use std::collections::HashMap;
use std::sync::Arc;

use domain::ids::KeyId;
use domain::keys::Caller;
use domain::money::PicoUsdSum;
use domain::queries::{Dimension, Grouping, Measure};
use domain::words::Word;
use indexmap::IndexMap;
use ledger::usage::{Distribution, Group, Measures};
use ledger::{Database, keys};
use serde::ser::{Serialize, SerializeMap, Serializer};
use utoipa::ToSchema;
use web::ApiError;

/// Sums over calls, exact but for the percentiles. With `measures`, only the fields that it names.
#[derive(Debug, ToSchema)]
pub(crate) struct Sums {
    #[schema(ignore)]
    shown: ShownMeasures,
    pub total_input_tokens: i64,
    pub total_output_tokens: i64,
    /// Part of the input tokens.
    pub total_cached_tokens: i64,
    /// Part of the output tokens.
    pub total_reasoning_tokens: i64,
    pub calls: i64,
    pub failed_calls: i64,
    /// Calls whose tokens are an upper bound, because the provider's counts never arrived.
    pub estimated_calls: i64,
    /// Calls of unknown cost; `cost_usd` leaves them out.
    pub unpriced_calls: i64,
    /// USD of the priced calls, an exact decimal; null where no call is priced.
    #[schema(value_type = Option<String>, required = true, example = "12.3456")]
    pub cost_usd: Option<PicoUsdSum>,
    /// Within 5 % of the exact median, as the other percentiles are.
    #[schema(required = true)]
    pub latency_p50_ms: Option<f64>,
    #[schema(required = true)]
    pub latency_p95_ms: Option<f64>,
}

/// What `details=true` adds.
#[derive(Debug, serde::Serialize, ToSchema)]
pub(crate) struct Details {
    /// The part of the estimated calls that was never settled before its deadline.
    pub abandoned_calls: i64,
    /// Share of calls that failed; null where there are no calls.
    #[schema(required = true)]
    pub error_rate: Option<f64>,
    /// Requests sent to the provider, retries included.
    pub attempts: i64,
    /// Parts of the input tokens with rates of their own, as cached ones have.
    pub cache_write_tokens: i64,
    pub cache_write_long_tokens: i64,
    pub audio_input_tokens: i64,
    pub cached_audio_tokens: i64,
    /// Parts of the output tokens with rates of their own.
    pub audio_output_tokens: i64,
    pub image_output_tokens: i64,
    /// Tokens used by failed attempts. Part of the totals.
    pub retried_input_tokens: i64,
    pub retried_output_tokens: i64,
    /// Billed cost of failed attempts, an exact decimal: part of `cost_usd`. Attempts of unknown cost are left out;
    /// null where no cost is known.
    #[schema(value_type = Option<String>, required = true, example = "0.0021")]
    pub retried_cost_usd: Option<PicoUsdSum>,
    /// From the start of a call to its end.
    pub latency_ms: Percentiles,
    /// From the start of a call to the first byte of its response.
    pub first_byte_ms: Percentiles,
    /// Our own time, the provider's excluded.
    pub overhead_ms: Percentiles,
}

/// Each within 5 % of the exact value; null where no call has one.
#[derive(Debug, serde::Serialize, ToSchema)]
pub(crate) struct Percentiles {
    #[schema(required = true)]
    pub p50: Option<f64>,
    #[schema(required = true)]
    pub p90: Option<f64>,
    #[schema(required = true)]
    pub p95: Option<f64>,
    #[schema(required = true)]
    pub p99: Option<f64>,
}

/// The fields that a response has, in their order.
#[derive(Debug, Clone)]
pub(crate) struct ShownMeasures(pub Arc<[Measure]>);

impl Default for ShownMeasures {
    fn default() -> Self {
        Self(Measure::ALL.into())
    }
}

impl Serialize for Sums {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_map(None)?;
        for measure in self.shown.0.iter() {
            let name = measure.as_str();
            match measure {
                Measure::TotalInputTokens => fields.serialize_entry(name, &self.total_input_tokens),
                Measure::TotalOutputTokens => fields.serialize_entry(name, &self.total_output_tokens),
                Measure::TotalCachedTokens => fields.serialize_entry(name, &self.total_cached_tokens),
                Measure::TotalReasoningTokens => fields.serialize_entry(name, &self.total_reasoning_tokens),
                Measure::Calls => fields.serialize_entry(name, &self.calls),
                Measure::FailedCalls => fields.serialize_entry(name, &self.failed_calls),
                Measure::EstimatedCalls => fields.serialize_entry(name, &self.estimated_calls),
                Measure::UnpricedCalls => fields.serialize_entry(name, &self.unpriced_calls),
                Measure::CostUsd => fields.serialize_entry(name, &self.cost_usd),
                Measure::LatencyP50 => fields.serialize_entry(name, &self.latency_p50_ms),
                Measure::LatencyP95 => fields.serialize_entry(name, &self.latency_p95_ms),
            }?;
        }
        fields.end()
    }
}

impl Sums {
    pub(crate) fn new(measures: &Measures, shown: &ShownMeasures) -> Self {
        let counts = &measures.counts;
        Self {
            shown: shown.clone(),
            total_input_tokens: counts.input_tokens,
            total_output_tokens: counts.output_tokens,
            total_cached_tokens: counts.cached_tokens,
            total_reasoning_tokens: counts.reasoning_tokens,
            calls: counts.calls,
            failed_calls: counts.failed_calls,
            estimated_calls: counts.estimated_calls + counts.abandoned_calls,
            unpriced_calls: counts.unpriced_calls,
            cost_usd: measures.cost,
            latency_p50_ms: measures.latency.quantile_ms(0.5),
            latency_p95_ms: measures.latency.quantile_ms(0.95),
        }
    }
}

impl From<&Measures> for Details {
    fn from(measures: &Measures) -> Self {
        let counts = &measures.counts;
        #[expect(clippy::cast_precision_loss, reason = "a rate")]
        let error_rate = (counts.calls > 0).then(|| counts.failed_calls as f64 / counts.calls as f64);
        Self {
            abandoned_calls: counts.abandoned_calls,
            error_rate,
            attempts: counts.attempts,
            cache_write_tokens: counts.cache_write_tokens,
            cache_write_long_tokens: counts.cache_write_long_tokens,
            audio_input_tokens: counts.audio_input_tokens,
            cached_audio_tokens: counts.cached_audio_tokens,
            audio_output_tokens: counts.audio_output_tokens,
            image_output_tokens: counts.image_output_tokens,
            retried_input_tokens: counts.retried_input_tokens,
            retried_output_tokens: counts.retried_output_tokens,
            retried_cost_usd: measures.retried_cost(),
            latency_ms: (&measures.latency).into(),
            first_byte_ms: (&measures.first_byte).into(),
            overhead_ms: (&measures.overhead).into(),
        }
    }
}

impl From<&Distribution> for Percentiles {
    fn from(distribution: &Distribution) -> Self {
        let of = |q| distribution.quantile_ms(q);
        Self { p50: of(0.5), p90: of(0.9), p95: of(0.95), p99: of(0.99) }
    }
}

/// Names of keys that the caller may know.
pub(crate) type KeyNames = HashMap<KeyId, String>;

/// The names of the keys of some groups. A caller bound to a label learns only those of keys bound to it.
pub(crate) async fn key_names<'a>(
    database: &Database,
    groups: impl Iterator<Item = &'a Group>,
    caller: &Caller,
) -> Result<KeyNames, ApiError> {
    let ids: Vec<KeyId> = groups.filter_map(|group| group.key_id).collect();
    Ok(keys::names(database, &ids, caller.user_label.as_deref()).await?)
}

/// The fields grouped by, in the contract's order, with their values; a key is `key` and `key_name`, a tag is
/// `tag.<name>`.
pub(crate) fn group_fields(
    group: Group,
    grouping: &Grouping,
    names: &KeyNames,
) -> IndexMap<String, Option<String>> {
    let mut fields = IndexMap::new();
    let key = group.key_id.map(|id| id.to_string());
    for (dimension, value) in [
        (Dimension::Model, group.model),
        (Dimension::Provider, group.provider),
        (Dimension::UserLabel, group.user_label),
        (Dimension::Endpoint, group.endpoint),
        (Dimension::Status, group.status),
        (Dimension::Key, key),
    ] {
        if grouping.has(dimension) {
            fields.insert(dimension.as_str().to_owned(), value);
        }
    }
    if grouping.has(Dimension::Key) {
        fields.insert("key_name".to_owned(), group.key_id.and_then(|id| names.get(&id).cloned()));
    }
    for (name, value) in grouping.tags.iter().zip(group.tags) {
        fields.insert(format!("tag.{name}"), value);
    }
    fields
}
