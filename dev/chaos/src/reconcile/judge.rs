//! Judges a single call by its three records.

use std::collections::BTreeSet;

use mock_provider::ProviderCall;

use crate::call::{CallOutcome, SentCall, TokenCounts};
use crate::ledger::LedgerRow;
use crate::report::ChaosReport;

/// What the call adds to the ledger's totals, or what is wrong with its rows.
pub(super) fn judge(
    call: &SentCall,
    records: &[ProviderCall],
    rows: &[LedgerRow],
    report: &mut ChaosReport,
) -> Result<TokenCounts, &'static str> {
    if call.outcome == CallOutcome::Stuck {
        return Err("no response, and the connection stayed open");
    }
    let (first, corrections) = match rows {
        [] if !records.is_empty() => return Err("LOST: the provider served it, but the ledger has no row"),
        [] if matches!(call.outcome, CallOutcome::Answered(_)) => {
            return Err("answered, but the provider never received it");
        }
        [] => return Ok(TokenCounts::default()),
        [first, rest @ ..] => (first, rest),
    };
    check_revisions(call, first, corrections)?;
    report.corrected += corrections.len();
    let row = corrections.last().unwrap_or(first);
    let recorded = TokenCounts {
        input: rows.iter().map(|row| row.tokens.input).sum(),
        output: rows.iter().map(|row| row.tokens.output).sum(),
    };
    let attempts: i64 = rows.iter().map(|row| i64::from(row.attempts)).sum();
    check_status(row, recorded, attempts, records, report)?;
    match call.outcome {
        CallOutcome::Answered(_) if row.status != "settled" => Err("answered, but not settled"),
        CallOutcome::Answered(Some(reported)) if reported != recorded => {
            Err("the caller received other token counts")
        }
        _ => Ok(recorded),
    }
}

/// One first row, and at most one correction, of an abandoned row.
fn check_revisions(
    call: &SentCall,
    first: &LedgerRow,
    corrections: &[LedgerRow],
) -> Result<(), &'static str> {
    if first.revision != 0 || corrections.iter().any(|row| row.revision == 0) {
        return Err("DUPLICATED: it does not have exactly one first row");
    }
    if corrections.len() > 1
        || corrections.iter().any(|row| row.id != first.id || first.status != "abandoned")
    {
        return Err("corrected twice, or without having been abandoned");
    }
    if call.call_id.as_ref().is_some_and(|id| !id.ends_with(&first.id.simple().to_string())) {
        return Err("the caller received another call id");
    }
    Ok(())
}

/// Counts the call by its final status, and compares its tokens and attempts with the provider's.
fn check_status(
    row: &LedgerRow,
    recorded: TokenCounts,
    attempts: i64,
    records: &[ProviderCall],
    report: &mut ChaosReport,
) -> Result<(), &'static str> {
    let billed = billed(records);
    match row.status.as_str() {
        "settled" => {
            report.settled += 1;
            if recorded != billed {
                return Err("settled with other tokens than the provider's");
            }
            if usize::try_from(attempts) != Ok(requests(records)) {
                return Err("settled with another number of attempts than the provider's");
            }
            if !row.is_priced {
                return Err("settled without a price");
            }
        }
        "abandoned" => {
            report.abandoned += 1;
            report.abandoned_unsent += usize::from(records.is_empty());
            if recorded.input < billed.input || recorded.output < billed.output {
                return Err("abandoned with fewer tokens than the provider bills");
            }
        }
        "failed" => {
            report.failed += 1;
            if billed != TokenCounts::default() {
                return Err("failed, but the provider bills it");
            }
        }
        _ => return Err("estimated, although the provider reported usage"),
    }
    Ok(())
}

/// Work in the background has a second record, of its end.
pub(super) fn requests(records: &[ProviderCall]) -> usize {
    records.iter().map(|record| record.request_id.as_str()).collect::<BTreeSet<_>>().len()
}

/// What the provider bills for all attempts, reported or not.
fn billed(records: &[ProviderCall]) -> TokenCounts {
    let mut billed = TokenCounts::default();
    for usage in records.iter().filter_map(|record| record.usage) {
        billed.input += i64::try_from(usage.input_tokens).unwrap_or(i64::MAX);
        billed.output += i64::try_from(usage.output_tokens).unwrap_or(i64::MAX);
    }
    billed
}
