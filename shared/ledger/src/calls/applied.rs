//! The limits that apply to an admitted call, as admission returns them: arrays, which cost Postgres less than JSON.

use chrono::{DateTime, Utc};
use domain::limits::Applied;
use domain::words::Word;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::DbError;

/// With what the call reserves in each. As `limit_windows_lock` builds them.
pub(super) fn limits(row: &Row, amounts: &[i64]) -> Result<Vec<Applied>, DbError> {
    let words: Option<Vec<&str>> = row.get("limit_words");
    let numbers: Option<Vec<i64>> = row.get("limit_amounts");
    let ends: Option<Vec<Option<DateTime<Utc>>>> = row.get("limit_ends");
    let (words, numbers, ends) =
        (words.unwrap_or_default(), numbers.unwrap_or_default(), ends.unwrap_or_default());
    let limits = words.as_chunks().0.iter().zip(numbers.as_chunks().0).zip(ends).zip(amounts);
    limits
        .map(|(((words, numbers), resets_at), amount)| limit(*words, *numbers, resets_at, *amount))
        .collect::<Option<_>>()
        .ok_or(DbError::Unexpected("a limit of unknown words"))
}

fn limit(
    [id, subject_kind, subject_id, metric, period, mode]: [&str; 6],
    [cap, used, reserved]: [i64; 3],
    resets_at: Option<DateTime<Utc>>,
    amount: i64,
) -> Option<Applied> {
    Some(Applied {
        id: Uuid::parse_str(id).ok()?,
        subject_kind: Word::from_word(subject_kind)?,
        subject_id: subject_id.to_owned(),
        metric: Word::from_word(metric)?,
        period: Word::from_word(period)?,
        is_hard: mode == "hard",
        cap,
        used,
        reserved: reserved.saturating_add(amount),
        resets_at,
    })
}
