//! Anthropic's usage object. Input that was read from or written to the cache is counted beside `input_tokens`.

use domain::usage::{ReportedCost, UsageReport};

use crate::json::{as_present, as_str, read_object};
use crate::wire::count::Count;
use crate::wire::stated_cost::StatedCost;

/// Counts as they are reported. `None` is unknown, which is never 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    uncached: Option<i64>,
    cache_read: Option<i64>,
    /// Written to the cache for any time.
    cache_write: Option<i64>,
    /// The parts of `cache_write` that are kept for five minutes and for an hour.
    short_write: Option<i64>,
    long_write: Option<i64>,
    output: Option<i64>,
    thinking: Option<i64>,
    pub web_searches: Option<i64>,
    pub code_executions: Option<i64>,
    pub service_tier: Option<String>,
    pub speed: Option<String>,
    pub geography: Option<String>,
    has_unreadable: bool,
    stated_cost: Option<ReportedCost>,
}

impl Counts {
    /// `None` if the text is not an object.
    pub(super) fn read(object: &str) -> Option<Self> {
        let mut counts = Self::default();
        let mut stated = StatedCost::default();
        for member in read_object(object)?.members {
            let Some(value) = as_present(member.value) else { continue };
            match member.key.as_ref() {
                "input_tokens" => counts.uncached = counts.total(value),
                "cache_read_input_tokens" => counts.cache_read = counts.total(value),
                "cache_creation_input_tokens" => counts.cache_write = counts.total(value),
                "output_tokens" => counts.output = counts.total(value),
                "service_tier" => counts.service_tier = as_str(value).map(Into::into),
                "speed" => counts.speed = as_str(value).map(Into::into),
                "inference_geo" => counts.geography = as_str(value).map(Into::into),
                "cache_creation" | "output_tokens_details" | "server_tool_use" => counts.read_details(value),
                name => stated.see(name, value),
            }
        }
        counts.stated_cost = stated.read();
        Some(counts)
    }

    fn read_details(&mut self, object: &str) {
        for member in read_object(object).map(|object| object.members).unwrap_or_default() {
            let count = self.total(member.value);
            match member.key.as_ref() {
                "ephemeral_5m_input_tokens" => self.short_write = count,
                "ephemeral_1h_input_tokens" => self.long_write = count,
                "thinking_tokens" => self.thinking = count,
                "web_search_requests" => self.web_searches = count,
                "code_execution_requests" => self.code_executions = count,
                _ => {}
            }
        }
    }

    fn total(&mut self, value: &str) -> Option<i64> {
        match Count::read(value) {
            Count::Absent => None,
            Count::Zero => Some(0),
            Count::Known(count) => Some(count),
            Count::Unreadable => {
                self.has_unreadable = true;
                None
            }
        }
    }

    /// Takes the counts of a later object of the same stream, which are cumulative: each replaces the earlier one, and
    /// none is added. Input grows while tools of the provider read more; it never shrinks.
    pub(super) fn merge(&mut self, later: &Self) {
        let mut merged = self.clone();
        let counts = [
            (&mut merged.uncached, later.uncached),
            (&mut merged.cache_read, later.cache_read),
            (&mut merged.cache_write, later.cache_write),
            (&mut merged.short_write, later.short_write),
            (&mut merged.long_write, later.long_write),
        ];
        for (count, later) in counts {
            *count = later.or(*count);
        }
        if merged.input() < self.input() {
            let Self { uncached, cache_read, cache_write, short_write, long_write, .. } = self.clone();
            merged = Self { uncached, cache_read, cache_write, short_write, long_write, ..merged };
        }
        merged.output = self.output.max(later.output);
        merged.thinking = self.thinking.max(later.thinking);
        merged.web_searches = self.web_searches.max(later.web_searches);
        merged.code_executions = self.code_executions.max(later.code_executions);
        merged.service_tier = later.service_tier.clone().or(merged.service_tier);
        merged.speed = later.speed.clone().or(merged.speed);
        merged.geography = later.geography.clone().or(merged.geography);
        merged.has_unreadable |= later.has_unreadable;
        merged.stated_cost = later.stated_cost.or(merged.stated_cost);
        *self = merged;
    }

    /// Whether the object says anything of the output.
    pub(super) fn has_output(&self) -> bool {
        self.output.is_some()
    }

    pub(super) fn is_without_output(&self) -> bool {
        self.output == Some(0)
    }

    /// All input, whatever the cache did with it.
    fn input(&self) -> Option<i64> {
        let counts = [self.uncached, self.cache_read, self.written()];
        counts.into_iter().flatten().reduce(i64::saturating_add)
    }

    /// The split may be missing, or not contain all.
    fn written(&self) -> Option<i64> {
        let split = [self.short_write, self.long_write].into_iter().flatten().reduce(i64::saturating_add);
        self.cache_write.max(split)
    }

    /// What is not known to be kept for an hour is kept for five minutes.
    pub(super) fn report(&self) -> UsageReport {
        let long_write = self.long_write.unwrap_or_default();
        let short_write = self.written().map(|written| written - long_write);
        UsageReport {
            input_tokens: self.input().filter(|count| *count > 0 && self.uncached.is_some()),
            output_tokens: self.output,
            cached_tokens: self.cache_read.filter(|count| *count > 0),
            cache_write_tokens: short_write.filter(|count| *count > 0),
            cache_write_long_tokens: Some(long_write).filter(|count| *count > 0),
            // Counted again, so it may exceed the whole by a few.
            reasoning_tokens: self.thinking.min(self.output).filter(|count| *count > 0),
            has_unreadable_counts: self.has_unreadable,
            stated_cost: self.stated_cost,
            ..UsageReport::default()
        }
    }
}
