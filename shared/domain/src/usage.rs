//! Token counts of one call: the provider's totals, and the parts of them that have their own price.

/// More tokens than any call can have. A larger number is an error of the provider.
pub const MAX_TOKENS: i64 = 1_000_000_000_000;

/// Totals as the provider reports them, with subsets. After [`Usage::clamped`] the four input buckets
/// (uncached, cached, cache write, audio) are disjoint and add up to `input_tokens`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    pub input_tokens: i64,
    pub cached_tokens: i64,
    pub cache_write_tokens: i64,
    pub audio_input_tokens: i64,
    pub output_tokens: i64,
    /// Included in `output_tokens` and priced as such; for reports only.
    pub reasoning_tokens: i64,
    pub audio_output_tokens: i64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UsageQuality {
    #[default]
    Exact,
    /// The provider's numbers contradicted each other and were corrected.
    Inconsistent,
}

impl Usage {
    /// Makes untrusted numbers consistent and reports whether any had to change.
    ///
    /// If the parts of the input exceed it, the most expensive keep their count: audio, then cache writes, then cached. The
    /// provider counts cached audio in both, so it is corrected here, too, and priced as audio.
    #[must_use]
    pub fn clamped(self) -> (Self, UsageQuality) {
        let input_tokens = self.input_tokens.clamp(0, MAX_TOKENS);
        let audio_input_tokens = self.audio_input_tokens.clamp(0, input_tokens);
        let cache_write_tokens = self.cache_write_tokens.clamp(0, input_tokens - audio_input_tokens);
        let cached_tokens =
            self.cached_tokens.clamp(0, input_tokens - audio_input_tokens - cache_write_tokens);
        let output_tokens = self.output_tokens.clamp(0, MAX_TOKENS);
        let clamped = Self {
            input_tokens,
            cached_tokens,
            cache_write_tokens,
            audio_input_tokens,
            output_tokens,
            reasoning_tokens: self.reasoning_tokens.clamp(0, output_tokens),
            audio_output_tokens: self.audio_output_tokens.clamp(0, output_tokens),
        };
        let quality = if clamped == self { UsageQuality::Exact } else { UsageQuality::Inconsistent };
        (clamped, quality)
    }

    /// The sum, as for several attempts of one call.
    #[must_use]
    pub fn plus(self, other: &Self) -> Self {
        Self {
            input_tokens: self.input_tokens + other.input_tokens,
            cached_tokens: self.cached_tokens + other.cached_tokens,
            cache_write_tokens: self.cache_write_tokens + other.cache_write_tokens,
            audio_input_tokens: self.audio_input_tokens + other.audio_input_tokens,
            output_tokens: self.output_tokens + other.output_tokens,
            reasoning_tokens: self.reasoning_tokens + other.reasoning_tokens,
            audio_output_tokens: self.audio_output_tokens + other.audio_output_tokens,
        }
    }

    pub fn is_consistent(&self) -> bool {
        self.clamped().1 == UsageQuality::Exact
    }

    /// Input at the plain input rate.
    pub fn uncached_tokens(&self) -> i64 {
        self.input_tokens - self.cached_tokens - self.cache_write_tokens - self.audio_input_tokens
    }

    /// Output at the plain output rate, including reasoning.
    pub fn text_output_tokens(&self) -> i64 {
        self.output_tokens - self.audio_output_tokens
    }

    pub fn total_tokens(&self) -> i64 {
        self.input_tokens + self.output_tokens
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_count() -> impl Strategy<Value = i64> {
        prop_oneof![-5_i64..2_000_000, any::<i64>()]
    }

    prop_compose! {
        pub(crate) fn any_report()(counts in prop::array::uniform7(any_count())) -> Usage {
            let [input_tokens, cached_tokens, cache_write_tokens, audio_input_tokens, output_tokens,
                reasoning_tokens, audio_output_tokens] = counts;
            Usage { input_tokens, cached_tokens, cache_write_tokens, audio_input_tokens, output_tokens,
                reasoning_tokens, audio_output_tokens }
        }
    }

    #[test]
    fn consistent_numbers_are_unchanged() {
        let usage = Usage {
            input_tokens: 100,
            cached_tokens: 60,
            cache_write_tokens: 20,
            output_tokens: 9,
            reasoning_tokens: 9,
            ..Usage::default()
        };
        assert_eq!(usage.clamped(), (usage, UsageQuality::Exact));
        assert_eq!(usage.uncached_tokens(), 20);
    }

    #[test]
    fn excess_parts_keep_the_most_expensive() {
        let usage = Usage {
            input_tokens: 100,
            cached_tokens: 80,
            cache_write_tokens: 15,
            audio_input_tokens: 90,
            ..Usage::default()
        };
        let (clamped, quality) = usage.clamped();
        assert_eq!(quality, UsageQuality::Inconsistent);
        assert_eq!(
            (clamped.audio_input_tokens, clamped.cache_write_tokens, clamped.cached_tokens),
            (90, 10, 0)
        );
    }

    proptest! {
        #[test]
        fn any_report_becomes_consistent(report in any_report()) {
            let (usage, quality) = report.clamped();
            prop_assert_eq!(quality == UsageQuality::Exact, usage == report);
            prop_assert!(usage.is_consistent());
            prop_assert!(usage.uncached_tokens() >= 0 && usage.text_output_tokens() >= 0);
            prop_assert_eq!(
                usage.uncached_tokens() + usage.cached_tokens + usage.cache_write_tokens + usage.audio_input_tokens,
                usage.input_tokens
            );
            prop_assert!(usage.total_tokens() <= 2 * MAX_TOKENS && usage.reasoning_tokens <= usage.output_tokens);
        }
    }
}
