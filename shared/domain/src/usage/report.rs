//! Usage as a provider reports it: which counts can be believed, how later reports replace earlier ones, and how counts
//! that contradict each other are read.

use super::{Usage, UsageQuality};
use crate::money::PicoUsd;

/// More tokens than any call has: a larger count is an error of the provider. Real calls stay below a tenth of it, even
/// with 128 choices of a model's largest output, or its whole context window read again in each of 128 tool rounds.
pub const MAX_CREDIBLE_TOKENS: i64 = 1_000_000_000;

/// The counts of a usage object, and the object itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedUsage {
    pub report: UsageReport,
    pub raw: String,
}

impl ReportedUsage {
    /// Takes the known counts of a later object. The raw text is that of the last object with counts.
    pub fn merge(&mut self, report: &UsageReport, raw: &str) {
        if report.has_counts() || !self.report.has_counts() {
            self.raw.clear();
            self.raw.push_str(raw);
        }
        self.report.merge(report);
    }
}

/// The counts of one usage object, or of all objects of a stream merged. `None` is unknown, which is never 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UsageReport {
    /// All input, the cached part included.
    pub input_tokens: Option<i64>,
    /// All output. Zero is possible, but [`super::resolve`] believes it only of an answer without text.
    pub output_tokens: Option<i64>,
    /// Both, if the object that reported the counts above has such a sum.
    pub total_tokens: Option<i64>,
    /// Without `cached_audio_tokens`.
    pub cached_tokens: Option<i64>,
    /// Without `cache_write_long_tokens`.
    pub cache_write_tokens: Option<i64>,
    pub cache_write_long_tokens: Option<i64>,
    /// Without `cached_audio_tokens`; audio that a provider reports only among all cached tokens may be included.
    pub audio_input_tokens: Option<i64>,
    pub cached_audio_tokens: Option<i64>,
    pub reasoning_tokens: Option<i64>,
    pub audio_output_tokens: Option<i64>,
    pub image_output_tokens: Option<i64>,
    /// An object gave two different numbers for one total.
    pub has_rival_counts: bool,
    /// A member that must be a count was something else, such as a negative number or a text.
    pub has_unreadable_counts: bool,
    /// What the upstream says that the answer costs.
    pub stated_cost: Option<ReportedCost>,
}

/// A cost as an upstream states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportedCost {
    Known(PicoUsd),
    /// Something that no call costs, such as a negative number or a text.
    Unreadable,
}

impl ReportedCost {
    pub fn known(self) -> Option<PicoUsd> {
        match self {
            Self::Known(cost) => Some(cost),
            Self::Unreadable => None,
        }
    }
}

impl From<Option<PicoUsd>> for ReportedCost {
    fn from(read: Option<PicoUsd>) -> Self {
        read.map_or(Self::Unreadable, Self::Known)
    }
}

impl UsageReport {
    /// A count that can be true: positive and credible. Zero, negative and excessive numbers are unknown.
    pub fn believable(count: i64) -> Option<i64> {
        (1..=MAX_CREDIBLE_TOKENS).contains(&count).then_some(count)
    }

    /// Whether anything is known of what the call used.
    pub fn has_counts(&self) -> bool {
        self.input_tokens.is_some() || self.output_tokens.is_some_and(|count| count > 0)
    }

    /// Takes each count of a later report that is known, and keeps the others.
    pub fn merge(&mut self, later: &Self) {
        let has_totals = later.has_counts();
        replace(&mut self.input_tokens, later.input_tokens);
        replace(&mut self.output_tokens, later.output_tokens);
        replace(&mut self.cached_tokens, later.cached_tokens);
        replace(&mut self.cache_write_tokens, later.cache_write_tokens);
        replace(&mut self.cache_write_long_tokens, later.cache_write_long_tokens);
        replace(&mut self.audio_input_tokens, later.audio_input_tokens);
        replace(&mut self.cached_audio_tokens, later.cached_audio_tokens);
        replace(&mut self.reasoning_tokens, later.reasoning_tokens);
        replace(&mut self.audio_output_tokens, later.audio_output_tokens);
        replace(&mut self.image_output_tokens, later.image_output_tokens);
        self.stated_cost = later.stated_cost.or(self.stated_cost);
        if has_totals {
            // A sum and rival counts say nothing about counts that have been replaced.
            self.total_tokens = later.total_tokens;
            self.has_rival_counts = later.has_rival_counts;
            self.has_unreadable_counts = later.has_unreadable_counts;
        }
    }

    /// The counts that are known, unknown ones as zero, each contradiction resolved to the larger reading.
    pub fn reading(&self) -> (Usage, UsageQuality) {
        let mut is_exact = !self.has_unreadable_counts;
        let (input_tokens, output_tokens) = self.totals(&mut is_exact);
        // Cached audio may be counted both as cached and as audio. All other audio is assumed to be uncached: the most
        // expensive split that the counts allow.
        let uncached = input_tokens - self.cache_tokens();
        let usage = Usage {
            input_tokens,
            cached_tokens: self.cached_tokens.unwrap_or_default(),
            cache_write_tokens: self.cache_write_tokens.unwrap_or_default(),
            cache_write_long_tokens: self.cache_write_long_tokens.unwrap_or_default(),
            audio_input_tokens: self.audio_input_tokens.unwrap_or_default().min(uncached),
            cached_audio_tokens: self.cached_audio_tokens.unwrap_or_default(),
            output_tokens,
            reasoning_tokens: self.reasoning_tokens.unwrap_or_default(),
            audio_output_tokens: self.audio_output_tokens.unwrap_or_default(),
            image_output_tokens: self.image_output_tokens.unwrap_or_default(),
        };
        (usage, if is_exact { UsageQuality::Exact } else { UsageQuality::Estimated })
    }

    /// Read from the cache or written to it.
    fn cache_tokens(&self) -> i64 {
        [self.cached_tokens, self.cache_write_tokens, self.cache_write_long_tokens, self.cached_audio_tokens]
            .into_iter()
            .flatten()
            .sum()
    }

    /// Input and output, enlarged where parts or the sum show that they are not all.
    fn totals(&self, is_exact: &mut bool) -> (i64, i64) {
        let mut input = self.input_tokens.unwrap_or_default();
        let mut output = self.output_tokens.unwrap_or_default();
        let cache = self.cache_tokens();
        // Parts that exceed their total are not included in it.
        for (total, part) in [(&mut input, cache), (&mut output, self.reasoning_tokens.unwrap_or_default())] {
            if part > *total {
                *total += part;
                *is_exact = false;
            }
        }
        let media_output =
            self.audio_output_tokens.unwrap_or_default() + self.image_output_tokens.unwrap_or_default();
        let audio_input = self.audio_input_tokens.unwrap_or_default();
        for (total, part) in [(&mut input, audio_input), (&mut output, media_output)] {
            if part > *total {
                *total += part;
                *is_exact = false;
            }
        }
        // Without known input, the rest of the sum may be input.
        let total = self.total_tokens.filter(|_| self.input_tokens.is_some());
        match total.map(|total| total - input - output) {
            Some(0) => {}
            Some(hidden) => {
                *is_exact = false;
                output += hidden.max(0);
            }
            None => *is_exact &= !self.has_rival_counts,
        }
        (input, output)
    }
}

fn replace(count: &mut Option<i64>, later: Option<i64>) {
    if later.is_some_and(|later| later > 0) || count.is_none() {
        *count = later.or(*count);
    }
}
