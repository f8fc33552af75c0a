//! Fees stay with their call when its tokens are priced again.

use super::{at, book_of, tokens};
use crate::money::PicoUsd;
use crate::pricing::{Fee, Fees, PastCall};
use crate::provider::Provider;

fn past(fees: Fees) -> PastCall {
    PastCall {
        provider: Provider::OPENAI,
        served_model: None,
        model: "m".to_owned(),
        service_tier: None,
        usage: tokens(10, 5),
        retried_input_tokens: 0,
        retried_output_tokens: 0,
        parts: Vec::new(),
        is_failed: false,
        may_be_estimated: false,
        billed: None,
        error_code: None,
        is_unpriced: false,
        fees,
        at: at("2026-03-01T00:00:00Z"),
    }
}

fn fee(cost: Option<i64>) -> Fee {
    Fee { tool: "web_search".to_owned(), uses: 2, cost: cost.map(PicoUsd::from_pico) }
}

#[test]
fn repriced_call_keeps_its_fees_and_stays_unknown_with_an_unknown_one() {
    let book = book_of(&["m default 0 2026-01-01 1/-/-/2"]);
    let cost = |fees| past(fees).quote(&book).unwrap().cost.map(PicoUsd::as_pico);
    assert_eq!(cost(Fees::default()), Some(20_000_000));
    assert_eq!(cost(Fees(vec![fee(Some(7)), fee(Some(3))])), Some(20_000_010));
    assert_eq!(cost(Fees(vec![fee(Some(7)), fee(None)])), None);
}

#[test]
fn stored_fees_are_read_as_they_were_and_malformed_ones_are_unknown() {
    let fees = Fees(vec![fee(Some(7)), fee(None)]);
    assert_eq!(Fees::from_stored(fees.stored().as_ref()), fees);
    assert_eq!((Fees::default().stored(), Fees::from_stored(None)), (None, Fees::default()));
    assert_eq!(Fees::from_stored(Some(&serde_json::json!([{"tool": "x"}]))).total(), None);
}
