//! Three accounts of the same calls held against each other: the callers', the provider's, and the ledger's.

use std::collections::BTreeMap;

use mock_openai::{CallRecord, Counters};

use crate::call::{Made, Outcome, Tokens};
use crate::ledger::{Ledger, Row};
use crate::report::Report;

/// Finds every call that is missing, doubled, or recorded with other tokens than the provider's.
pub(crate) fn reconcile(made: &[Made], counters: &Counters, ledger: &Ledger) -> Report {
    let mut report = Report { sent: made.len(), ..Report::default() };
    let mut expected = Tokens::default();
    let sent: BTreeMap<&str, &Made> = made.iter().map(|call| (call.tag.as_str(), call)).collect();
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
        report.violations.push(format!("{tag}: nobody made this call"));
    }
    if ledger.doubled_ids > 0 {
        report.violations.push(format!("{} ids stand in the ledger twice", ledger.doubled_ids));
    }
    if ledger.open_calls > 0 {
        report.violations.push(format!("{} calls are still open after the sweep", ledger.open_calls));
    }
    let untagged =
        counters.total.requests - counters.calls.values().map(|calls| calls.len() as u64).sum::<u64>();
    if untagged > 0 {
        report.violations.push(format!("the provider saw {untagged} requests of no caller"));
    }
    if report.violations.is_empty() && expected != ledger.total {
        report.violations.push(format!("the ledger sums up to {:?}, not to {expected:?}", ledger.total));
    }
    for window in &ledger.windows {
        if window.reserved != 0 || window.used != window.expected {
            report.violations.push(format!(
                "the limit on {} counts {} used and {} reserved; its calls used {}",
                window.metric, window.used, window.reserved, window.expected
            ));
        }
    }
    report.windows = ledger.windows.len();
    report.total = ledger.total;
    report
}

fn count(report: &mut Report, call: &Made, records: &[CallRecord]) {
    *match call.outcome {
        Outcome::Answered(_) => &mut report.answered,
        Outcome::Refused(_) => &mut report.refused,
        Outcome::Broken => &mut report.broken,
        Outcome::HungUp => &mut report.hung_up,
        Outcome::Stuck => &mut report.stuck,
    } += 1;
    report.at_provider += usize::from(!records.is_empty());
    report.attempts_at_provider += records.len();
}

/// What the call adds to the ledger's sums, or what is wrong with its rows.
fn judge(
    call: &Made,
    records: &[CallRecord],
    rows: &[Row],
    report: &mut Report,
) -> Result<Tokens, &'static str> {
    if call.outcome == Outcome::Stuck {
        return Err("neither answered nor cut off");
    }
    let (first, corrections) = match rows {
        [] if !records.is_empty() => return Err("LOST: the provider saw it and the ledger did not"),
        [] if matches!(call.outcome, Outcome::Answered(_)) => return Err("answered by nobody"),
        [] => return Ok(Tokens::default()),
        [first, rest @ ..] => (first, rest),
    };
    if rows.iter().filter(|row| row.revision == 0).count() != 1 || first.revision != 0 {
        return Err("DOUBLED: it has not exactly one first row");
    }
    if corrections.len() > 1
        || corrections.iter().any(|row| row.id != first.id || first.status != "abandoned")
    {
        return Err("corrected twice, or without having been abandoned");
    }
    if call.call_id.as_ref().is_some_and(|id| !id.ends_with(&first.id.simple().to_string())) {
        return Err("the caller was told another id");
    }
    let row = corrections.last().unwrap_or(first);
    let recorded = Tokens {
        input: rows.iter().map(|row| row.tokens.input).sum(),
        output: rows.iter().map(|row| row.tokens.output).sum(),
    };
    let billed = billed(records);
    report.corrected += corrections.len();
    match row.status.as_str() {
        "settled" => {
            report.settled += 1;
            if recorded != billed {
                return Err("settled with other tokens than the provider's");
            }
            if rows.iter().map(|row| usize::try_from(row.attempts).unwrap_or(0)).sum::<usize>()
                != records.len()
            {
                return Err("settled with another number of attempts than the provider saw");
            }
            if !row.is_priced {
                return Err("settled without a price");
            }
        }
        "abandoned" => {
            report.abandoned += 1;
            report.abandoned_unsent += usize::from(records.is_empty());
            if recorded.input < billed.input || recorded.output < billed.output {
                return Err("abandoned below what the provider bills");
            }
        }
        "failed" => {
            report.failed += 1;
            if billed != Tokens::default() {
                return Err("failed, though the provider bills it");
            }
        }
        _ => return Err("estimated, though the provider told its usage"),
    }
    match call.outcome {
        Outcome::Answered(_) if row.status != "settled" => Err("answered and not settled"),
        Outcome::Answered(Some(told)) if told != recorded => Err("the caller was told other tokens"),
        _ => Ok(recorded),
    }
}

/// What the provider charges for all attempts, whether or not anybody heard of it.
fn billed(records: &[CallRecord]) -> Tokens {
    let mut billed = Tokens::default();
    for usage in records.iter().filter_map(|record| record.usage) {
        billed.input += i64::try_from(usage.input_tokens).unwrap_or(i64::MAX);
        billed.output += i64::try_from(usage.output_tokens).unwrap_or(i64::MAX);
    }
    billed
}

#[cfg(test)]
mod tests {
    use mock_openai::{CallEnd, Usage};
    use uuid::Uuid;

    use super::*;
    use crate::ledger::Window;

    const TOKENS: Tokens = Tokens { input: 10, output: 5 };

    fn answered() -> Made {
        Made { tag: "one".to_owned(), outcome: Outcome::Answered(Some(TOKENS)), call_id: None }
    }

    fn row(id: u128, status: &str) -> Row {
        Row {
            id: Uuid::from_u128(id),
            revision: 0,
            status: status.to_owned(),
            tokens: TOKENS,
            attempts: 1,
            is_priced: true,
        }
    }

    fn violations(rows: Vec<Row>) -> Vec<String> {
        let record = CallRecord {
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
    fn a_settled_call_with_the_providers_tokens_is_right() {
        assert_eq!(violations(vec![row(1, "settled")]), Vec::<String>::new());
    }

    #[test]
    fn a_missing_row_is_a_lost_call() {
        assert!(violations(Vec::new())[0].contains("LOST"));
    }

    #[test]
    fn a_count_that_differs_from_the_ledger_is_found() {
        let window = Window { metric: "tokens".to_owned(), used: 14, reserved: 0, expected: 15 };
        let ledger = Ledger { windows: vec![window], ..Ledger::default() };
        assert!(reconcile(&[], &Counters::default(), &ledger).violations[0].contains("counts 14 used"));
    }

    #[test]
    fn two_rows_are_a_doubled_call() {
        assert!(violations(vec![row(1, "settled"), row(2, "settled")])[0].contains("DOUBLED"));
    }

    #[test]
    fn an_answered_call_must_not_be_abandoned() {
        assert!(violations(vec![row(1, "abandoned")])[0].contains("answered and not settled"));
    }

    #[test]
    fn other_tokens_than_the_providers_are_found() {
        let wrong = Row { tokens: Tokens { input: 10, output: 6 }, ..row(1, "settled") };
        assert!(violations(vec![wrong])[0].contains("other tokens"));
    }
}
