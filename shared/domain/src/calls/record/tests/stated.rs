//! What a call is recorded as whose upstream states its cost.

use super::{ROWS, book, ending, part, record_of, request, tokens};
use crate::calls::{CallEnding, CallRecord, CallRequest, CostSource};
use crate::money::PicoUsd;
use crate::upstreams::PriceSource;
use crate::usage::{ReportedCost, Usage};

/// By the rows: 100 × 1 + 10 × 10 USD per million.
const TABLE: PicoUsd = PicoUsd::from_pico(200_000_000);
const STATED: PicoUsd = PicoUsd::from_pico(210_000_000);

fn of(price_source: PriceSource) -> CallRequest {
    CallRequest { upstream: Some("openrouter".to_owned()), price_source, ..request() }
}

fn stating(cost: Option<ReportedCost>, retried: Usage) -> CallEnding {
    let mut ending = ending(Vec::new(), false, retried);
    ending.outcome.usage.as_mut().unwrap().report.stated_cost = cost;
    ending
}

/// The cost, both figures and the source.
type Costs = (Option<PicoUsd>, Option<PicoUsd>, Option<PicoUsd>, CostSource);

fn costs(record: &CallRecord) -> Costs {
    let stated = record.stated_cost;
    (record.cost, stated.stated, stated.table, stated.source)
}

#[test]
fn source_of_the_upstream_decides_which_figure_is_the_cost() {
    let (known, unreadable) = (Some(ReportedCost::Known(STATED)), Some(ReportedCost::Unreadable));
    for (source, cost, expected) in [
        (PriceSource::Table, None, (Some(TABLE), None, None, CostSource::Table)),
        (PriceSource::Table, known, (Some(TABLE), Some(STATED), Some(TABLE), CostSource::Table)),
        (PriceSource::Table, unreadable, (Some(TABLE), None, None, CostSource::Table)),
        (PriceSource::Upstream, None, (Some(TABLE), None, None, CostSource::Fallback)),
        (PriceSource::Upstream, known, (Some(STATED), Some(STATED), Some(TABLE), CostSource::Upstream)),
        (PriceSource::Upstream, unreadable, (Some(TABLE), None, None, CostSource::Fallback)),
    ] {
        let record = record_of(&of(source), &book(&ROWS), stating(cost, Usage::default()));
        assert_eq!(costs(&record), expected, "{source:?} {cost:?}");
        assert_eq!((record.price_id, record.upstream.as_deref()), (Some(1), Some("openrouter")));
    }
    // Without a price there is nothing to compare with.
    let record = record_of(&of(PriceSource::Upstream), &book(&[]), stating(known, Usage::default()));
    assert_eq!(costs(&record), (Some(STATED), Some(STATED), None, CostSource::Upstream));
}

#[test]
fn head_of_the_answer_counts_before_its_body() {
    let mut ending = stating(Some(ReportedCost::Known(TABLE)), Usage::default());
    ending.exchange.stated_cost = Some(ReportedCost::Known(STATED));
    let record = record_of(&of(PriceSource::Upstream), &book(&ROWS), ending);
    assert_eq!(record.cost, Some(STATED));
}

#[test]
fn attempts_before_the_answer_are_added_at_their_price() {
    let retried = tokens(10, 1);
    let ending = stating(Some(ReportedCost::Known(STATED)), retried);
    let record = record_of(&of(PriceSource::Upstream), &book(&ROWS), ending);
    assert_eq!(record.retried_cost, Some(PicoUsd::from_pico(20_000_000)));
    assert_eq!(record.cost, Some(PicoUsd::from_pico(230_000_000)));
    assert_eq!(record.stated_cost.difference(), Some(PicoUsd::from_pico(10_000_000)));
    // Their cost is unknown.
    let unknown = stating(Some(ReportedCost::Known(STATED)), retried);
    assert_eq!(record_of(&of(PriceSource::Upstream), &book(&[]), unknown).cost, None);
}

#[test]
fn figure_stands_for_the_whole_answer() {
    let mut parts = ending(vec![part("other", 50, 4)], false, Usage::default());
    parts.outcome.usage.as_mut().unwrap().report.stated_cost = Some(ReportedCost::Known(STATED));
    let record = record_of(&of(PriceSource::Upstream), &book(&ROWS), parts);
    assert_eq!(
        (record.cost, record.stated_cost.table),
        (Some(STATED), Some(PicoUsd::from_pico(470_000_000)))
    );
    // What came before an answer broke off is not its cost.
    let mut broken = stating(Some(ReportedCost::Known(STATED)), Usage::default());
    broken.outcome.answer.as_mut().unwrap().is_final = false;
    let record = record_of(&of(PriceSource::Upstream), &book(&ROWS), broken);
    assert_eq!((record.stated_cost.source, record.stated_cost.stated), (CostSource::Fallback, Some(STATED)));
    assert!(record.cost >= Some(TABLE));
}

#[test]
fn what_is_not_billed_costs_nothing() {
    let mut unbilled = ending(Vec::new(), true, Usage::default());
    unbilled.outcome.usage.as_mut().unwrap().report.stated_cost = Some(ReportedCost::Known(STATED));
    let record = record_of(&of(PriceSource::Upstream), &book(&ROWS), unbilled);
    assert_eq!((record.cost, record.stated_cost.stated), (Some(PicoUsd::ZERO), None));
}
