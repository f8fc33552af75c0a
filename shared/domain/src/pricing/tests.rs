mod fees;
mod properties;
mod providers;
mod requests;

use chrono::{DateTime, Utc};

use super::*;
use crate::money::PicoUsdSum;
use crate::provider::ProviderModel;
use crate::usage::MAX_TOKENS;

fn at(time: &str) -> DateTime<Utc> {
    time.parse().unwrap()
}

/// A row from text such as `gpt-5.6-sol default 0 2026-07-09 5/0.5/6.25/30`; `-` means no rate of its own.
pub(crate) fn price(id: i64, row: &str) -> Price {
    let fields: Vec<&str> = row.split(' ').collect();
    let [model, tier, above, date, rates] = fields[..] else { panic!("{row}") };
    let rates: Vec<Option<Rate>> = rates.split('/').map(|rate| rate.parse().ok()).collect();
    Price {
        id,
        provider: Provider::OPENAI,
        model: model.to_owned(),
        service_tier: tier.to_owned(),
        above_input_tokens: above.parse().unwrap(),
        effective_from: at(&format!("{date}T00:00:00Z")),
        input: rates[0].unwrap(),
        cached_input: rates[1],
        cache_write: rates[2],
        cache_write_long: None,
        output: rates[3].unwrap(),
        audio_input: rates.get(4).copied().flatten(),
        cached_audio_input: None,
        audio_output: rates.get(5).copied().flatten(),
        image_output: None,
    }
}

fn alias(alias: &str, model: &str) -> Alias {
    Alias { provider: Provider::OPENAI, alias: alias.to_owned(), model: model.to_owned() }
}

/// A model of the default provider.
fn openai(name: &str) -> ProviderModel<'_> {
    static OPENAI: Provider = Provider::OPENAI;
    OPENAI.model(name)
}

fn input(tokens: i64) -> InputBound {
    InputBound { tokens, cache_writes_long: false }
}

fn book_of(rows: &[&str]) -> PriceBook {
    let prices = (1..).zip(rows).map(|(id, row)| price(id, row)).collect();
    PriceBook::new(7, prices, vec![alias("gpt-5.6", "gpt-5.6-sol")])
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
    Some(book.quote(None, openai(model), tier, usage, at(time))?.cost.to_string())
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
        without.quote(None, openai("gpt-5.6"), None, &usage, july),
        book().quote(None, openai("gpt-5.6"), None, &usage, july)
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
    let quote = book().quote(None, openai("gpt-5-nano"), None, &usage, at("2026-07-10T00:00:00Z")).unwrap();
    let sum = (0..10_000_000).try_fold(PicoUsdSum::ZERO, |sum, _| sum.checked_add(quote.cost)).unwrap();
    assert_eq!(sum.to_string(), "0.05");
}

#[test]
fn names_match_exactly_by_alias_or_date_and_never_by_prefix() {
    let book = book();
    let now = at("2026-09-10T00:00:00Z");
    let id = |model: &str| book.find(openai(model), None, 10, now).map(|price| price.id);
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

const VERSIONS: [&str; 7] = [
    "m default 0 2026-01-01 1/-/-/1",
    "m priority 0 2026-01-01 3/-/-/3",
    "m-2026-02-02 default 0 2027-01-01 9/-/-/9",
    "m-2026-03-03 priority 0 2026-01-01 7/-/-/7",
    "m-2026-04-04 default 0 2026-01-01 5/-/-/5",
    "m-2026-05-05 default 100 2026-01-01 2/-/-/2",
    "latest default 0 2027-01-01 8/-/-/8",
];

fn versions() -> PriceBook {
    let prices = (1..).zip(VERSIONS).map(|(id, row)| price(id, row)).collect();
    PriceBook::new(1, prices, vec![alias("latest", "m-2026-02-02")])
}

#[test]
fn name_without_a_row_in_effect_falls_back_to_its_base_name() {
    let book = versions();
    let id = |model: &str, tier, input_tokens, time: &str| {
        book.quote(Some(model), openai("unheard-of"), tier, &tokens(input_tokens, 1), at(time))
            .map(|quote| quote.price_id)
    };
    let (now, later) = ("2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z");
    // Its own row is in effect later: until then the base name's.
    for (time, default, priority) in [(now, Some(1), Some(2)), (later, Some(3), None)] {
        assert_eq!(id("m-2026-02-02", None, 1, time), default, "{time}");
        assert_eq!(id("m-2026-02-02", Some("priority"), 1, time), priority, "{time}");
    }
    // An alias of its own, then the model it stands for, then the base name of that.
    assert_eq!((id("latest", None, 1, now), id("latest", None, 1, later)), (Some(1), Some(7)));
    // Rows for some calls of a version do not take the price from the others.
    assert_eq!(
        (id("m-2026-03-03", Some("priority"), 1, now), id("m-2026-03-03", None, 1, now)),
        (Some(4), Some(1))
    );
    assert_eq!((id("m-2026-05-05", None, 101, now), id("m-2026-05-05", None, 100, now)), (Some(6), Some(1)));
    // The base name's rate for another tier is not this version's.
    assert_eq!(
        (id("m-2026-04-04", None, 1, now), id("m-2026-04-04", Some("priority"), 1, now)),
        (Some(5), None)
    );
    // Before the first row of any name.
    assert_eq!(id("m-2026-02-02", None, 1, "2025-12-31T23:59:59Z"), None);
}

#[test]
fn bound_and_correction_use_the_names_that_a_quote_does() {
    let book = versions();
    let now = at("2026-12-31T23:59:59Z");
    let bound = |model: &str, tier| {
        let bound = book.price_bound(openai(model), Some(tier), input(1_000_000), now);
        bound.and_then(|bound| bound.of(1_000_000, 0)).map(|amount| amount.to_string())
    };
    assert_eq!(bound("m-2026-02-02", "default").as_deref(), Some("1"));
    assert_eq!(bound("m-2026-02-02", "priority").as_deref(), Some("3"));
    assert_eq!(bound("latest", "default").as_deref(), Some("1"));
    assert_eq!(bound("m-2026-03-03", "priority").as_deref(), Some("7"));
    assert_eq!(bound("m-2026-04-04", "default").as_deref(), Some("5"));
    assert_eq!(bound("m-2026-04-04", "priority"), None, "no price for that tier");
    assert_eq!(
        bound("m-2026-05-05", "default").as_deref(),
        Some("2"),
        "the long row, dearer than the base name's"
    );
    assert_eq!(book.names_of(openai("m")), ["m", "latest"]);
}

#[test]
fn served_model_decides_and_the_requested_one_is_the_fallback() {
    let book = book();
    let now = at("2026-09-10T00:00:00Z");
    let id = |served, requested| {
        book.quote(served, openai(requested), None, &tokens(1, 1), now).map(|quote| quote.price_id)
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
    let id = |tier| book.find(openai("gpt-5.6"), tier, 1, now).map(|price| price.id);
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
    assert_eq!(book.find(openai("m"), None, 101, at("2026-07-01T00:00:00Z")).unwrap().id, 1);
    assert_eq!(book.find(openai("m"), None, 100, at("2026-05-01T00:00:00Z")), None);
}

#[test]
fn bound_covers_every_tier_that_may_serve_a_call() {
    let book = book();
    let bound = |tier, tokens| {
        let bound = book.price_bound(openai("gpt-5.6"), tier, input(tokens), at("2026-09-10T00:00:00Z"));
        bound.and_then(|bound| bound.of(tokens, 1_000)).map(|amount| amount.to_string())
    };
    // All input as cache writes.
    assert_eq!(bound(Some("default"), 1_000).as_deref(), Some("0.025"));
    for open in [None, Some("auto"), Some("priority"), Some("fast")] {
        assert_eq!(bound(open, 1_000).as_deref(), Some("0.05"), "{open:?}");
    }
    assert_eq!(bound(Some("default"), 300_000).as_deref(), Some("3.03"));
    assert_eq!(bound(Some("scale"), 1_000), None);
    assert_eq!(book.price_bound(openai("unheard-of"), None, input(1), at("2026-09-10T00:00:00Z")), None);
    assert_eq!(book.price_bound(openai("gpt-6-astra"), None, input(1), at("2026-09-01T00:00:00Z")), None);
}

#[test]
fn overflowing_cost_is_unpriced_not_wrong() {
    let row = price(1, "m default 0 2026-01-01 9000000/-/-/9000000");
    assert_eq!(cost(&row, &tokens(MAX_TOKENS, MAX_TOKENS)), None);
    assert_eq!(cost(&row, &tokens(-1, 0)), None);
    assert_eq!(cost(&row, &Usage { cached_tokens: 2, ..tokens(1, 0) }), None);
}
