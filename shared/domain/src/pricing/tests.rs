use chrono::{DateTime, Utc};
use proptest::prelude::*;

use super::*;
use crate::money::PicoUsdSum;
use crate::usage::MAX_TOKENS;
use crate::usage::tests::any_report;

fn at(time: &str) -> DateTime<Utc> {
    time.parse().unwrap()
}

/// A row from text such as `gpt-5.6-sol default 0 2026-07-09 5/0.5/6.25/30`; `-` means no rate of its own.
fn price(id: i64, row: &str) -> Price {
    let fields: Vec<&str> = row.split(' ').collect();
    let [model, tier, above, date, rates] = fields[..] else { panic!("{row}") };
    let rates: Vec<Option<Rate>> = rates.split('/').map(|rate| rate.parse().ok()).collect();
    Price {
        id,
        model: model.to_owned(),
        service_tier: tier.to_owned(),
        above_input_tokens: above.parse().unwrap(),
        effective_from: at(&format!("{date}T00:00:00Z")),
        input: rates[0].unwrap(),
        cached_input: rates[1],
        cache_write: rates[2],
        output: rates[3].unwrap(),
        audio_input: rates.get(4).copied().flatten(),
        audio_output: rates.get(5).copied().flatten(),
    }
}

fn book_of(rows: &[&str]) -> PriceBook {
    let prices = (1..).zip(rows).map(|(id, row)| price(id, row)).collect();
    PriceBook::new(7, prices, vec![("gpt-5.6".to_owned(), "gpt-5.6-sol".to_owned())])
}

const ROWS: [&str; 13] = [
    "gpt-5.6-sol default 0 2026-07-09 5/0.5/6.25/30",
    "gpt-5.6-terra default 0 2026-07-09 2.5/0.25/3.125/15",
    "gpt-5.6-luna default 0 2026-07-09 1/0.1/1.25/6",
    "gpt-5.6-terra default 0 2026-07-30 2/0.2/2.5/12",
    "gpt-5.6-luna default 0 2026-07-30 0.2/0.02/0.25/1.2",
    "gpt-5.6-sol default 0 2026-08-21 4/0.4/5/20",
    "gpt-5.6-sol default 272000 2026-07-09 10/1/12.5/45",
    "gpt-5.6-sol default 272000 2026-08-21 8/0.8/10/30",
    "gpt-5.6-sol priority 0 2026-08-21 8/0.8/10/40",
    "gpt-5.6-sol priority 272000 2026-08-21 16/1.6/20/60",
    "gpt-6-astra default 0 2026-09-03 10/1/12.5/50",
    "gpt-5-nano default 0 2024-01-01 0.05/0.005/-/0.4",
    "gpt-audio default 0 2025-08-28 2.5/-/-/10/32/64",
];

fn book() -> PriceBook {
    book_of(&ROWS)
}

fn tokens(input_tokens: i64, output_tokens: i64) -> Usage {
    Usage { input_tokens, output_tokens, ..Usage::default() }
}

/// The cost of a call in USD, as text.
fn usd(book: &PriceBook, model: &str, tier: Option<&str>, usage: &Usage, time: &str) -> Option<String> {
    Some(book.quote(None, model, tier, usage, at(time))?.cost.to_string())
}

#[test]
fn price_change_takes_effect_to_the_second() {
    let book = book();
    let million = tokens(1_000_000, 0);
    let short = tokens(1_000, 1_000);
    assert_eq!(usd(&book, "gpt-5.6-sol", None, &short, "2026-07-08T23:59:59Z"), None);
    assert_eq!(usd(&book, "gpt-5.6-sol", None, &short, "2026-07-09T00:00:00Z").as_deref(), Some("0.035"));
    let on_the_edge = ["2026-07-29T23:59:59Z", "2026-07-30T00:00:00Z"];
    for (model, before, after) in
        [("gpt-5.6-terra", "2.5", "2"), ("gpt-5.6-luna", "1", "0.2"), ("gpt-5.6-sol", "10", "10")]
    {
        let costs = on_the_edge.map(|time| usd(&book, model, None, &million, time).unwrap());
        assert_eq!(costs, [before, after], "{model}");
    }
    assert_eq!(usd(&book, "gpt-6-astra", None, &short, "2026-09-02T23:59:59Z"), None);
    assert_eq!(usd(&book, "gpt-6-astra", None, &short, "2026-09-03T00:00:00Z").as_deref(), Some("0.06"));
}

#[test]
fn later_row_does_not_change_earlier_costs() {
    let july = at("2026-07-31T12:00:00Z");
    let without = book_of(&ROWS[..5]);
    let usage = tokens(1_234, 567);
    assert_eq!(
        without.quote(None, "gpt-5.6", None, &usage, july),
        book().quote(None, "gpt-5.6", None, &usage, july)
    );
}

#[test]
fn long_context_begins_strictly_above_its_threshold_and_reprices_the_whole_call() {
    let book = book();
    let time = "2026-09-01T00:00:00Z";
    assert_eq!(usd(&book, "gpt-5.6", None, &tokens(272_000, 1_000), time).as_deref(), Some("1.108"));
    assert_eq!(usd(&book, "gpt-5.6", None, &tokens(272_001, 1_000), time).as_deref(), Some("2.206008"));
    assert_eq!(
        usd(&book, "gpt-5.6", Some("priority"), &tokens(272_001, 1_000), time).as_deref(),
        Some("4.412016")
    );
}

#[test]
fn every_bucket_of_one_call_takes_its_own_rate() {
    let usage =
        Usage { cached_tokens: 600, cache_write_tokens: 300, reasoning_tokens: 50, ..tokens(1_000, 100) };
    // 100 × 2.5 + 600 × 0.25 + 300 × 3.125 + 100 × 15, per million
    let cost = usd(&book(), "gpt-5.6-terra", None, &usage, "2026-07-10T00:00:00Z");
    assert_eq!(cost.as_deref(), Some("0.0028375"));
    let spoken = Usage { audio_input_tokens: 40, audio_output_tokens: 30, ..tokens(100, 50) };
    let cost = usd(&book(), "gpt-audio", None, &spoken, "2026-07-10T00:00:00Z");
    assert_eq!(cost.as_deref(), Some("0.00355"));
}

#[test]
fn one_cache_write_at_three_and_an_eighth_is_exact() {
    let usage = Usage { cache_write_tokens: 1, ..tokens(1, 0) };
    let cost = usd(&book(), "gpt-5.6-terra", None, &usage, "2026-07-10T00:00:00Z");
    assert_eq!(cost.as_deref(), Some("0.000003125"));
}

#[test]
fn ten_million_of_the_cheapest_calls_sum_exactly() {
    let usage = Usage { cached_tokens: 1, ..tokens(1, 0) };
    let quote = book().quote(None, "gpt-5-nano", None, &usage, at("2026-07-10T00:00:00Z")).unwrap();
    let sum = (0..10_000_000).try_fold(PicoUsdSum::ZERO, |sum, _| sum.checked_add(quote.cost)).unwrap();
    assert_eq!(sum.to_string(), "0.05");
}

#[test]
fn names_match_exactly_by_alias_or_date_and_never_by_prefix() {
    let book = book();
    let now = at("2026-09-10T00:00:00Z");
    let id = |model: &str| book.find(model, None, 10, now).map(|price| price.id);
    for same in ["gpt-5.6-sol", "gpt-5.6", "gpt-5.6-sol-2026-07-09", "gpt-5.6-2026-07-09"] {
        assert_eq!(id(same), Some(6), "{same}");
    }
    for other in [
        "gpt-5.6-sol-mini",
        "gpt-5.6-so",
        "gpt-5",
        "GPT-5.6-sol",
        "gpt-5.6-sol-",
        "gpt-5.6-sol-2026-07",
        "gpt-5.6-sol-mini-2026-07-09",
        "gpt-5.6-sol-2026-07-0x",
        "ft:gpt-5.6-sol:acme",
        "-2026-07-09",
        "",
        "gpt-5.6-sol-2026-07-09-2026-07-09",
        "é-2026-07-09",
        "gpt-5.6-solé2026-07-09",
    ] {
        assert_eq!(id(other), None, "{other}");
    }
}

#[test]
fn dated_version_with_its_own_row_does_not_use_rows_of_its_base() {
    let book = book_of(&["m default 0 2026-01-01 1/-/-/1", "m-2026-02-02 priority 0 2026-01-01 9/-/-/9"]);
    let now = at("2026-09-10T00:00:00Z");
    assert_eq!(book.find("m-2026-02-02", Some("priority"), 1, now).unwrap().id, 2);
    assert_eq!(book.find("m-2026-02-02", None, 1, now), None);
}

#[test]
fn served_model_decides_and_the_requested_one_is_the_fallback() {
    let book = book();
    let now = at("2026-09-10T00:00:00Z");
    let id = |served, requested| {
        book.quote(served, requested, None, &tokens(1, 1), now).map(|quote| quote.price_id)
    };
    assert_eq!(id(Some("gpt-5.6-terra-2026-07-09"), "gpt-5.6"), Some(4));
    assert_eq!(id(Some("secret-build-17"), "gpt-5.6"), Some(6));
    assert_eq!(id(None, "gpt-5.6"), Some(6));
    assert_eq!(id(Some("secret-build-17"), "unheard-of"), None);
}

#[test]
fn reported_tier_decides_and_unknown_tiers_are_unpriced() {
    let book = book();
    let now = at("2026-09-10T00:00:00Z");
    let id = |tier| book.find("gpt-5.6", tier, 1, now).map(|price| price.id);
    for tier in [None, Some("default"), Some("auto"), Some("standard")] {
        assert_eq!(id(tier), Some(6), "{tier:?}");
    }
    assert_eq!(id(Some("priority")), Some(9));
    assert_eq!(id(Some("fast")), Some(9));
    for tier in ["scale", "ultrafast", "flex", "Default"] {
        assert_eq!(id(Some(tier)), None, "{tier}");
    }
}

#[test]
fn new_row_for_short_calls_keeps_the_one_for_long_calls() {
    let book = book_of(&["m default 100 2026-01-01 9/-/-/9", "m default 0 2026-06-01 1/-/-/1"]);
    assert_eq!(book.find("m", None, 101, at("2026-07-01T00:00:00Z")).unwrap().id, 1);
    assert_eq!(book.find("m", None, 100, at("2026-05-01T00:00:00Z")), None);
}

#[test]
fn bound_covers_every_tier_that_may_serve_a_call() {
    let book = book();
    let bound = |tier, input| {
        let bound = book.price_bound("gpt-5.6", tier, input, at("2026-09-10T00:00:00Z"));
        bound.and_then(|bound| bound.with_output(1_000)).map(|amount| amount.to_string())
    };
    // All input as cache writes.
    assert_eq!(bound(Some("default"), 1_000).as_deref(), Some("0.025"));
    for open in [None, Some("auto"), Some("priority"), Some("fast")] {
        assert_eq!(bound(open, 1_000).as_deref(), Some("0.05"), "{open:?}");
    }
    assert_eq!(bound(Some("default"), 300_000).as_deref(), Some("3.03"));
    assert_eq!(bound(Some("scale"), 1_000), None);
    assert_eq!(book.price_bound("unheard-of", None, 1, at("2026-09-10T00:00:00Z")), None);
    assert_eq!(book.price_bound("gpt-6-astra", None, 1, at("2026-09-01T00:00:00Z")), None);
}

#[test]
fn overflowing_cost_is_unpriced_not_wrong() {
    let row = price(1, "m default 0 2026-01-01 9000000/-/-/9000000");
    assert_eq!(cost(&row, &tokens(MAX_TOKENS, MAX_TOKENS)), None);
    assert_eq!(cost(&row, &tokens(-1, 0)), None);
    assert_eq!(cost(&row, &Usage { cached_tokens: 2, ..tokens(1, 0) }), None);
}

fn any_rate() -> impl Strategy<Value = Rate> {
    (0_i64..1_000_000_000).prop_map(|pico| Rate::from_pico_per_token(pico).unwrap())
}

prop_compose! {
    fn any_price()(rates in prop::array::uniform2(any_rate()), own in prop::array::uniform4(prop::option::of(any_rate())))
        -> Price
    {
        Price {
            input: rates[0], output: rates[1], cached_input: own[0], cache_write: own[1],
            audio_input: own[2], audio_output: own[3],
            ..price(1, "m default 0 2026-01-01 1/-/-/1")
        }
    }
}

/// Usage of ordinary size, consistent.
fn any_usage() -> impl Strategy<Value = Usage> {
    any_report().prop_map(|report| {
        let small = |count: i64| count.rem_euclid(2_000_000);
        let report = Usage {
            input_tokens: small(report.input_tokens),
            cached_tokens: small(report.cached_tokens),
            cache_write_tokens: small(report.cache_write_tokens),
            audio_input_tokens: small(report.audio_input_tokens),
            output_tokens: small(report.output_tokens),
            reasoning_tokens: small(report.reasoning_tokens),
            audio_output_tokens: small(report.audio_output_tokens),
        };
        report.clamped().0
    })
}

fn plus(a: &Usage, b: &Usage) -> Usage {
    Usage {
        input_tokens: a.input_tokens + b.input_tokens,
        cached_tokens: a.cached_tokens + b.cached_tokens,
        cache_write_tokens: a.cache_write_tokens + b.cache_write_tokens,
        audio_input_tokens: a.audio_input_tokens + b.audio_input_tokens,
        output_tokens: a.output_tokens + b.output_tokens,
        reasoning_tokens: a.reasoning_tokens + b.reasoning_tokens,
        audio_output_tokens: a.audio_output_tokens + b.audio_output_tokens,
    }
}

/// Long multiplication on decimal digits, least significant first: shares nothing with the code under test.
fn long_multiplication(a: &str, b: &str) -> Vec<u32> {
    let digits = |text: &str| text.chars().rev().map(|digit| digit.to_digit(10).unwrap()).collect::<Vec<_>>();
    let (a, b) = (digits(a), digits(b));
    let mut product = vec![0_u32; a.len() + b.len() + 1];
    for (i, x) in a.iter().enumerate() {
        for (j, y) in b.iter().enumerate() {
            product[i + j] += x * y;
        }
    }
    product
}

fn reference_cost(price: &Price, usage: &Usage) -> String {
    let rate = |own: Option<Rate>, plain: Rate| own.unwrap_or(plain).as_pico_per_token().to_string();
    let plain_input =
        usage.input_tokens - usage.cached_tokens - usage.cache_write_tokens - usage.audio_input_tokens;
    let parts = [
        (plain_input, rate(None, price.input)),
        (usage.cached_tokens, rate(price.cached_input, price.input)),
        (usage.cache_write_tokens, rate(price.cache_write, price.input)),
        (usage.audio_input_tokens, rate(price.audio_input, price.input)),
        (usage.output_tokens - usage.audio_output_tokens, rate(None, price.output)),
        (usage.audio_output_tokens, rate(price.audio_output, price.output)),
    ];
    let mut sum = vec![0_u32; 64];
    for (tokens, rate) in parts {
        for (place, digit) in long_multiplication(&tokens.to_string(), &rate).into_iter().enumerate() {
            sum[place] += digit;
        }
    }
    for place in 0..63 {
        sum[place + 1] += sum[place] / 10;
        sum[place] %= 10;
    }
    let text: String = sum.iter().rev().map(u32::to_string).collect();
    let text = text.trim_start_matches('0');
    if text.is_empty() { "0".to_owned() } else { text.to_owned() }
}

proptest! {
    #[test]
    fn cost_is_exact(price in any_price(), usage in any_usage()) {
        let pico = cost(&price, &usage).unwrap().as_pico();
        prop_assert_eq!(pico.to_string(), reference_cost(&price, &usage));
    }

    #[test]
    fn cost_is_additive(price in any_price(), a in any_usage(), b in any_usage()) {
        let apart = cost(&price, &a).unwrap().checked_add(cost(&price, &b).unwrap());
        prop_assert_eq!(cost(&price, &plus(&a, &b)), apart);
    }

    #[test]
    fn more_tokens_never_cost_less_and_nothing_is_negative(price in any_price(), a in any_usage(), b in any_usage()) {
        let less = cost(&price, &a).unwrap();
        prop_assert!(less >= PicoUsd::ZERO);
        prop_assert!(cost(&price, &plus(&a, &b)).unwrap() >= less);
    }

    #[test]
    fn any_clamped_report_is_priced_or_unpriced_but_never_negative(price in any_price(), report in any_report()) {
        if let Some(amount) = cost(&price, &report.clamped().0) {
            prop_assert!(amount >= PicoUsd::ZERO);
        }
    }

    #[test]
    fn no_call_within_its_bounds_costs_more_than_the_upper_bound(
        prices in prop::collection::vec((any_price(), 0_i64..3, 0_usize..3, 0_u32..3), 1..8),
        usage in any_usage(),
        slack in 0_i64..1_000_000,
        requested in prop::option::of(prop::sample::select(vec!["auto", "default", "flex", "priority", "fast"])),
        landed in prop::sample::select(vec!["default", "flex", "priority"]),
    ) {
        let tiers = ["default", "flex", "priority"];
        let prices = (1..).zip(prices).map(|(id, (price, above, tier, day))| Price {
            id,
            above_input_tokens: above * 500_000,
            service_tier: tiers[tier].to_owned(),
            effective_from: at("2026-01-01T00:00:00Z") + chrono::TimeDelta::days(i64::from(day)),
            ..price
        }).collect();
        let book = PriceBook::new(1, prices, Vec::new());
        let now = at("2026-01-02T12:00:00Z");
        let may_land = tier::may_land_in(requested, landed);
        let bound = book.price_bound("m", requested, usage.input_tokens + slack, now);
        let bound = bound.and_then(|bound| bound.with_output(usage.output_tokens));
        if let (true, Some(bound), Some(quote)) = (may_land, bound, book.quote(None, "m", Some(landed), &usage, now)) {
            prop_assert!(quote.cost <= bound, "{} > {}", quote.cost, bound);
        }
    }
}
