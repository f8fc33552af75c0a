//! Properties that hold for any price and any usage.

use proptest::prelude::*;

use super::{at, price};
use crate::money::{PicoUsd, Rate};
use crate::pricing::{InputBound, Price, PriceBook, cost, tier};
use crate::provider::Provider;
use crate::usage::Usage;
use crate::usage::tests::{any_report, any_usage};

const TIERS: [&str; 6] = ["default", "flex", "priority", "us", "fast", "fast-us"];
const REQUESTED: [&str; 9] =
    ["auto", "default", "flex", "priority", "fast", "us", "fast-us", "global", "fast-global"];

fn any_rate() -> impl Strategy<Value = Rate> {
    (0_i64..1_000_000_000).prop_map(|pico| Rate::from_pico_per_token(pico).unwrap())
}

prop_compose! {
    fn any_price()(rates in prop::array::uniform2(any_rate()), own in prop::array::uniform7(prop::option::of(any_rate())))
        -> Price
    {
        Price {
            input: rates[0], output: rates[1], cached_input: own[0], cache_write: own[1],
            audio_input: own[2], audio_output: own[3], cache_write_long: own[4], cached_audio_input: own[5], image_output: own[6],
            ..price(1, "m default 0 2026-01-01 1/-/-/1")
        }
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
    let rate = |own: &[Option<Rate>], plain: Rate| {
        own.iter().flatten().next().unwrap_or(&plain).as_pico_per_token().to_string()
    };
    let caches = usage.cached_tokens + usage.cache_write_tokens + usage.cache_write_long_tokens;
    let audio = usage.audio_input_tokens + usage.cached_audio_tokens;
    let media = usage.audio_output_tokens + usage.image_output_tokens;
    let parts = [
        (usage.input_tokens - caches - audio, rate(&[], price.input)),
        (usage.cached_tokens, rate(&[price.cached_input], price.input)),
        (usage.cache_write_tokens, rate(&[price.cache_write], price.input)),
        (usage.cache_write_long_tokens, rate(&[price.cache_write_long, price.cache_write], price.input)),
        (usage.audio_input_tokens, rate(&[price.audio_input], price.input)),
        (usage.cached_audio_tokens, rate(&[price.cached_audio_input, price.audio_input], price.input)),
        (usage.output_tokens - media, rate(&[], price.output)),
        (usage.audio_output_tokens, rate(&[price.audio_output], price.output)),
        (usage.image_output_tokens, rate(&[price.image_output], price.output)),
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
        prop_assert_eq!(cost(&price, &a.plus(&b)), apart);
    }

    #[test]
    fn more_tokens_never_cost_less_and_nothing_is_negative(price in any_price(), a in any_usage(), b in any_usage()) {
        let less = cost(&price, &a).unwrap();
        prop_assert!(less >= PicoUsd::ZERO);
        prop_assert!(cost(&price, &a.plus(&b)).unwrap() >= less);
    }

    #[test]
    fn any_reading_is_priced_or_unpriced_but_never_negative(price in any_price(), report in any_report()) {
        if let Some(amount) = cost(&price, &report.reading().0) {
            prop_assert!(amount >= PicoUsd::ZERO);
        }
    }

    #[test]
    fn no_call_within_its_bounds_costs_more_than_the_upper_bound(
        prices in prop::collection::vec((any_price(), 0_i64..3, 0_usize..TIERS.len(), 0_u32..3, any::<bool>()), 1..8),
        usage in any_usage(),
        slack in 0_i64..1_000_000,
        provider in prop::sample::select(vec![Provider::OPENAI, Provider::ANTHROPIC, Provider::GOOGLE]),
        requested in prop::option::of(prop::sample::select(REQUESTED.to_vec())),
        landed in 0_usize..TIERS.len(),
    ) {
        let prices = (1..).zip(prices).map(|(id, (price, above, tier, day, is_dated))| Price {
            id,
            provider: provider.clone(),
            model: if is_dated { "m-latest" } else { "m" }.to_owned(),
            above_input_tokens: above * 500_000,
            service_tier: TIERS[tier].to_owned(),
            effective_from: at("2026-01-01T00:00:00Z") + chrono::TimeDelta::days(i64::from(day)),
            ..price
        }).collect();
        let book = PriceBook::new(1, prices, Vec::new());
        let now = at("2026-01-02T12:00:00Z");
        let model = provider.model("m-latest");
        let may_land = tier::may_land_in(&provider, requested, TIERS[landed]);
        let tokens = usage.input_tokens + slack;
        let input = InputBound { tokens, cache_writes_long: usage.cache_write_long_tokens > 0 };
        let bound = book.price_bound(model, requested, input, now);
        let bound = bound.and_then(|bound| bound.of(tokens, usage.output_tokens));
        if let (true, Some(bound), Some(quote)) = (may_land, bound, book.quote(None, model, Some(TIERS[landed]), &usage, now)) {
            prop_assert!(quote.cost <= bound, "{} > {}", quote.cost, bound);
        }
    }
}
