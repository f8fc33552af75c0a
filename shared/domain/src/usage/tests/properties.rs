//! Properties of any report, however wrong.

use proptest::prelude::*;

use super::super::*;

fn any_count() -> impl Strategy<Value = Option<i64>> {
    prop_oneof![
        Just(None),
        Just(Some(0)),
        (1_i64..2_000).prop_map(Some),
        (1..=MAX_CREDIBLE_TOKENS).prop_map(Some)
    ]
}

prop_compose! {
    pub(crate) fn any_report()(
        counts in prop::array::uniform11(any_count()), has_rival_counts: bool, has_unreadable_counts: bool,
    ) -> UsageReport {
        let [input_tokens, output_tokens, total_tokens, cached_tokens, cache_write_tokens, audio_input_tokens,
            reasoning_tokens, audio_output_tokens, cache_write_long_tokens, cached_audio_tokens, image_output_tokens] = counts;
        UsageReport {
            // Zero input is never read.
            input_tokens: input_tokens.filter(|count| *count > 0),
            output_tokens, total_tokens: total_tokens.filter(|count| *count > 0), cached_tokens, cache_write_tokens,
            cache_write_long_tokens, audio_input_tokens, cached_audio_tokens, reasoning_tokens, audio_output_tokens,
            image_output_tokens, has_rival_counts, has_unreadable_counts, stated_cost: None,
        }
    }
}

/// Usage of ordinary size.
pub(crate) fn any_usage() -> impl Strategy<Value = Usage> {
    prop::array::uniform10(0_i64..2_000_000).prop_map(|counts| {
        let [
            input,
            output,
            cached,
            write,
            long_write,
            audio_input,
            cached_audio,
            reasoning,
            audio_output,
            image_output,
        ] = counts.map(Some);
        let report = UsageReport {
            input_tokens: input,
            output_tokens: output,
            cached_tokens: cached,
            cache_write_tokens: write,
            cache_write_long_tokens: long_write,
            audio_input_tokens: audio_input,
            cached_audio_tokens: cached_audio,
            reasoning_tokens: reasoning,
            audio_output_tokens: audio_output,
            image_output_tokens: image_output,
            ..UsageReport::default()
        };
        report.reading().0
    })
}

prop_compose! {
    fn any_answer()(
        text_bytes in 0_u64..5_000, is_final: bool, may_hide_output: bool, may_grow_input: bool, has_output: bool,
    ) -> Answer {
        Answer { text_bytes, is_final, may_hide_output, may_grow_input, has_output }
    }
}

prop_compose! {
    fn any_bound()(
        input_tokens in 1_i64..100_000, output_tokens in prop::option::of(0_i64..10_000), model_output_tokens in 1_i64..10_000,
    ) -> UsageBound {
        UsageBound { input_tokens, output_tokens, model_output_tokens }
    }
}

proptest! {
    #[test]
    fn any_reading_is_consistent_and_never_below_a_reported_count(report in any_report()) {
        let (usage, _) = report.reading();
        prop_assert!(usage.is_consistent(), "{usage:?}");
        prop_assert!(usage.input_tokens >= report.input_tokens.unwrap_or_default());
        prop_assert!(usage.output_tokens >= report.output_tokens.unwrap_or_default());
        prop_assert!(report.input_tokens.is_none() || usage.total_tokens() >= report.total_tokens.unwrap_or_default());
        prop_assert_eq!(usage.cached_tokens, report.cached_tokens.unwrap_or_default());
        prop_assert_eq!(usage.reasoning_tokens, report.reasoning_tokens.unwrap_or_default());
    }

    #[test]
    fn recorded_usage_covers_everything_that_was_seen(
        report in prop::option::of(any_report()), answer in any_answer(), bound in any_bound(),
    ) {
        let (usage, quality) = resolve(report.as_ref(), answer, bound);
        let known = report.unwrap_or_default();
        prop_assert!(usage.is_consistent(), "{usage:?}");
        prop_assert!(usage.input_tokens >= known.input_tokens.unwrap_or(bound.input_tokens));
        prop_assert!(usage.output_tokens >= known.output_tokens.unwrap_or_default());
        prop_assert!(usage.total_tokens() >= known.total_tokens.unwrap_or_default());
        if quality == UsageQuality::Exact {
            prop_assert_eq!(Some(usage.input_tokens), known.input_tokens);
            prop_assert!(!answer.has_output || (answer.is_final && Some(usage.output_tokens) == known.output_tokens));
        } else if answer.has_output && !answer.is_final {
            let shown = i64::try_from(answer.text_bytes).unwrap();
            prop_assert!(usage.output_tokens >= bound.output_tokens.map_or(shown, |output| output.min(shown)));
            prop_assert!(!answer.may_hide_output
                || usage.output_tokens >= bound.output_tokens.unwrap_or(bound.model_output_tokens));
        }
    }

    #[test]
    fn merging_never_loses_a_known_count(first in any_report(), second in any_report()) {
        let mut merged = first;
        merged.merge(&second);
        for (merged, first, second) in [
            (merged.input_tokens, first.input_tokens, second.input_tokens),
            (merged.output_tokens, first.output_tokens, second.output_tokens),
            (merged.cached_tokens, first.cached_tokens, second.cached_tokens),
            (merged.reasoning_tokens, first.reasoning_tokens, second.reasoning_tokens),
        ] {
            prop_assert_eq!(merged, second.filter(|count| *count > 0).or(first).or(second));
        }
    }
}
