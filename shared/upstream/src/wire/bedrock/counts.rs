//! Bedrock's counts, by the names that Converse, Invoke and its headers have for them. Input that was read from or written
//! to the cache is counted beside the other.

use domain::usage::{ReportedUsage, UsageReport};
use http::HeaderMap;

use super::field;
use crate::json::{as_present, as_str, read_array, read_object};
use crate::wire::count::Count;

/// Counts as they are reported. `None` is unknown, which is never 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    uncached: Option<i64>,
    cache_read: Option<i64>,
    /// Written to the cache for any time.
    cache_write: Option<i64>,
    /// Of those, for an hour.
    long_write: Option<i64>,
    output: Option<i64>,
    has_unreadable: bool,
}

impl Counts {
    /// `None` if the text is not an object.
    pub(super) fn read(object: &str) -> Option<Self> {
        let mut counts = Self::default();
        for member in read_object(object)?.members {
            let Some(value) = as_present(member.value) else { continue };
            match member.key.as_ref() {
                "inputTokens" | "inputTokenCount" => counts.uncached = counts.count(value),
                "outputTokens" | "outputTokenCount" => counts.output = counts.count(value),
                "cacheReadInputTokens" | "cacheReadInputTokenCount" => {
                    counts.cache_read = counts.count(value).or(counts.cache_read);
                }
                "cacheWriteInputTokens" | "cacheWriteInputTokenCount" => {
                    counts.cache_write = counts.count(value).or(counts.cache_write);
                }
                "cacheDetails" => counts.long_write = counts.long_writes(value),
                _ => {}
            }
        }
        Some(counts)
    }

    /// The counts in the headers of an Invoke; `None` if there are none.
    pub(super) fn of_headers(headers: &HeaderMap) -> Option<Self> {
        let mut counts = Self::default();
        let mut count = |name: &str| counts.count(headers.get(name)?.to_str().ok()?.trim());
        let uncached = count("x-amzn-bedrock-input-token-count");
        let output = count("x-amzn-bedrock-output-token-count");
        let cache_read = count("x-amzn-bedrock-cache-read-input-token-count");
        let cache_write = count("x-amzn-bedrock-cache-write-input-token-count");
        let counts = Self { uncached, cache_read, cache_write, output, ..counts };
        (uncached.is_some() || output.is_some()).then_some(counts)
    }

    fn long_writes(&mut self, details: &str) -> Option<i64> {
        let mut long = None;
        for detail in read_array(details) {
            let members = read_object(detail).map(|detail| detail.members).unwrap_or_default();
            let is_long = field(&members, "ttl").and_then(as_str).is_some_and(|ttl| ttl != "5m");
            if let Some(count) =
                field(&members, "inputTokens").filter(|_| is_long).and_then(|value| self.count(value))
            {
                long = Some(count.saturating_add(long.unwrap_or_default()));
            }
        }
        long
    }

    fn count(&mut self, value: &str) -> Option<i64> {
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

    /// A model that generates no text reports no output.
    pub(super) fn set_without_output(&mut self) {
        self.output = self.output.or(Some(0));
    }

    pub(super) fn has_output(&self) -> bool {
        self.output.is_some()
    }

    pub(super) fn report(&self) -> UsageReport {
        let beside = [self.cache_read, self.cache_write.max(self.long_write)];
        let input =
            beside.into_iter().flatten().fold(self.uncached, |sum, count| Some(sum?.saturating_add(count)));
        let long_write = self.long_write.unwrap_or_default();
        let short_write = self.cache_write.map(|written| written - long_write);
        UsageReport {
            input_tokens: input.filter(|count| *count > 0),
            output_tokens: self.output,
            cached_tokens: self.cache_read.filter(|count| *count > 0),
            cache_write_tokens: short_write.filter(|count| *count > 0),
            cache_write_long_tokens: Some(long_write).filter(|count| *count > 0),
            has_unreadable_counts: self.has_unreadable,
            ..UsageReport::default()
        }
    }

    pub(super) fn reported(&self, raw: &str) -> ReportedUsage {
        ReportedUsage { report: self.report(), raw: raw.to_owned() }
    }

    /// As an object, for counts that were none.
    pub(super) fn to_json(&self) -> String {
        let counts = [
            ("inputTokens", self.uncached),
            ("outputTokens", self.output),
            ("cacheReadInputTokens", self.cache_read),
            ("cacheWriteInputTokens", self.cache_write),
        ];
        let known = counts.into_iter().filter_map(|(name, count)| Some(format!("\"{name}\":{}", count?)));
        format!("{{{}}}", known.collect::<Vec<_>>().join(","))
    }
}
