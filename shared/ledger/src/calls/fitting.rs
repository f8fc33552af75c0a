//! Admission of calls under limits that have ample room for all of them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::calls::{Admitted, Reservations, Verdict};
use domain::ids::KeyId;
use domain::limits::{Applied, Metric};
use domain::money::PicoUsd;
use domain::words::Word;
use tokio_postgres::Row;
use uuid::Uuid;

use super::limited::{BATCH_COLUMNS, CALLER_COLUMNS, FITTING_COLUMNS, FLUSH_BATCH, LimitedAdmission};
use crate::pool::Hot;
use crate::statement::{Column, Grouped, Statement, statement};
use crate::{Database, DbError};

pub(super) const ADMIT_FITTING: Statement = statement!(
    "calls/admit_fitting.sql",
    [
        BYTEA_ARRAY,
        INT8_ARRAY,
        TEXT_ARRAY,
        TEXT_ARRAY,
        TEXT_ARRAY,
        JSONB_ARRAY,
        INT4_ARRAY,
        UUID_ARRAY,
        TEXT_ARRAY,
        BOOL_ARRAY,
        TEXT_ARRAY,
        FLOAT8_ARRAY,
        TEXT_ARRAY,
        TEXT_ARRAY,
        INT8_ARRAY,
        INT8_ARRAY,
        BOOL_ARRAY,
        INT8_ARRAY,
        INT8_ARRAY,
        INT8_ARRAY
    ]
);

/// Admits the calls in one statement, with an answer for each in their order. `None` if that has to be decided by
/// another admission; nothing has changed for such a call. Open rows are on disk when this returns.
pub(super) async fn admit_fitting(
    database: &Database,
    calls: &[LimitedAdmission],
) -> Result<Vec<Option<Verdict>>, DbError> {
    let callers = Grouped::by(calls, CALLER_COLUMNS)?;
    let (of_callers, of_calls) = (Column::all(&callers.firsts), Column::all(calls));
    let mut values = Column::values(&of_callers[..CALLER_COLUMNS]);
    values.push(&callers.places);
    values.extend(Column::values(&of_calls[CALLER_COLUMNS..BATCH_COLUMNS]));
    values.extend(Column::values(&of_calls[FITTING_COLUMNS..]));
    let ids: Vec<Uuid> = calls.iter().map(|call| call.id).collect();
    let (admission, flush): (Hot<'_>, Hot<'_>) = ((&ADMIT_FITTING, &values), (&FLUSH_BATCH, &[&ids]));
    let row = database.query_then_flush(admission, flush).await?.ok_or(DbError::Unexpected("no verdict"))?;
    let Some(mut answer) = Answer::of(&row)? else { return Ok(calls.iter().map(|_| None).collect()) };
    Ok(calls.iter().zip(callers.places).map(|(call, caller)| answer.verdict(call, caller)).collect())
}

/// What the database found out about callers and their limits.
struct Answer {
    opened_at: DateTime<Utc>,
    /// By the places of callers.
    key_ids: Vec<Option<Uuid>>,
    user_labels: Vec<String>,
    limits: Vec<CallerLimit>,
    /// What is reserved in each window behind the calls that were answered.
    reserved: HashMap<i64, i64>,
}

/// A limit that applies to the calls of a caller.
struct CallerLimit {
    caller: i32,
    window_id: i64,
    limit: Applied,
}

/// The state of a window before the calls.
struct WindowState {
    cap: i64,
    used: i64,
    ends_at: Option<DateTime<Utc>>,
}

impl Answer {
    /// `None` if no call was admitted.
    fn of(row: &Row) -> Result<Option<Self>, DbError> {
        let (Some(opened_at), Some(key_ids), Some(user_labels)) =
            (row.get("opened_at"), row.get("key_ids"), row.get("user_labels"))
        else {
            return Ok(None);
        };
        let changed: Vec<i64> = list(row, "changed_ids");
        let reserved = changed.iter().copied().zip(list(row, "reserved")).collect();
        let states = list(row, "caps").into_iter().zip(list(row, "used")).zip(list(row, "ends_at"));
        let states: HashMap<i64, WindowState> = changed
            .into_iter()
            .zip(states.map(|((cap, used), ends_at)| WindowState { cap, used, ends_at }))
            .collect();
        let limits = list::<Uuid>(row, "limit_ids")
            .into_iter()
            .zip(list::<&str>(row, "limit_words"))
            .zip(list::<String>(row, "subject_ids"))
            .map(|((id, words), subject_id)| (id, words, subject_id));
        let places = list::<i32>(row, "limit_callers").into_iter().zip(list::<i64>(row, "window_ids"));
        let limits = limits
            .zip(places)
            // A caller whose window had no room is not admitted.
            .filter_map(|(limit, (caller, window_id))| {
                Some((limit, caller, window_id, states.get(&window_id)?))
            })
            .map(|((id, words, subject_id), caller, window_id, state)| {
                Some(CallerLimit { caller, window_id, limit: applied(id, words, subject_id, state)? })
            })
            .collect::<Option<_>>()
            .ok_or(DbError::Unexpected("a limit of unknown words"))?;
        Ok(Some(Self { opened_at, key_ids, user_labels, limits, reserved }))
    }

    fn verdict(&mut self, call: &LimitedAdmission, caller: i32) -> Option<Verdict> {
        let place = usize::try_from(caller).ok()?.checked_sub(1)?;
        let key_id = self.key_ids.get(place).copied().flatten()?;
        let user_label = self.user_labels.get(place)?.clone();
        let of_caller = || self.limits.iter().filter(|limit| limit.caller == caller);
        let is_bounded = of_caller().any(|CallerLimit { limit, .. }| {
            limit.is_hard && matches!(limit.metric, Metric::Tokens | Metric::Usd)
        });
        let output_tokens = call.bound.output_tokens(is_bounded);
        let pico_usd = call.bound.pico_usd(is_bounded);
        let mut reservations = Reservations::default();
        let mut limits = Vec::new();
        for CallerLimit { window_id, limit, .. } in of_caller() {
            let amount = match limit.metric {
                Metric::Tokens => call.bound.input_tokens + output_tokens.unwrap_or_default(),
                Metric::Usd => pico_usd.unwrap_or_default(),
                Metric::Requests | Metric::Concurrency => 1,
            };
            let reserved = self.reserved.entry(*window_id).or_default();
            *reserved = reserved.saturating_add(amount);
            limits.push(Applied { reserved: *reserved, ..limit.clone() });
            reservations.window_ids.push(*window_id);
            reservations.amounts.push(amount);
        }
        Some(Verdict::Admitted(Admitted {
            key_id: Some(KeyId::from_uuid(key_id)),
            user_label,
            opened_at: self.opened_at,
            input_bound_tokens: call.bound.input_tokens,
            tool_call_bound: None,
            output_bound_tokens: output_tokens,
            reserved: pico_usd.map(PicoUsd::from_pico),
            reservations,
            limits,
        }))
    }
}

/// `words` are the kind of the subject, metric, period and mode.
fn applied(id: Uuid, words: &str, subject_id: String, state: &WindowState) -> Option<Applied> {
    let mut words = words.split(' ');
    Some(Applied {
        id,
        subject_kind: Word::from_word(words.next()?)?,
        subject_id,
        metric: Word::from_word(words.next()?)?,
        period: Word::from_word(words.next()?)?,
        is_hard: words.next()? == "hard",
        cap: state.cap,
        used: state.used,
        // Of each call as it was admitted.
        reserved: 0,
        resets_at: state.ends_at,
    })
}

/// Empty if the array is null.
fn list<'a, T: tokio_postgres::types::FromSql<'a>>(row: &'a Row, column: &str) -> Vec<T> {
    row.get::<_, Option<Vec<T>>>(column).unwrap_or_default()
}
