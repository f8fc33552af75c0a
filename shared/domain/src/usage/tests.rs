//! Reading, merging and resolving reports.

mod properties;

use super::*;

pub(crate) use properties::{any_report, any_usage};

fn report(input: i64, output: i64) -> UsageReport {
    UsageReport { input_tokens: Some(input), output_tokens: Some(output), ..UsageReport::default() }
}

const ANSWER: Answer = Answer {
    text_bytes: 40,
    is_final: true,
    may_hide_output: false,
    may_grow_input: false,
    has_output: true,
};
const BOUND: UsageBound = UsageBound { input_tokens: 900, output_tokens: None, model_output_tokens: 16_000 };

/// Input, output, and whether it is an estimate.
fn resolved(report: UsageReport, answer: Answer) -> (i64, i64, bool) {
    let (usage, quality) = resolve(Some(&report), answer, BOUND);
    (usage.input_tokens, usage.output_tokens, quality == UsageQuality::Estimated)
}

#[test]
fn only_positive_and_credible_counts_are_believed() {
    for unknown in [i64::MIN, -1, 0, MAX_CREDIBLE_TOKENS + 1, i64::MAX] {
        assert_eq!(UsageReport::believable(unknown), None, "{unknown}");
    }
    for known in [1, MAX_CREDIBLE_TOKENS] {
        assert_eq!(UsageReport::believable(known), Some(known));
    }
}

#[test]
fn later_known_counts_replace_earlier_ones_and_unknown_never_do() {
    let mut merged = UsageReport { total_tokens: Some(26), ..report(25, 1) };
    merged.merge(&UsageReport { output_tokens: Some(12), ..UsageReport::default() });
    assert_eq!(resolved(merged, ANSWER), (25, 12, false));
    merged.merge(&UsageReport { output_tokens: Some(0), ..UsageReport::default() });
    merged.merge(&UsageReport { has_unreadable_counts: true, ..UsageReport::default() });
    assert_eq!(resolved(merged, ANSWER), (25, 12, false));
}

#[test]
fn larger_reading_of_a_contradiction_wins_and_is_flagged() {
    for (found, expected) in [
        (UsageReport { total_tokens: Some(1016), ..report(20, 424) }, (20, 996, true)),
        (
            UsageReport { total_tokens: Some(351), reasoning_tokens: Some(310), ..report(32, 9) },
            (32, 319, true),
        ),
        (UsageReport { total_tokens: Some(30), ..report(32, 9) }, (32, 9, true)),
        (UsageReport { has_rival_counts: true, ..report(32, 9) }, (32, 9, true)),
        // The sum decides between the two.
        (UsageReport { has_rival_counts: true, total_tokens: Some(41), ..report(32, 9) }, (32, 9, false)),
        (
            UsageReport { cached_tokens: Some(80), cache_write_tokens: Some(5), ..report(32, 9) },
            (117, 9, true),
        ),
        (UsageReport { audio_input_tokens: Some(40), ..report(32, 9) }, (72, 9, true)),
        (UsageReport { audio_output_tokens: Some(10), ..report(32, 9) }, (32, 19, true)),
    ] {
        assert_eq!(resolved(found, ANSWER), expected, "{found:?}");
        assert!(found.reading().0.is_consistent(), "{found:?}");
    }
}

#[test]
fn cached_audio_counts_as_cached_and_the_rest_as_audio() {
    let overlapping = UsageReport { audio_input_tokens: Some(80), cached_tokens: Some(64), ..report(100, 9) };
    let (usage, quality) = overlapping.reading();
    assert_eq!((usage.cached_tokens, usage.audio_input_tokens, usage.uncached_tokens()), (64, 36, 0));
    assert_eq!(quality, UsageQuality::Exact);
    let disjoint = UsageReport { audio_input_tokens: Some(30), cached_tokens: Some(64), ..report(100, 9) };
    let (usage, _) = disjoint.reading();
    assert_eq!((usage.cached_tokens, usage.audio_input_tokens, usage.uncached_tokens()), (64, 30, 6));
}

#[test]
fn missing_input_is_its_bound_and_missing_output_at_least_the_text() {
    let none = UsageReport::default();
    assert_eq!(resolved(none, ANSWER), (900, 40, true));
    assert_eq!(resolved(UsageReport { output_tokens: Some(7), ..none }, ANSWER), (900, 40, true));
    assert_eq!(resolved(UsageReport { output_tokens: Some(70), ..none }, ANSWER), (900, 70, true));
    assert_eq!(resolved(report(25, 0), ANSWER), (25, 40, true));
    // The rest of a sum may be the unknown input, or the unknown output.
    let total = |report| UsageReport { total_tokens: Some(1_000), ..report };
    assert_eq!(resolved(total(UsageReport { output_tokens: Some(7), ..none }), ANSWER), (993, 40, true));
    assert_eq!(resolved(total(UsageReport { input_tokens: Some(25), ..none }), ANSWER), (25, 975, true));
    // Without text there may be no output.
    assert_eq!(resolved(report(25, 0), Answer { text_bytes: 0, ..ANSWER }), (25, 0, false));
    let cached = UsageReport { cached_tokens: Some(64), output_tokens: Some(7), ..none };
    assert_eq!(resolve(Some(&cached), ANSWER, BOUND).0.cached_tokens, 0);
}

#[test]
fn counts_that_are_not_final_are_a_lower_bound() {
    let cut = Answer { is_final: false, ..ANSWER };
    assert_eq!(resolved(report(25, 1), cut), (25, 40, true));
    assert_eq!(resolved(report(25, 70), cut), (25, 70, true));
    assert_eq!(resolved(report(25, 1), Answer { may_grow_input: true, ..cut }), (900, 40, true));
    assert_eq!(resolved(report(25, 1), Answer { may_hide_output: true, ..cut }), (25, 16_000, true));
}

#[test]
fn output_that_may_be_hidden_is_its_bound() {
    let hiding = Answer { text_bytes: 0, is_final: false, may_hide_output: true, ..ANSWER };
    let bound = UsageBound { output_tokens: Some(4000), ..BOUND };
    let (usage, quality) = resolve(None, hiding, bound);
    assert_eq!((usage.input_tokens, usage.output_tokens, quality), (900, 4000, UsageQuality::Estimated));
    assert_eq!(resolve(None, hiding, BOUND).0.output_tokens, 16_000);
    // A final count includes hidden output.
    assert_eq!(
        resolved(UsageReport { input_tokens: None, ..report(0, 50) }, Answer { is_final: true, ..hiding }).1,
        50
    );
}

#[test]
fn text_beyond_the_admitted_bound_does_not_raise_an_estimate() {
    let bound = UsageBound { output_tokens: Some(10), ..BOUND };
    assert_eq!(resolve(None, ANSWER, bound).0.output_tokens, 10);
    assert_eq!(
        resolve(Some(&report(5, 12)), Answer { is_final: false, ..ANSWER }, bound).0.output_tokens,
        12
    );
}

#[test]
fn embeddings_have_no_output() {
    let embedding = Answer { has_output: false, text_bytes: 0, ..ANSWER };
    let found = UsageReport { input_tokens: Some(8), total_tokens: Some(8), ..UsageReport::default() };
    assert_eq!(resolved(found, embedding), (8, 0, false));
    assert_eq!(resolved(UsageReport { total_tokens: Some(20), ..found }, embedding), (20, 0, true));
    assert_eq!(resolved(UsageReport { total_tokens: None, ..found }, embedding), (8, 0, false));
    assert_eq!(resolved(UsageReport::default(), embedding), (900, 0, true));
}

#[test]
fn models_that_reason_speak_or_are_unknown_may_hide_output() {
    for model in
        ["gpt-4o", "gpt-4o-mini-2024-07-18", "gpt-4.1", "gpt-3.5-turbo", "openai/gpt-4o", "ft:gpt-4o-mini:x"]
    {
        assert!(shows_all_output(model), "{model}");
    }
    for model in [
        "gpt-5.6",
        "o3",
        "gpt-audio",
        "gpt-4o-audio-preview",
        "gpt-4o-search-preview",
        "claude-5",
        "my-gpt-4",
        "",
    ] {
        assert!(!shows_all_output(model), "{model}");
    }
}
