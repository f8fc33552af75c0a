//! Admission of calls to which limits may apply.

use domain::calls::{Admission, Verdict};
use domain::keys::KeyHash;
use domain::words::Word;
use tokio_postgres::types::Type;
use uuid::Uuid;

use super::bound::{AmpleBound, BoundValues};
use super::fitting::admit_fitting;
use super::verdict;
use crate::batches::Batched;
use crate::pool::Hot;
use crate::statement::{Column, EncodedRow, Grouped, Statement, statement};
use crate::{Database, DbError};

pub(super) const ADMIT_BATCH: Statement = statement!(
    "calls/admit_batch.sql",
    [
        BYTEA_ARRAY,
        INT8_ARRAY,
        TEXT_ARRAY,
        TEXT_ARRAY,
        TEXT_ARRAY,
        JSONB_ARRAY,
        UUID_ARRAY,
        TEXT_ARRAY,
        BOOL_ARRAY,
        TEXT_ARRAY,
        FLOAT8_ARRAY,
        TEXT_ARRAY,
        TEXT_ARRAY,
        INT8_ARRAY,
        INT8_ARRAY,
        INT8_ARRAY,
        INT8_ARRAY,
        INT8_ARRAY,
        INT8_ARRAY
    ]
);
/// The types of a call's columns: those of its caller, those of every admission, those of `admit_batch.sql` from the
/// output bound on, and those of `admit_fitting.sql`.
const TYPES: &[Type] = &[
    Type::BYTEA,
    Type::INT8,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::JSONB,
    Type::UUID,
    Type::TEXT,
    Type::BOOL,
    Type::TEXT,
    Type::FLOAT8,
    Type::TEXT,
    Type::TEXT,
    Type::INT8,
    Type::INT8,
    Type::INT8,
    Type::INT8,
    Type::INT8,
    Type::INT8,
    Type::INT8,
    Type::BOOL,
    Type::INT8,
    Type::INT8,
    Type::INT8,
];
/// Key, price version, labels, model and tags: all that decides which limits apply, and what may be called.
pub(super) const CALLER_COLUMNS: usize = 6;
/// Where the columns of `admit_batch.sql` begin that `admit_fitting.sql` does not have, and where its own begin.
pub(super) const BATCH_COLUMNS: usize = 14;
pub(super) const FITTING_COLUMNS: usize = 19;
/// As the flush behind the admission of one call: one message, if any was admitted.
pub(super) const FLUSH_BATCH: Statement = statement!(
    "calls/flush_batch",
    "select pg_logical_emit_message(true, 'tokenmeter', '')
    where exists (select from open_calls where id = any ($1))",
    [UUID_ARRAY]
);

/// An admission that waits for others in flight.
pub(crate) struct LimitedAdmission {
    pub(super) id: Uuid,
    pub(super) bound: AmpleBound,
    row: EncodedRow,
}

impl AsRef<EncodedRow> for LimitedAdmission {
    fn as_ref(&self) -> &EncodedRow {
        &self.row
    }
}

impl LimitedAdmission {
    /// Whether others may be admitted with the call; otherwise only its own admission can decide it.
    pub(super) fn may_wait(call: &Admission<'_>) -> bool {
        call.key.is_some() && call.idempotency.is_none() && AmpleBound::of(&call.bound).is_some()
    }

    pub(super) fn of(call: &Admission<'_>) -> Result<Self, DbError> {
        let key = call.key.as_ref().map(KeyHash::as_bytes);
        let ample = AmpleBound::of(&call.bound).ok_or(DbError::Unexpected("a call without a bound"))?;
        let bound = BoundValues::of(&call.bound);
        let id = call.id.as_uuid();
        let row = EncodedRow::of(
            TYPES,
            &[
                &key,
                &call.price_version,
                &call.label,
                &call.fallback_label,
                &call.model,
                &call.tags,
                &id,
                &call.endpoint.as_str(),
                &call.stream,
                &call.service_tier,
                &call.time_to_settle.as_secs_f64(),
                &call.sdk,
                &call.provider.as_str(),
                &call.bound.input_tokens,
                &call.bound.output_tokens,
                &call.bound.fill_tokens,
                &call.bound.choices,
                &bound.input_pico_usd,
                &bound.output_token_pico_usd,
                &ample.output_tokens,
                &ample.is_filled,
                &ample.pico_usd,
                &ample.ample_tokens,
                &ample.ample_pico_usd,
            ],
        )?;
        Ok(Self { id, bound: ample, row })
    }
}

impl Batched for LimitedAdmission {
    /// `None` if the call is to be decided by itself.
    type Answer = Option<Verdict>;

    /// Those that limits have no ample room for, or that may not be made, are decided caller by caller.
    async fn send(database: Database, calls: Vec<Self>) -> Result<Vec<Self::Answer>, DbError> {
        let mut answers = admit_fitting(&database, &calls).await?;
        let places = Grouped::by(&calls, CALLER_COLUMNS)?.places;
        for caller in 1..=places.iter().copied().max().unwrap_or_default() {
            let of_caller = |at: &usize| places[*at] == caller && answers[*at].is_none();
            let left: Vec<usize> = (0..calls.len()).filter(of_caller).collect();
            if left.len() > 1 {
                let group: Vec<&Self> = left.iter().map(|at| &calls[*at]).collect();
                for (at, answer) in left.into_iter().zip(admit_group(&database, &group).await?) {
                    answers[at] = answer;
                }
            }
        }
        Ok(answers)
    }
}

/// Decides calls of one caller one after the other.
async fn admit_group(
    database: &Database,
    calls: &[&LimitedAdmission],
) -> Result<Vec<Option<Verdict>>, DbError> {
    let (of_caller, of_calls) = (Column::all(&calls[..1]), Column::all(calls));
    let mut values = Column::values(&of_caller[..CALLER_COLUMNS]);
    values.extend(Column::values(&of_calls[CALLER_COLUMNS..FITTING_COLUMNS]));
    let ids: Vec<Uuid> = calls.iter().map(|call| call.id).collect();
    let (admission, flush): (Hot<'_>, Hot<'_>) = ((&ADMIT_BATCH, &values), (&FLUSH_BATCH, &[&ids]));
    let mut answers: Vec<_> = calls.iter().map(|_| None).collect();
    for row in database.query_rows_then_flush(admission, flush).await? {
        let id: Uuid = row.get("call_id");
        if let Some(at) = ids.iter().position(|call_id| *call_id == id) {
            answers[at] = Some(verdict(&row)?);
        }
    }
    Ok(answers)
}
