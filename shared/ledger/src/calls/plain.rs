//! Admission of calls to which no limit applies.

use chrono::{DateTime, Utc};
use domain::calls::{Admission, Admitted, Reservations};
use domain::ids::KeyId;
use domain::keys::KeyHash;
use domain::money::PicoUsd;
use domain::words::Word;
use tokio_postgres::Row;
use uuid::Uuid;

use super::bound::PlainBound;
use super::limited::CALLER_COLUMNS;
use crate::batches::{Batched, Turn};
use crate::statement::{Column, EncodedRow, Grouped, Statement, Values, statement};
use crate::{Database, DbError};

/// The caller's columns first.
pub(super) const ADMIT_PLAIN: Statement = statement!(
    "calls/admit_plain.sql",
    [
        BYTEA, INT8, TEXT, TEXT, TEXT, JSONB, UUID, TEXT, BOOL, TEXT, INT8, INT8, INT8, INT8, FLOAT8, TEXT,
        TEXT
    ]
);
pub(super) const ADMIT_PLAIN_BATCH: Statement = statement!(
    "calls/admit_plain_batch.sql",
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
        INT8_ARRAY,
        INT8_ARRAY,
        INT8_ARRAY,
        INT8_ARRAY,
        FLOAT8_ARRAY,
        TEXT_ARRAY,
        TEXT_ARRAY
    ]
);

/// What the database decides about a call that it admits.
pub(crate) struct PlainAnswer {
    key_id: Uuid,
    user_label: String,
    opened_at: DateTime<Utc>,
}

impl PlainAnswer {
    fn of(row: &Row) -> Option<Self> {
        let key_id = row.get::<_, Option<_>>("key_id")?;
        Some(Self { key_id, user_label: row.get("user_label"), opened_at: row.get("opened_at") })
    }
}

/// An admission that waits for others in flight.
pub(crate) struct PlainAdmission {
    id: Uuid,
    row: EncodedRow,
}

impl AsRef<EncodedRow> for PlainAdmission {
    fn as_ref(&self) -> &EncodedRow {
        &self.row
    }
}

impl Batched for PlainAdmission {
    type Answer = Option<PlainAnswer>;

    async fn send(database: Database, calls: Vec<Self>) -> Result<Vec<Self::Answer>, DbError> {
        let mut answers: Vec<_> = calls.iter().map(|_| None).collect();
        let callers = Grouped::by(&calls, CALLER_COLUMNS)?;
        let (of_callers, of_calls) = (Column::all(&callers.firsts), Column::all(&calls));
        let mut values = Column::values(&of_callers[..CALLER_COLUMNS]);
        values.push(&callers.places);
        values.extend(Column::values(&of_calls[CALLER_COLUMNS..]));
        for row in database.query_hot_rows(&ADMIT_PLAIN_BATCH, &values).await? {
            let id: Uuid = row.get("call_id");
            if let Some(at) = calls.iter().position(|call| call.id == id) {
                answers[at] = PlainAnswer::of(&row);
            }
        }
        Ok(answers)
    }
}

/// As [`super::admit`], in half its time, for a call to which no limit applies. Its open row is on disk when this
/// returns. `None` if the call has a limit or may not be made: [`super::admit`] then decides.
pub async fn admit_plain(database: &Database, call: &Admission<'_>) -> Result<Option<Admitted>, DbError> {
    // Both need more than this statement reads.
    if call.key.is_none() || call.idempotency.is_some() {
        return Ok(None);
    }
    let bound = PlainBound::of(&call.bound);
    let key = call.key.as_ref().map(KeyHash::as_bytes);
    let seconds_to_settle = call.time_to_settle.as_secs_f64();
    let values: Values<'_> = &[
        &key,
        &call.price_version,
        &call.label,
        &call.fallback_label,
        &call.model,
        &call.tags,
        &call.id.as_uuid(),
        &call.endpoint.as_str(),
        &call.stream,
        &call.service_tier,
        &bound.input_tokens,
        &bound.output_tokens,
        &bound.tool_calls,
        &bound.pico_usd,
        &seconds_to_settle,
        &call.sdk,
        &call.provider.as_str(),
    ];
    let waiting =
        || EncodedRow::of(ADMIT_PLAIN.types, values).map(|row| PlainAdmission { id: call.id.as_uuid(), row });
    let answer = match database.plain_admissions().turn(database, waiting).await {
        Turn::Answered(answer) => answer,
        Turn::Alone(_lane) => match database.query_hot(&ADMIT_PLAIN, values).await {
            // Sent before, in a batch or over a connection that was lost, and admitted.
            Err(error) if error.constraint() == Some("open_calls_pkey") => None,
            row => PlainAnswer::of(&row?.ok_or(DbError::Unexpected("no verdict"))?),
        },
    };
    Ok(answer.map(|answer| Admitted {
        key_id: Some(KeyId::from_uuid(answer.key_id)),
        user_label: answer.user_label,
        opened_at: answer.opened_at,
        input_bound_tokens: bound.input_tokens,
        tool_call_bound: bound.tool_calls,
        output_bound_tokens: bound.output_tokens,
        reserved: bound.pico_usd.map(PicoUsd::from_pico),
        reservations: Reservations::default(),
        limits: Vec::new(),
    }))
}
