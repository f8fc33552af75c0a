use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate};

use super::*;
use crate::money::PicoUsdSum;
use crate::provider::Provider;

fn ledger(calls: i64, tokens: i64, cost: i128) -> LedgerSums {
    LedgerSums {
        calls,
        attempts: calls,
        input_tokens: tokens,
        output_tokens: calls,
        cost: Some(PicoUsdSum::from_pico(cost)),
        ..LedgerSums::ZERO
    }
}

fn provider(calls: i64, tokens: i64, cost: i128) -> ProviderSums {
    ProviderSums {
        calls,
        input_tokens: tokens,
        cached_tokens: 0,
        output_tokens: calls,
        cost: Some(PicoUsdSum::from_pico(cost)),
    }
}

fn facts(ledger: LedgerSums, provider: ProviderSums) -> DifferenceFacts {
    DifferenceFacts {
        ledger,
        provider,
        moved: LedgerSums::ZERO,
        is_final: true,
        tiers_differ: false,
        counts_calls: true,
    }
}

const USD: i128 = 1_000_000_000_000;
const UNGROUPED: ReconcileGroups = ReconcileGroups { by_model: false, by_key: false };
const BY_MODEL: ReconcileGroups = ReconcileGroups { by_model: true, by_key: false };
const BY_MODEL_AND_KEY: ReconcileGroups = ReconcileGroups { by_model: true, by_key: true };

#[test]
fn each_difference_has_its_likely_cause() {
    use DifferenceCause::{
        Boundary, EstimatedRows, NotThroughUs, NotYetFinal, PriceDiffers, TierDiffers, Unexplained, Unpriced,
    };
    let equal = facts(ledger(5, 100, USD), provider(5, 100, USD));
    let more = facts(ledger(5, 100, USD), provider(7, 140, 2 * USD));
    let less = facts(ledger(5, 100, USD), provider(4, 80, USD));
    let dearer = facts(ledger(5, 100, USD), provider(5, 100, 2 * USD));
    let estimated = |facts: DifferenceFacts| DifferenceFacts {
        ledger: LedgerSums { estimated_calls: 1, ..facts.ledger },
        ..facts
    };
    let unpriced = |facts: DifferenceFacts| DifferenceFacts {
        ledger: LedgerSums { unpriced_calls: 1, ..facts.ledger },
        ..facts
    };
    let recent = |facts: DifferenceFacts| DifferenceFacts { is_final: false, ..facts };
    let moved = |facts: DifferenceFacts, calls, tokens, cost| DifferenceFacts {
        moved: ledger(calls, tokens, cost),
        ..facts
    };
    let failed = LedgerSums { calls: 6, failed_calls: 1, attempts: 6, ..equal.ledger };
    let silent = ProviderSums { cost: None, ..equal.provider };
    let unknown = LedgerSums { unpriced_calls: 5, cost: None, ..equal.ledger };
    for (facts, expected) in [
        (equal, vec![]),
        (recent(equal), vec![]),
        (estimated(equal), vec![]),
        (more, vec![NotThroughUs]),
        (recent(more), vec![NotYetFinal, NotThroughUs]),
        (estimated(more), vec![EstimatedRows, NotThroughUs]),
        (less, vec![Unexplained]),
        (recent(less), vec![NotYetFinal, Unexplained]),
        (estimated(less), vec![EstimatedRows]),
        (dearer, vec![PriceDiffers]),
        (recent(dearer), vec![NotYetFinal, PriceDiffers]),
        (unpriced(dearer), vec![Unpriced]),
        (unpriced(equal), vec![]),
        (DifferenceFacts { tiers_differ: true, ..dearer }, vec![TierDiffers]),
        (DifferenceFacts { tiers_differ: true, ..equal }, vec![TierDiffers]),
        (moved(more, 2, 40, USD), vec![Boundary]),
        (moved(less, -1, -20, 0), vec![Boundary]),
        (moved(less, -1, -20, -USD), vec![Boundary, PriceDiffers]),
        (moved(more, 1, 20, USD), vec![Boundary, NotThroughUs]),
        (moved(more, -1, -20, -USD), vec![NotThroughUs]),
        (facts(failed, equal.provider), vec![]),
        (facts(equal.ledger, silent), vec![]),
        (facts(unknown, equal.provider), vec![Unpriced]),
        (facts(equal.ledger, provider(5, 101, USD)), vec![NotThroughUs]),
    ] {
        assert_eq!(likely_causes(&facts), expected, "{facts:?}");
    }
}

#[test]
fn failed_calls_of_unknown_cost_explain_as_many_calls_and_no_more() {
    use DifferenceCause::{Boundary, FailedMayBeBilled, NotThroughUs, Unpriced};
    let with = |failed_calls, unpriced_calls| LedgerSums {
        calls: 5 + failed_calls,
        attempts: 5 + failed_calls,
        failed_calls,
        unpriced_calls,
        ..ledger(5, 100, USD)
    };
    for (ledger, more_calls, expected) in [
        (with(7, 7), 7, vec![FailedMayBeBilled, Unpriced]),
        (with(7, 7), 1, vec![FailedMayBeBilled, Unpriced]),
        (with(7, 7), 8, vec![FailedMayBeBilled, NotThroughUs, Unpriced]),
        // Refused calls, whose cost is known to be 0, and unpriced calls that did not fail.
        (with(7, 0), 7, vec![NotThroughUs]),
        (with(0, 5), 5, vec![NotThroughUs, Unpriced]),
        (with(7, 2), 3, vec![FailedMayBeBilled, NotThroughUs, Unpriced]),
    ] {
        let provider = provider(5 + more_calls, 100 + 20 * more_calls, 2 * USD);
        assert_eq!(likely_causes(&facts(ledger, provider)), expected, "{ledger:?} {more_calls}");
    }
    // A failed call that the ledger has on the day after.
    let moved = LedgerSums { calls: 2, attempts: 2, failed_calls: 1, unpriced_calls: 1, ..ledger(1, 20, 0) };
    let facts = DifferenceFacts { moved, ..facts(ledger(5, 100, USD), provider(7, 140, USD)) };
    assert_eq!(likely_causes(&facts), [Boundary, FailedMayBeBilled]);
}

#[test]
fn earlier_attempts_explain_as_many_requests_and_no_more() {
    use DifferenceCause::{
        Boundary, EarlierAttempts, FailedMayBeBilled, NotThroughUs, PriceDiffers, Unpriced,
    };
    let with = |earlier: i64| LedgerSums { attempts: 5 + earlier, ..ledger(5, 100, USD) };
    for (ledger, provider, expected) in [
        // The usage of a failed attempt is known: only the request is counted twice.
        (with(1), ProviderSums { calls: 6, ..provider(5, 100, USD) }, vec![EarlierAttempts]),
        // It was lost, and billed.
        (with(1), provider(6, 120, 2 * USD), vec![EarlierAttempts]),
        (with(2), provider(6, 120, 2 * USD), vec![EarlierAttempts]),
        (with(1), provider(7, 140, 2 * USD), vec![EarlierAttempts, NotThroughUs]),
        (with(0), provider(6, 120, 2 * USD), vec![NotThroughUs]),
        // The provider refused them: both sides agree on the requests.
        (with(3), provider(5, 100, USD), vec![]),
        (with(3), provider(5, 100, 2 * USD), vec![PriceDiffers]),
    ] {
        assert_eq!(likely_causes(&facts(ledger, provider)), expected, "{ledger:?} {provider:?}");
    }
    // Two attempts of a failed call, and both were lost.
    let failed =
        LedgerSums { calls: 6, failed_calls: 1, unpriced_calls: 1, attempts: 7, ..ledger(5, 100, USD) };
    let lost = facts(failed, provider(7, 140, 2 * USD));
    assert_eq!(likely_causes(&lost), [FailedMayBeBilled, EarlierAttempts, Unpriced]);
    let moved = LedgerSums { attempts: 2, ..ledger(1, 20, 0) };
    let moved = DifferenceFacts { moved, ..facts(ledger(5, 100, USD), provider(7, 140, USD)) };
    assert_eq!(likely_causes(&moved), [Boundary, EarlierAttempts]);
}

#[test]
fn cost_of_nothing_but_unpriced_calls_is_unknown() {
    let row = |ledger: Vec<LedgerSums>| {
        let ledger = ledger.into_iter().map(|sums| our_line(1, "m", None, sums)).collect();
        let input = ReconcileInput { ledger, days: fetched(&[1]), ..ReconcileInput::default() };
        compare(&input, day(1)..day(2), BY_MODEL)[0].ledger.unwrap().cost.map(PicoUsdSum::as_pico)
    };
    let unpriced = LedgerSums { unpriced_calls: 1, cost: None, ..ledger(1, 10, 0) };
    // Its correction, which leaves the cost unknown, is a line of its own if another tier served it.
    let correction = ledger(0, -3, 0);
    assert_eq!(row(vec![unpriced]), None);
    assert_eq!(row(vec![unpriced, correction]), None);
    assert_eq!(row(vec![correction]), Some(0));
    assert_eq!(row(vec![unpriced, ledger(1, 10, 0)]), Some(0), "one is free");
    assert_eq!(row(vec![unpriced, ledger(1, 10, 5)]), Some(5));
}

#[test]
fn costs_within_the_tolerance_are_equal() {
    let cost =
        |difference| likely_causes(&facts(ledger(1, 1, 100 * USD), provider(1, 1, 100 * USD + difference)));
    assert_eq!(cost(101_000_000), []);
    assert_eq!(cost(-102_000_000), [DifferenceCause::PriceDiffers]);
}

fn day(number: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, number).unwrap()
}

fn our_line(number: u32, model: &str, tier: Option<&str>, ledger: LedgerSums) -> LedgerLine {
    LedgerLine {
        day: day(number),
        model: Some(model.to_owned()),
        service_tier: tier.map(str::to_owned),
        sums: ledger,
    }
}

fn their_line(
    number: u32,
    model: &str,
    key: Option<&str>,
    tier: Option<&str>,
    provider: ProviderSums,
) -> ProviderLine {
    let (model, service_tier) = (Some(model.to_owned()), tier.map(str::to_owned));
    let api_key_id = key.map(str::to_owned);
    ProviderLine { day: day(number), model, api_key_id, service_tier, sums: provider }
}

fn fetched(days: &[u32]) -> BTreeMap<NaiveDate, FetchedDay> {
    let fetched = FetchedDay { fetched_at: DateTime::UNIX_EPOCH, is_final: true, has_costs: true };
    days.iter().map(|number| (day(*number), fetched)).collect()
}

fn shown(rows: &[ReconcileRow]) -> String {
    let row = |row: &ReconcileRow| {
        let name = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        let calls = |calls: Option<i64>| calls.map_or_else(|| "?".to_owned(), |calls| calls.to_string());
        format!(
            "{} {} {} {}:{} {:?}",
            row.day,
            name(&row.model),
            name(&row.api_key_id),
            calls(row.ledger.map(|ledger| ledger.calls)),
            calls(row.provider.map(|provider| provider.calls)),
            row.causes
        )
    };
    rows.iter().map(row).collect::<Vec<_>>().join("\n")
}

#[test]
fn models_match_by_served_version_and_tiers_are_compared() {
    let input = ReconcileInput {
        ledger: vec![
            our_line(1, "gpt-4o-2024-08-06", Some("default"), ledger(3, 30, USD)),
            // Abandoned: the served model is unknown, and there is only one version.
            our_line(1, "gpt-4o", None, LedgerSums { estimated_calls: 1, ..ledger(1, 10, USD) }),
            our_line(1, "o3-2025-04-16", Some("priority"), ledger(1, 10, USD)),
            our_line(1, "left-alone", None, ledger(1, 1, USD)),
        ],
        usage: vec![
            their_line(1, "gpt-4o-2024-08-06", None, None, provider(4, 40, 0)),
            their_line(1, "o3-2025-04-16", None, Some("default"), provider(1, 10, 0)),
        ],
        costs: vec![
            (day(1), Some("gpt-4o-2024-08-06".to_owned()), PicoUsdSum::from_pico(USD)),
            (day(1), Some("gpt-4o-2024-08-06".to_owned()), PicoUsdSum::from_pico(USD)),
            (day(1), Some("o3-2025-04-16".to_owned()), PicoUsdSum::from_pico(USD)),
            (day(1), Some("web search tool calls".to_owned()), PicoUsdSum::from_pico(USD)),
        ],
        days: fetched(&[1]),
        ..ReconcileInput::default()
    };
    let rows = compare(&input, day(1)..day(2), BY_MODEL);
    insta::assert_snapshot!(shown(&rows), @"
    2026-11-01 gpt-4o-2024-08-06 - 4:4 []
    2026-11-01 left-alone - 1:0 [Unexplained]
    2026-11-01 o3-2025-04-16 - 1:1 [TierDiffers]
    2026-11-01 web search tool calls - 0:0 [NotThroughUs]
    ");
}

#[test]
fn days_never_fetched_are_unknown_and_not_zero() {
    let input = ReconcileInput {
        ledger: vec![LedgerLine { model: None, ..our_line(2, "", None, ledger(1, 1, USD)) }],
        days: fetched(&[1]),
        ..ReconcileInput::default()
    };
    let rows = compare(&input, day(1)..day(4), UNGROUPED);
    insta::assert_snapshot!(shown(&rows), @"
    2026-11-01 - - 0:0 []
    2026-11-02 - - 1:? [NotFetched]
    2026-11-03 - - 0:? [NotFetched]
    ");
    assert_eq!(rows[1].difference(), None);
}

#[test]
fn ledger_is_attributed_to_a_key_only_if_there_is_just_one() {
    let lines = |keys: &[&str]| ReconcileInput {
        ledger: vec![our_line(1, "m", None, ledger(1, 1, USD))],
        usage: keys.iter().map(|key| their_line(1, "m", Some(key), None, provider(1, 1, 0))).collect(),
        days: BTreeMap::from([(
            day(1),
            FetchedDay { fetched_at: DateTime::UNIX_EPOCH, is_final: true, has_costs: false },
        )]),
        ..ReconcileInput::default()
    };
    let rows = |keys: &[&str]| shown(&compare(&lines(keys), day(1)..day(2), BY_MODEL_AND_KEY));
    insta::assert_snapshot!(rows(&["key_a"]), @"2026-11-01 m key_a 1:1 []");
    insta::assert_snapshot!(rows(&["key_a", "key_b"]), @"
    2026-11-01 m - 1:? [KeyUnknown]
    2026-11-01 m key_a ?:1 [KeyUnknown]
    2026-11-01 m key_b ?:1 [KeyUnknown]
    ");
}

#[test]
fn calls_around_midnight_are_a_boundary_difference() {
    let line = |number, ledger| LedgerLine { model: None, ..our_line(number, "", None, ledger) };
    let their =
        |number, provider| ProviderLine { model: None, ..their_line(number, "", None, None, provider) };
    let input = ReconcileInput {
        ledger: vec![line(1, ledger(2, 20, 0)), line(2, ledger(3, 30, 0))],
        moved: vec![line(2, ledger(1, 10, 0))],
        usage: vec![their(1, provider(3, 30, 0)), their(2, provider(2, 20, 0))],
        days: fetched(&[1, 2]),
        ..ReconcileInput::default()
    };
    insta::assert_snapshot!(shown(&compare(&input, day(1)..day(3), UNGROUPED)), @"
    2026-11-01 - - 2:3 [Boundary]
    2026-11-02 - - 3:2 [Boundary]
    ");
}

#[test]
fn tokens_alone_are_compared_where_the_provider_counts_no_calls() {
    use DifferenceCause::{Boundary, FailedMayBeBilled, NotThroughUs, Unexplained};
    let of = |ledger, provider| DifferenceFacts { counts_calls: false, ..facts(ledger, provider) };
    let without_calls =
        |input_tokens, output_tokens| ProviderSums { input_tokens, output_tokens, ..provider(0, 0, USD) };
    let ours = ledger(5, 100, USD);
    assert_eq!(likely_causes(&of(ours, without_calls(100, 5))), []);
    assert_eq!(likely_causes(&of(ours, without_calls(140, 5))), [NotThroughUs]);
    assert_eq!(likely_causes(&of(ours, without_calls(90, 5))), [Unexplained]);
    let moved = DifferenceFacts { moved: ledger(1, 40, 0), ..of(ours, without_calls(140, 6)) };
    assert_eq!(likely_causes(&moved), [Boundary]);
    let failed = LedgerSums { calls: 6, failed_calls: 1, unpriced_calls: 1, ..ours };
    assert!(likely_causes(&of(failed, without_calls(140, 5))).contains(&FailedMayBeBilled));
}

#[test]
fn tiers_are_not_compared_where_the_provider_names_none() {
    let input = |name: &Provider| ReconcileInput {
        reported: ReportedFigures::of(name),
        ledger: vec![our_line(1, "m", Some("us"), ledger(1, 10, USD))],
        usage: vec![their_line(1, "m", None, None, provider(1, 10, 0))],
        costs: vec![(day(1), Some("m".to_owned()), PicoUsdSum::from_pico(USD))],
        days: fetched(&[1]),
        ..ReconcileInput::default()
    };
    let rows = |name| shown(&compare(&input(name), day(1)..day(2), BY_MODEL));
    insta::assert_snapshot!(rows(&Provider::OPENAI), @"2026-11-01 m - 1:1 [TierDiffers]");
    insta::assert_snapshot!(rows(&Provider::ANTHROPIC), @"2026-11-01 m - 1:1 []");
}
