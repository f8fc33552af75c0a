//! Compares three records of the same calls: the callers', the provider's and the ledger's.

mod judge;

use std::collections::BTreeMap;

use mock_provider::{Counters, ProviderCall};

use crate::call::{CallOutcome, SentCall, TokenCounts};
use crate::ledger::Ledger;
use crate::report::ChaosReport;

use judge::{judge, requests};

/// Finds every call that is missing, duplicated, or recorded with other tokens than the provider's.
pub(crate) fn reconcile(sent_calls: &[SentCall], counters: &Counters, ledger: &Ledger) -> ChaosReport {
    let mut report = ChaosReport { sent: sent_calls.len(), ..ChaosReport::default() };
    let mut expected = TokenCounts::default();
    let sent: BTreeMap<&str, &SentCall> = sent_calls.iter().map(|call| (call.tag.as_str(), call)).collect();
    for (tag, call) in &sent {
        let records = counters.calls.get(*tag).map_or(&[][..], Vec::as_slice);
        let rows = ledger.calls.get(*tag).map_or(&[][..], Vec::as_slice);
        count(&mut report, call, records);
        match judge(call, records, rows, &mut report) {
            Ok(tokens) => {
                expected.input += tokens.input;
                expected.output += tokens.output;
            }
            Err(violation) => {
                report.violations.push(format!("{tag}: {violation}: {call:?} {records:?} {rows:?}"));
            }
        }
    }
    for tag in counters.calls.keys().chain(ledger.calls.keys()).filter(|tag| !sent.contains_key(tag.as_str()))
    {
        report.violations.push(format!("{tag}: no caller sent this call"));
    }
    if ledger.duplicated_ids > 0 {
        report.violations.push(format!("{} ids occur more than once in the ledger", ledger.duplicated_ids));
    }
    if ledger.open_calls > 0 {
        report.violations.push(format!("{} calls are still open after the sweep", ledger.open_calls));
    }
    let tagged: usize = counters.calls.values().map(|records| requests(records)).sum();
    let untagged = i128::from(counters.total.requests) - tagged as i128;
    if untagged != 0 {
        report.violations.push(format!("the provider received {untagged} requests without a caller"));
    }
    if report.violations.is_empty() && expected != ledger.total {
        report.violations.push(format!("the ledger totals {:?}, expected {expected:?}", ledger.total));
    }
    for window in &ledger.windows {
        if window.reserved != 0 || window.used != window.expected {
            report.violations.push(format!(
                "the limit on {} counts {} used and {} reserved, but its calls used {}",
                window.metric, window.used, window.reserved, window.expected
            ));
        }
    }
    report.windows = ledger.windows.len();
    report.total = ledger.total;
    report
}

fn count(report: &mut ChaosReport, call: &SentCall, records: &[ProviderCall]) {
    *match call.outcome {
        CallOutcome::Answered(_) => &mut report.answered,
        CallOutcome::Refused(_) => &mut report.refused,
        CallOutcome::Broken => &mut report.broken,
        CallOutcome::HungUp => &mut report.hung_up,
        CallOutcome::Stuck => &mut report.stuck,
    } += 1;
    report.at_provider += usize::from(!records.is_empty());
    report.attempts_at_provider += records.len();
}

#[cfg(test)]
mod tests {
    use mock_provider::{CallEnd, Usage};
    use uuid::Uuid;

    use super::*;
    use crate::ledger::{LedgerRow, LimitWindow};

    const TOKENS: TokenCounts = TokenCounts { input: 10, output: 5 };

    fn answered() -> SentCall {
        SentCall { tag: "one".to_owned(), outcome: CallOutcome::Answered(Some(TOKENS)), call_id: None }
    }

    fn row(id: u128, status: &str) -> LedgerRow {
        LedgerRow {
            id: Uuid::from_u128(id),
            revision: 0,
            status: status.to_owned(),
            tokens: TOKENS,
            attempts: 1,
            is_priced: true,
        }
    }

    fn violations(rows: Vec<LedgerRow>) -> Vec<String> {
        let record = ProviderCall {
            endpoint: "/v1/chat/completions".to_owned(),
            model: "gpt-4o-mini".to_owned(),
            served_model: None,
            service_tier: None,
            stream: false,
            status: Some(200),
            fault: None,
            end: CallEnd::Answered,
            request_id: "req_1".to_owned(),
            usage: Some(Usage { input_tokens: 10, output_tokens: 5, ..Usage::default() }),
            steps: Vec::new(),
            is_billed: true,
            usage_sent: true,
        };
        let mut counters = Counters::default();
        counters.total.requests = 1;
        counters.calls.insert("one".to_owned(), vec![record]);
        let mut ledger = Ledger::default();
        for row in &rows {
            ledger.total.input += row.tokens.input;
            ledger.total.output += row.tokens.output;
        }
        ledger.calls.insert("one".to_owned(), rows);
        reconcile(&[answered()], &counters, &ledger).violations
    }

    #[test]
    fn settled_call_with_the_providers_tokens_is_correct() {
        assert_eq!(violations(vec![row(1, "settled")]), Vec::<String>::new());
    }

    #[test]
    fn missing_row_is_a_lost_call() {
        assert!(violations(Vec::new())[0].contains("LOST"));
    }

    #[test]
    fn limit_window_that_differs_from_the_ledger_is_found() {
        let window = LimitWindow { metric: "tokens".to_owned(), used: 14, reserved: 0, expected: 15 };
        let ledger = Ledger { windows: vec![window], ..Ledger::default() };
        assert!(reconcile(&[], &Counters::default(), &ledger).violations[0].contains("counts 14 used"));
    }

    #[test]
    fn two_first_rows_are_a_duplicated_call() {
        assert!(violations(vec![row(1, "settled"), row(2, "settled")])[0].contains("DUPLICATED"));
    }

    #[test]
    fn answered_call_must_not_be_abandoned() {
        assert!(violations(vec![row(1, "abandoned")])[0].contains("answered, but not settled"));
    }

    #[test]
    fn tokens_that_differ_from_the_providers_are_found() {
        let wrong = LedgerRow { tokens: TokenCounts { input: 10, output: 6 }, ..row(1, "settled") };
        assert!(violations(vec![wrong])[0].contains("other tokens"));
    }
}
