//! Corrections of prices: what does not change a price does not change what a call costs.

use proptest::prelude::*;

use super::*;
use crate::pricing::Billed;
use crate::usage::tests::any_report;

const TIERS: [&str; 4] = ["default", "flex", "priority", "us"];
const REQUESTED: [Option<&str>; 6] =
    [None, Some("auto"), Some("default"), Some("flex"), Some("priority"), Some("fast")];

prop_compose! {
    fn any_row()(
        model in prop::sample::select(vec!["main", "served", "helper"]),
        tier in 0_usize..TIERS.len(),
        above in 0_i64..3,
        rates in prop::array::uniform2(0_i64..100),
        own in prop::array::uniform7(prop::option::of(0_i64..1_000)),
    ) -> Price {
        let rate = |pico: i64| Rate::from_pico_per_token(pico).unwrap();
        let own = own.map(|pico| pico.map(rate));
        Price {
            input: rate(rates[0]), output: rate(rates[1]), cached_input: own[0], cache_write: own[1],
            cache_write_long: own[2], audio_input: own[3], cached_audio_input: own[4], audio_output: own[5],
            image_output: own[6], above_input_tokens: above * 500,
            ..price_of_text(1, &format!("{model} {} 0 2026-01-01 1/-/-/1", TIERS[tier]))
        }
    }
}

/// No two rows of the same model, tier and threshold, which would have to differ in their dates.
fn any_book() -> impl Strategy<Value = Vec<Price>> {
    prop::collection::vec(any_row(), 1..10).prop_map(|mut rows| {
        rows.extend(
            ["main", "helper"]
                .map(|model| price_of_text(1, &format!("{model} default 0 2026-01-01 3/-/-/7"))),
        );
        rows.sort_by_key(|row| (row.model.clone(), row.service_tier.clone(), row.above_input_tokens));
        rows.dedup_by_key(|row| (row.model.clone(), row.service_tier.clone(), row.above_input_tokens));
        for (id, row) in (1..).zip(&mut rows) {
            row.id = id;
        }
        rows
    })
}

prop_compose! {
    fn any_request()(
        tier in prop::sample::select(REQUESTED.to_vec()),
        flags in prop::array::uniform5(any::<bool>()),
        input_bound_tokens in 0_i64..3_000,
    ) -> CallRequest {
        let content = RequestContent {
            cache_writes_long: flags[0], has_audio: flags[1], may_speak: flags[2], may_draw: flags[3],
            fills_window: flags[4], ..RequestContent::text(100)
        };
        CallRequest { service_tier: tier.map(str::to_owned), content, input_bound_tokens, ..request() }
    }
}

prop_compose! {
    /// Of a call that was answered, in full or not, and of one that failed.
    fn any_ending()(
        tier in prop::sample::select(REQUESTED.to_vec()),
        served in prop::sample::select(vec![None, Some("served"), Some("unheard-of")]),
        report in prop::option::of(any_report()),
        answer in prop::option::weighted(0.8, (any::<bool>(), any::<bool>())),
        retried in prop::option::of((0_i64..2_000, 0_i64..100)),
        parts in prop::collection::vec((0_i64..2_000, 0_i64..100), 0..2),
        is_not_billed in prop::bool::weighted(0.1),
    ) -> CallEnding {
        let retried = retried.map(|(input, output)| tokens(input, output)).unwrap_or_default();
        let parts = parts.into_iter().map(|(input, output)| part("helper", input, output)).collect();
        let mut ending = ending(parts, is_not_billed, retried);
        ending.outcome.status = if answer.is_some() { Status::Settled } else { Status::Failed };
        ending.outcome.is_free = answer.is_none();
        ending.outcome.answer =
            answer.map(|(is_final, has_unseen)| SeenAnswer { text_bytes: 40, is_final, has_unseen });
        ending.outcome.usage = report.map(|report| ReportedUsage { report, raw: "{}".to_owned() });
        ending.outcome.served_model = served.map(str::to_owned);
        // An error names no tier.
        ending.outcome.service_tier = tier.filter(|_| answer.is_some()).map(str::to_owned);
        ending
    }
}

/// The call as the ledger has it.
fn past_of(record: &CallRecord, book: &PriceBook) -> PastCall {
    let price = record.price_id.and_then(|id| book.price(id)).cloned();
    let billed = price.clone().zip(record.cost).map(|(price, cost)| Billed { price, cost });
    let billed_tier = price.map(|price| price.service_tier).filter(|_| billed.is_none());
    PastCall {
        served_model: record.served_model.clone(),
        service_tier: billed_tier.or_else(|| record.service_tier.clone()),
        is_failed: record.status == Status::Failed,
        may_be_estimated: matches!(record.status, Status::Estimated | Status::Failed),
        billed,
        at: record.started_at,
        ..past(record)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn correction_with_the_same_prices_changes_no_call(
        rows in any_book(),
        request in any_request(),
        ending in any_ending(),
        at in any::<prop::sample::Index>(),
    ) {
        let book = PriceBook::new(1, rows.clone(), Vec::new());
        let admitted = Admitted { output_bound_tokens: Some(70), ..admitted() };
        let record = record(&request, &admitted, &book, ending, Duration::ZERO, now());
        // The tier of an unpriced part may have been another one than that of the call.
        let is_part_unpriced = record.cost.is_none() && !record.parts.is_empty();
        // The same price once more, from a later day on.
        let row = &rows[at.index(rows.len())];
        let again = Price { id: 0, effective_from: "2026-02-01T00:00:00Z".parse().unwrap(), ..row.clone() };
        for corrected in [book.clone(), book.corrected(again).0] {
            let repriced = past_of(&record, &book).quote(&corrected);
            let cost = repriced.and_then(|repriced| repriced.cost);
            prop_assert!(is_part_unpriced || cost.is_none() || cost == record.cost, "{:?} of {:?}, {:?}", cost, record.cost, record.price_id);
        }
    }
}

/// An estimate is priced again as what it was priced as: at the dearest tier, as audio, or written to the cache.
#[test]
fn correction_of_an_estimate_applies_to_what_it_was_priced_as() {
    let rows = |audio: i64| {
        let mut rows: Vec<Price> = (1..)
            .zip(["main default 0 2026-01-01 1/-/-/10", "main priority 0 2026-01-01 2/-/-/20"])
            .map(|(id, row)| price_of_text(id, row))
            .collect();
        rows[1].audio_output = Some(Rate::from_pico_per_token(audio * 1_000_000).unwrap());
        rows
    };
    let book = |audio| PriceBook::new(1, rows(audio), Vec::new());
    let mut ending = ending(Vec::new(), false, Usage::default());
    ending.outcome.answer = Some(SeenAnswer { text_bytes: 5, is_final: false, has_unseen: false });
    let request =
        CallRequest { content: RequestContent { may_speak: true, ..RequestContent::text(100) }, ..request() };
    let admitted = Admitted { output_bound_tokens: Some(50), ..admitted() };
    let record = record(&request, &admitted, &book(64), ending, Duration::ZERO, now());
    let usd = |tokens: i64| Some(PicoUsd::from_pico(tokens * 1_000_000));
    assert_eq!((record.price_id, record.cost), (Some(2), usd(100 * 2 + 50 * 64)));
    let past = past_of(&record, &book(64));
    for (audio, cost) in [(64, 100 * 2 + 50 * 64), (70, 100 * 2 + 50 * 70), (20, 100 * 2 + 50 * 20)] {
        assert_eq!(past.quote(&book(audio)).unwrap().cost, usd(cost), "{audio}");
    }
    // Another tier is now the dearest.
    let mut dearer = rows(64);
    dearer[0].audio_output = Some(Rate::from_pico_per_token(90_000_000).unwrap());
    let repriced = past.quote(&PriceBook::new(1, dearer, Vec::new())).unwrap();
    assert_eq!((repriced.price_id, repriced.cost), (1, usd(100 + 50 * 90)));
}
