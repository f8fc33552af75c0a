//! Admission of several calls of one caller, which meet the same limits.

use std::sync::Arc;

use domain::calls::{Admission, Verdict};
use domain::keys::KeyHash;
use domain::words::Word;
use serde_json::Value;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

use super::bound::BoundValues;
use super::verdict;
use crate::batches::Batched;
use crate::pool::Hot;
use crate::statement::{Column, EncodedRow, Statement, statement};
use crate::{Database, DbError};

pub(super) const ADMIT_BATCH: Statement = statement!(
    "calls/admit_batch.sql",
    [
        BYTEA,
        INT8,
        TEXT,
        TEXT,
        TEXT,
        JSONB,
        UUID_ARRAY,
        TEXT_ARRAY,
        BOOL_ARRAY,
        TEXT_ARRAY,
        INT8_ARRAY,
        INT8_ARRAY,
        INT8_ARRAY,
        INT8_ARRAY,
        INT8_ARRAY,
        INT8_ARRAY,
        FLOAT8_ARRAY,
        TEXT_ARRAY,
        TEXT_ARRAY
    ]
);
/// The types of its arrays' elements.
const TYPES: &[Type] = &[
    Type::UUID,
    Type::TEXT,
    Type::BOOL,
    Type::TEXT,
    Type::INT8,
    Type::INT8,
    Type::INT8,
    Type::INT8,
    Type::INT8,
    Type::INT8,
    Type::FLOAT8,
    Type::TEXT,
    Type::TEXT,
];
/// As the flush behind the admission of one call: one message, if any was admitted.
pub(super) const FLUSH_BATCH: Statement = statement!(
    "calls/flush_batch",
    "select pg_logical_emit_message(true, 'tokenmeter', '')
    where exists (select from open_calls where id = any ($1))",
    [UUID_ARRAY]
);

/// What calls share that are admitted together: all that decides which limits apply, and what may be called.
#[derive(PartialEq, Eq, Hash, Clone)]
pub(crate) struct Caller {
    key: Vec<u8>,
    price_version: i64,
    label: Option<String>,
    fallback_label: Option<String>,
    model: String,
    tags: Option<Value>,
}

impl Caller {
    /// `None` if the call is one that only its own admission can decide.
    pub(super) fn of(call: &Admission<'_>) -> Option<Self> {
        let is_bounded = call.bound.tools.is_none() && call.bound.unbounded.is_none();
        if !is_bounded || call.idempotency.is_some() {
            return None;
        }
        Some(Self {
            key: call.key.as_ref().map(KeyHash::as_bytes)?.to_vec(),
            price_version: call.price_version,
            label: call.label.map(str::to_owned),
            fallback_label: call.fallback_label.map(str::to_owned),
            model: call.model.to_owned(),
            tags: call.tags.cloned(),
        })
    }
}

/// An admission that waits for others of its caller in flight.
pub(crate) struct LimitedAdmission {
    caller: Arc<Caller>,
    id: Uuid,
    row: EncodedRow,
}

impl AsRef<EncodedRow> for LimitedAdmission {
    fn as_ref(&self) -> &EncodedRow {
        &self.row
    }
}

impl LimitedAdmission {
    pub(super) fn of(call: &Admission<'_>, caller: &Arc<Caller>) -> Result<Self, DbError> {
        let bound = BoundValues::of(&call.bound);
        let id = call.id.as_uuid();
        let seconds_to_settle = call.time_to_settle.as_secs_f64();
        let row = EncodedRow::of(
            TYPES,
            &[
                &id,
                &call.endpoint.as_str(),
                &call.stream,
                &call.service_tier,
                &call.bound.input_tokens,
                &call.bound.output_tokens,
                &call.bound.fill_tokens,
                &call.bound.choices,
                &bound.input_pico_usd,
                &bound.output_token_pico_usd,
                &seconds_to_settle,
                &call.sdk,
                &call.provider.as_str(),
            ],
        )?;
        Ok(Self { caller: Arc::clone(caller), id, row })
    }
}

impl Batched for LimitedAdmission {
    /// `None` if the call is to be decided by itself.
    type Answer = Option<Verdict>;

    async fn send(database: Database, calls: Vec<Self>) -> Result<Vec<Self::Answer>, DbError> {
        let Some(first) = calls.first() else { return Ok(Vec::new()) };
        let caller = &first.caller;
        let columns = Column::all(&calls);
        let mut values: Vec<&(dyn ToSql + Sync)> = vec![
            &caller.key,
            &caller.price_version,
            &caller.label,
            &caller.fallback_label,
            &caller.model,
            &caller.tags,
        ];
        values.extend(Column::values(&columns));
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
}
