//! Refuses queries that would read too many calls or calls past retention, and says what to ask for instead.

use chrono::{DateTime, SecondsFormat, Utc};
use domain::queries::{Grouping, TimeRange, UsageFilter};
use ledger::Database;
use ledger::usage::{self, MAX_ROWS};
use web::{ApiError, FieldError};

const QUARTER_SECONDS: i64 = 15 * 60;

/// Checks a query for sums: they come from the rollups where those have the dimensions, else from single calls.
pub(crate) async fn check_sums(
    database: &Database,
    filter: &UsageFilter,
    grouping: &Grouping,
) -> Result<(), ApiError> {
    if !filter.is_in_rollups(grouping) {
        return check_calls(database, filter).await;
    }
    let range = filter.range;
    let ragged = [("from", range.from), ("to", range.to)]
        .into_iter()
        .find_map(|(field, at)| at.filter(|at| !is_quarter(*at)).map(|at| (field, at)));
    let Some((field, at)) = ragged else { return Ok(()) };
    match usage::dropped_until(database).await? {
        Some(dropped_until) if at < dropped_until => {
            let message = format!(
                "must be at a quarter of an hour: single calls from before {} are no longer kept",
                text(dropped_until)
            );
            Err(refusal(field, message))
        }
        _ => Ok(()),
    }
}

/// Single calls, all of a range.
async fn check_calls(database: &Database, filter: &UsageFilter) -> Result<(), ApiError> {
    check_range(database, filter.range).await
}

pub(crate) async fn check_range(database: &Database, range: TimeRange) -> Result<(), ApiError> {
    if let Some(dropped_until) = usage::dropped_until(database).await?
        && range.from.is_none_or(|from| from < dropped_until)
    {
        return Err(dropped(dropped_until));
    }
    check_rows(database, range).await
}

/// Checks that a range of single calls does not begin or end before retention: dropped rows would be silently missing.
/// A range that is open at its start begins with the first row that is kept.
pub(crate) async fn check_kept(database: &Database, range: TimeRange) -> Result<(), ApiError> {
    if range == TimeRange::default() {
        return Ok(());
    }
    let Some(dropped_until) = usage::dropped_until(database).await? else { return Ok(()) };
    match (range.from, range.to) {
        (Some(from), _) if from < dropped_until => Err(dropped(dropped_until)),
        (None, Some(to)) if to <= dropped_until => Err(refusal(
            "to",
            format!("must be later than {}: older calls are kept as sums only", text(dropped_until)),
        )),
        _ => Ok(()),
    }
}

fn dropped(until: DateTime<Utc>) -> ApiError {
    refusal("from", format!("must be {} or later: older calls are kept as sums only", text(until)))
}

/// Checks that a range holds no more calls than one response may read.
pub(crate) async fn check_rows(database: &Database, range: TimeRange) -> Result<(), ApiError> {
    check_count(usage::estimate_rows(database, range).await?, "this query reads single calls")
}

pub(crate) fn check_count(rows: u64, why: &str) -> Result<(), ApiError> {
    if rows > MAX_ROWS {
        let message = format!(
            "must be later, or 'to' earlier: {why}, at most {MAX_ROWS}, and the range has about {rows}"
        );
        return Err(refusal("from", message));
    }
    Ok(())
}

fn is_quarter(at: DateTime<Utc>) -> bool {
    at.timestamp() % QUARTER_SECONDS == 0 && at.timestamp_subsec_nanos() == 0
}

fn refusal(field: &str, message: String) -> ApiError {
    ApiError::Validation(vec![FieldError::new(field, message)])
}

pub(crate) fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}
