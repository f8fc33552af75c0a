use super::*;

fn ledger(calls: i64, tokens: i64, cost: i128) -> Ledger {
    Ledger {
        calls,
        input_tokens: tokens,
        output_tokens: calls,
        cost: Some(PicoUsdSum::from_pico(cost)),
        ..Ledger::NOTHING
    }
}

fn told(calls: i64, tokens: i64, cost: i128) -> Figures {
    Figures {
        calls,
        input_tokens: tokens,
        cached_tokens: 0,
        output_tokens: calls,
        cost: Some(PicoUsdSum::from_pico(cost)),
    }
}

fn facts(ledger: Ledger, figures: Figures) -> Facts {
    Facts { ledger, figures, moved: Ledger::NOTHING, is_final: true, tiers_differ: false }
}

const USD: i128 = 1_000_000_000_000;

#[test]
fn each_difference_has_its_likely_cause() {
    use Cause::{
        Boundary, EstimatedRows, NotThroughUs, NotYetFinal, PriceDiffers, TierDiffers, Unexplained, Unpriced,
    };
    let equal = facts(ledger(5, 100, USD), told(5, 100, USD));
    let more = facts(ledger(5, 100, USD), told(7, 140, 2 * USD));
    let less = facts(ledger(5, 100, USD), told(4, 80, USD));
    let dearer = facts(ledger(5, 100, USD), told(5, 100, 2 * USD));
    let estimated = |facts: Facts| Facts { ledger: Ledger { estimated_calls: 1, ..facts.ledger }, ..facts };
    let unpriced = |facts: Facts| Facts { ledger: Ledger { unpriced_calls: 1, ..facts.ledger }, ..facts };
    let recent = |facts: Facts| Facts { is_final: false, ..facts };
    let moved = |facts: Facts, calls, tokens, cost| Facts { moved: ledger(calls, tokens, cost), ..facts };
    let failed = Ledger { calls: 6, failed_calls: 1, ..equal.ledger };
    let silent = Figures { cost: None, ..equal.figures };
    let unknown = Ledger { unpriced_calls: 5, cost: None, ..equal.ledger };
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
        (Facts { tiers_differ: true, ..dearer }, vec![TierDiffers]),
        (Facts { tiers_differ: true, ..equal }, vec![TierDiffers]),
        (moved(more, 2, 40, USD), vec![Boundary]),
        (moved(less, -1, -20, 0), vec![Boundary]),
        (moved(less, -1, -20, -USD), vec![Boundary, PriceDiffers]),
        (moved(more, 1, 20, USD), vec![Boundary, NotThroughUs]),
        (moved(more, -1, -20, -USD), vec![NotThroughUs]),
        (facts(failed, equal.figures), vec![]),
        (facts(equal.ledger, silent), vec![]),
        (facts(unknown, equal.figures), vec![Unpriced]),
        (facts(equal.ledger, told(5, 101, USD)), vec![NotThroughUs]),
    ] {
        assert_eq!(causes(&facts), expected, "{facts:?}");
    }
}

#[test]
fn sums_of_floats_are_equal_to_the_last_digit_that_counts() {
    let cost = |difference| causes(&facts(ledger(1, 1, 100 * USD), told(1, 1, 100 * USD + difference)));
    assert_eq!(cost(101_000_000), []);
    assert_eq!(cost(-102_000_000), [Cause::PriceDiffers]);
}

fn day(number: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, number).unwrap()
}

fn our_line(number: u32, model: &str, tier: Option<&str>, ledger: Ledger) -> LedgerLine {
    LedgerLine {
        day: day(number),
        model: Some(model.to_owned()),
        service_tier: tier.map(str::to_owned),
        ledger,
    }
}

fn their_line(
    number: u32,
    model: &str,
    key: Option<&str>,
    tier: Option<&str>,
    figures: Figures,
) -> FiguresLine {
    let (model, service_tier) = (Some(model.to_owned()), tier.map(str::to_owned));
    let api_key_id = key.map(str::to_owned);
    FiguresLine { day: day(number), model, api_key_id, service_tier, figures }
}

fn asked(days: &[u32]) -> BTreeMap<NaiveDate, Told> {
    let told = Told { fetched_at: DateTime::UNIX_EPOCH, is_final: true, has_costs: true };
    days.iter().map(|number| (day(*number), told)).collect()
}

fn shown(rows: &[Row]) -> String {
    let row = |row: &Row| {
        let name = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        let calls = |calls: Option<i64>| calls.map_or_else(|| "?".to_owned(), |calls| calls.to_string());
        format!(
            "{} {} {} {}:{} {:?}",
            row.day,
            name(&row.model),
            name(&row.api_key_id),
            calls(row.ledger.map(|ledger| ledger.calls)),
            calls(row.figures.map(|figures| figures.calls)),
            row.causes
        )
    };
    rows.iter().map(row).collect::<Vec<_>>().join("\n")
}

#[test]
fn models_meet_under_the_version_that_served_and_tiers_are_told_apart() {
    let books = Books {
        ledger: vec![
            our_line(1, "gpt-4o-2024-08-06", Some("default"), ledger(3, 30, USD)),
            // Abandoned: nobody knows what served it, and there is one version only.
            our_line(1, "gpt-4o", None, Ledger { estimated_calls: 1, ..ledger(1, 10, USD) }),
            our_line(1, "o3-2025-04-16", Some("priority"), ledger(1, 10, USD)),
            our_line(1, "left-alone", None, ledger(1, 1, USD)),
        ],
        usage: vec![
            their_line(1, "gpt-4o-2024-08-06", None, None, told(4, 40, 0)),
            their_line(1, "o3-2025-04-16", None, Some("default"), told(1, 10, 0)),
        ],
        costs: vec![
            (day(1), Some("gpt-4o-2024-08-06".to_owned()), PicoUsdSum::from_pico(USD)),
            (day(1), Some("gpt-4o-2024-08-06".to_owned()), PicoUsdSum::from_pico(USD)),
            (day(1), Some("o3-2025-04-16".to_owned()), PicoUsdSum::from_pico(USD)),
            (day(1), Some("web search tool calls".to_owned()), PicoUsdSum::from_pico(USD)),
        ],
        days: asked(&[1]),
        ..Books::default()
    };
    let rows = compare(&books, day(1)..day(2), true, false);
    insta::assert_snapshot!(shown(&rows), @"
    2026-11-01 gpt-4o-2024-08-06 - 4:4 []
    2026-11-01 left-alone - 1:0 [Unexplained]
    2026-11-01 o3-2025-04-16 - 1:1 [TierDiffers]
    2026-11-01 web search tool calls - 0:0 [PriceDiffers]
    ");
}

#[test]
fn days_that_were_never_fetched_are_unknown_and_not_zero() {
    let books = Books {
        ledger: vec![LedgerLine { model: None, ..our_line(2, "", None, ledger(1, 1, USD)) }],
        days: asked(&[1]),
        ..Books::default()
    };
    let rows = compare(&books, day(1)..day(4), false, false);
    insta::assert_snapshot!(shown(&rows), @"
    2026-11-01 - - 0:0 []
    2026-11-02 - - 1:? [NotFetched]
    2026-11-03 - - 0:? [NotFetched]
    ");
    assert_eq!(rows[1].difference(), None);
}

#[test]
fn ledger_belongs_to_a_key_where_there_is_one_only() {
    let lines = |keys: &[&str]| Books {
        ledger: vec![our_line(1, "m", None, ledger(1, 1, USD))],
        usage: keys.iter().map(|key| their_line(1, "m", Some(key), None, told(1, 1, 0))).collect(),
        days: BTreeMap::from([(
            day(1),
            Told { fetched_at: DateTime::UNIX_EPOCH, is_final: true, has_costs: false },
        )]),
        ..Books::default()
    };
    let rows = |keys: &[&str]| shown(&compare(&lines(keys), day(1)..day(2), true, true));
    insta::assert_snapshot!(rows(&["key_a"]), @"2026-11-01 m key_a 1:1 []");
    insta::assert_snapshot!(rows(&["key_a", "key_b"]), @"
    2026-11-01 m - 1:? [KeyUnknown]
    2026-11-01 m key_a ?:1 [KeyUnknown]
    2026-11-01 m key_b ?:1 [KeyUnknown]
    ");
}

#[test]
fn calls_around_midnight_move_between_neighbours() {
    let line = |number, ledger| LedgerLine { model: None, ..our_line(number, "", None, ledger) };
    let their = |number, figures| FiguresLine { model: None, ..their_line(number, "", None, None, figures) };
    let books = Books {
        ledger: vec![line(1, ledger(2, 20, 0)), line(2, ledger(3, 30, 0))],
        moved: vec![line(2, ledger(1, 10, 0))],
        usage: vec![their(1, told(3, 30, 0)), their(2, told(2, 20, 0))],
        days: asked(&[1, 2]),
        ..Books::default()
    };
    insta::assert_snapshot!(shown(&compare(&books, day(1)..day(3), false, false)), @"
    2026-11-01 - - 2:3 [Boundary]
    2026-11-02 - - 3:2 [Boundary]
    ");
}
