//! What a call with several parts, or one that is not billed, is recorded as.

mod corrections;
mod stated;

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::record;
use crate::calls::{
    Admitted, BilledPart, CallEnding, CallExchange, CallOutcome, CallPart, CallRecord, CallRequest, Endpoint,
    RequestContent, Reservations, SeenAnswer, Status,
};
use crate::ids::CallId;
use crate::money::{PicoUsd, Rate};
use crate::pricing::{PastCall, Price, PriceBook, price_of_text};
use crate::provider::Provider;
use crate::upstreams::PriceSource;
use crate::usage::{ReportedUsage, Usage, UsageReport};

fn now() -> DateTime<Utc> {
    "2026-06-01T00:00:00Z".parse().unwrap()
}

fn book(rows: &[&str]) -> PriceBook {
    PriceBook::new(1, (1..).zip(rows).map(|(id, row)| price_of_text(id, row)).collect(), Vec::new())
}

fn tokens(input_tokens: i64, output_tokens: i64) -> Usage {
    Usage { input_tokens, output_tokens, ..Usage::default() }
}

fn request() -> CallRequest {
    CallRequest {
        id: CallId::from_uuid(uuid::Uuid::nil()),
        provider: Provider::OPENAI,
        upstream: None,
        price_source: PriceSource::Table,
        model: "main".to_owned(),
        endpoint: Endpoint::ChatCompletions,
        stream: false,
        service_tier: None,
        content: RequestContent::text(100),
        input_bound_tokens: 1_000,
        output_bound_tokens: None,
        choices: 1,
        background: false,
        hides_choices: false,
        sdk: None,
        tags: None,
        route: None,
    }
}

fn admitted() -> Admitted {
    Admitted {
        key_id: None,
        user_label: "one".to_owned(),
        opened_at: now(),
        input_bound_tokens: 1_000,
        tool_call_bound: None,
        output_bound_tokens: None,
        reserved: None,
        reservations: Reservations::default(),
        limits: Vec::new(),
    }
}

fn recorded(book: &PriceBook, parts: Vec<CallPart>, is_not_billed: bool, retried: Usage) -> CallRecord {
    record_of(&request(), book, ending(parts, is_not_billed, retried))
}

fn record_of(request: &CallRequest, book: &PriceBook, ending: CallEnding) -> CallRecord {
    record(request, &admitted(), book, ending, Duration::from_secs(1), now())
}

/// Of a call that used 100 and 10 tokens, and these parts.
fn ending(parts: Vec<CallPart>, is_not_billed: bool, retried: Usage) -> CallEnding {
    let report = UsageReport { input_tokens: Some(100), output_tokens: Some(10), ..UsageReport::default() };
    let outcome = CallOutcome {
        status: Status::Settled,
        answer: Some(SeenAnswer { text_bytes: 5, is_final: true, has_unseen: false }),
        is_free: false,
        is_not_billed,
        error_code: None,
        usage: Some(ReportedUsage { report, raw: "{}".to_owned() }),
        parts,
        used_tools: Vec::new(),
        served_model: None,
        service_tier: None,
    };
    let exchange = CallExchange {
        http_status: Some(200),
        attempts: 1,
        retried,
        first_byte: None,
        waited: Duration::ZERO,
        upstream_request_id: None,
        stated_cost: None,
    };
    CallEnding { outcome, exchange }
}

fn part(model: &str, input: i64, output: i64) -> CallPart {
    CallPart { model: model.to_owned(), usage: tokens(input, output) }
}

const ROWS: [&str; 3] = [
    "main default 0 2026-01-01 1/-/-/10",
    "main default 500 2026-01-01 2/-/-/20",
    "other default 0 2026-01-01 3/-/-/30",
];

#[test]
fn call_is_the_sum_of_its_parts_each_at_its_own_rate_and_size() {
    let parts = vec![part("main", 600, 5), part("other", 50, 4)];
    let record = recorded(&book(&ROWS), parts, false, Usage::default());
    assert_eq!(record.usage, tokens(750, 19));
    // 100 × 1 + 10 × 10, 600 × 2 + 5 × 20, 50 × 3 + 4 × 30
    assert_eq!(record.cost, Some(PicoUsd::from_pico((200 + 1_300 + 270) * 1_000_000)));
    assert_eq!(record.price_id, Some(1));
    assert_eq!(record.parts.iter().map(|part| part.price_id).collect::<Vec<_>>(), [Some(2), Some(3)]);
    assert_eq!(BilledPart::from_stored(BilledPart::stored(&record.parts).as_ref()), record.parts);
}

#[test]
fn part_without_a_price_leaves_the_call_unpriced() {
    let record = recorded(&book(&ROWS), vec![part("unheard-of", 50, 4)], false, Usage::default());
    assert_eq!((record.usage, record.cost, record.price_id), (tokens(150, 14), None, Some(1)));
}

#[test]
fn tokens_that_are_not_billed_are_kept_at_cost_0() {
    let record = recorded(&book(&ROWS), Vec::new(), true, Usage::default());
    assert_eq!((record.usage, record.cost), (tokens(100, 10), Some(PicoUsd::ZERO)));
    assert_eq!((record.error_code.as_deref(), record.status), (Some("not_billed"), Status::Settled));
    // An attempt before it was billed.
    let retried = recorded(&book(&ROWS), Vec::new(), true, tokens(10, 1));
    assert_eq!((retried.usage, retried.cost), (tokens(110, 11), Some(PicoUsd::from_pico(20_000_000))));
}

fn past(record: &CallRecord) -> PastCall {
    PastCall {
        provider: record.provider.clone(),
        served_model: None,
        model: record.model.clone(),
        service_tier: None,
        usage: record.usage,
        retried_input_tokens: record.retried.input_tokens,
        retried_output_tokens: record.retried.output_tokens,
        parts: record.parts.clone(),
        is_failed: false,
        may_be_estimated: false,
        billed: None,
        error_code: record.error_code.clone(),
        is_unpriced: record.cost.is_none(),
        fees: record.fees.clone(),
        at: now(),
    }
}

#[test]
fn repriced_call_is_the_sum_of_its_repriced_parts() {
    let record =
        recorded(&book(&ROWS), vec![part("main", 600, 5), part("other", 50, 4)], false, Usage::default());
    let same = past(&record).quote(&book(&ROWS)).unwrap();
    assert_eq!(same.cost, record.cost);
    let mut dearer = ROWS;
    dearer[2] = "other default 0 2026-01-01 4/-/-/30";
    let repriced = past(&record).quote(&book(&dearer)).unwrap();
    assert_eq!(repriced.cost, record.cost.unwrap().checked_add(PicoUsd::from_pico(50_000_000)));
    assert!(repriced.uses(3) && repriced.uses(2) && repriced.uses(1) && !repriced.uses(4));
    // A part that could not be priced.
    let unpriced = recorded(&book(&ROWS[..2]), vec![part("other", 50, 4)], false, Usage::default());
    assert_eq!(past(&unpriced).quote(&book(&ROWS[..2])).unwrap().cost, None);
    assert_eq!(past(&unpriced).quote(&book(&ROWS)).unwrap().cost, Some(PicoUsd::from_pico(470_000_000)));
}

#[test]
fn prices_do_not_change_what_is_not_billed() {
    let record = recorded(&book(&ROWS), Vec::new(), true, Usage::default());
    assert_eq!(past(&record).quote(&book(&ROWS)).unwrap().cost, None);
}

/// With 1,000 tokens of input and 10 of output that were counted, of at most 50.
fn cost_of_a_cut_answer(content: RequestContent) -> i64 {
    let mut price = price_of_text(1, "main default 0 2026-01-01 1/-/-/10");
    price.audio_output = Some(Rate::from_pico_per_token(64_000_000).unwrap());
    price.image_output = Some(Rate::from_pico_per_token(30_000_000).unwrap());
    let book = PriceBook::new(1, vec![price], Vec::new());
    let mut ending = ending(Vec::new(), false, Usage::default());
    ending.outcome.answer = Some(SeenAnswer { text_bytes: 4, is_final: false, has_unseen: false });
    let report = UsageReport { input_tokens: Some(1_000), output_tokens: Some(10), ..UsageReport::default() };
    ending.outcome.usage = Some(ReportedUsage { report, raw: "{}".to_owned() });
    let admitted = Admitted { output_bound_tokens: Some(50), ..admitted() };
    let record =
        record(&CallRequest { content, ..request() }, &admitted, &book, ending, Duration::ZERO, now());
    assert_eq!((record.usage, record.status), (tokens(1_000, 50), Status::Estimated));
    record.cost.unwrap().as_pico() / 1_000_000 - 1_000
}

#[test]
fn unknown_output_is_priced_as_what_was_asked_for() {
    let text = RequestContent::text(1_000);
    let (spoken, drawn) = (
        RequestContent { may_speak: true, ..text.clone() },
        RequestContent { may_draw: true, ..text.clone() },
    );
    let both = RequestContent { may_draw: true, ..spoken.clone() };
    assert_eq!([text, spoken, drawn, both].map(cost_of_a_cut_answer), [500, 3_200, 1_500, 3_200]);
}

#[test]
fn hour_at_the_start_decides_the_tier_where_prices_follow_it() {
    let deepseek = Provider::parse("deepseek").unwrap();
    let rows = ["main default 0 2026-01-01 1/-/-/10", "main peak 0 2026-01-01 2/-/-/20"];
    let prices =
        (1..).zip(rows).map(|(id, row)| Price { provider: deepseek.clone(), ..price_of_text(id, row) });
    let book = PriceBook::new(1, prices.collect(), Vec::new());
    let request = CallRequest { provider: deepseek, ..request() };
    // The last moment before a dear hour, and its first.
    for (opened_at, ended_at, tier, cost) in [
        ("2026-11-30T00:59:59.999Z", "2026-11-30T01:00:05Z", None, 200_000_000),
        ("2026-11-30T01:00:00Z", "2026-11-30T01:00:05Z", Some("peak"), 400_000_000),
        ("2026-11-30T03:59:59.999Z", "2026-11-30T04:00:05Z", Some("peak"), 400_000_000),
        ("2026-11-30T04:00:00Z", "2026-11-30T04:00:05Z", None, 200_000_000),
    ] {
        let admitted = Admitted { opened_at: opened_at.parse().unwrap(), ..admitted() };
        let ending = ending(Vec::new(), false, Usage::default());
        let record =
            record(&request, &admitted, &book, ending, Duration::from_secs(5), ended_at.parse().unwrap());
        assert_eq!(
            (record.service_tier.as_deref(), record.cost),
            (tier, Some(PicoUsd::from_pico(cost))),
            "{opened_at}"
        );
    }
}

#[test]
fn unknown_input_is_priced_as_audio_where_it_may_be_audio() {
    let mut price = price_of_text(1, "main default 0 2026-01-01 1/-/-/10");
    price.audio_input = Some(Rate::from_pico_per_token(32_000_000).unwrap());
    let book = PriceBook::new(1, vec![price], Vec::new());
    let cost_of = |content: RequestContent, report: Option<UsageReport>| {
        let mut ending = ending(Vec::new(), false, Usage::default());
        ending.outcome.answer = Some(SeenAnswer { text_bytes: 0, is_final: false, has_unseen: false });
        ending.outcome.usage = report.map(|report| ReportedUsage { report, raw: "{}".to_owned() });
        let request =
            CallRequest { content, output_bound_tokens: Some(20), input_bound_tokens: 1_000, ..request() };
        let admitted = Admitted { output_bound_tokens: Some(20), ..admitted() };
        let record = record(&request, &admitted, &book, ending, Duration::from_secs(1), now());
        assert_eq!(record.usage.input_tokens, 1_000, "the price is not a count");
        record.cost.unwrap().as_pico() / 1_000_000
    };
    let text = RequestContent::text(1_000);
    assert_eq!(cost_of(text.clone(), None), 1_000 + 200);
    let audio = RequestContent { has_audio: true, ..text.clone() };
    assert_eq!(cost_of(audio.clone(), None), 32_000 + 200);
    for unseen in
        [RequestContent { fills_window: true, ..text.clone() }, RequestContent { stored_outputs: 1, ..text }]
    {
        assert_eq!(cost_of(unseen, None), 32_000 + 200);
    }
    // What the provider has counted is no guess.
    let counted = UsageReport { input_tokens: Some(1_000), output_tokens: Some(5), ..UsageReport::default() };
    assert_eq!(cost_of(audio, Some(counted)), 1_000 + 200);
}
