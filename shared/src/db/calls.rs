//! The life of a call in the database: admitted, settled, or swept when nobody settled it.

mod record;

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;
use tokio_postgres::types::Type;

pub use record::{CallRecord, Endpoint, Status};

use super::{Database, DbError};
use crate::auth::KeyHash;
use crate::ids::{CallId, KeyId};
use crate::money::PicoUsd;

pub(super) const ADMIT: &str = include_str!("calls/admit.sql");
pub(super) const SETTLE: &str = include_str!("calls/settle.sql");
pub(super) const SETTLE_LATE: &str = include_str!("calls/settle_late.sql");
pub(super) const SWEEP: &str = include_str!("calls/sweep.sql");
pub(super) const ADMIT_TYPES: &[Type] = &[
    Type::UUID,
    Type::BYTEA,
    Type::INT8,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::BOOL,
    Type::TEXT,
    Type::INT8,
    Type::INT8,
    Type::INT8,
    Type::FLOAT8,
    Type::TEXT,
    Type::JSONB,
    Type::BYTEA,
];
pub(super) const SWEEP_TYPES: &[Type] = &[];
pub(super) use record::SETTLE_TYPES;

/// A call that asks to be let through.
pub struct Admission<'a> {
    pub id: CallId,
    /// `None` for a caller who brings a provider key of their own and no key of ours.
    pub key: Option<KeyHash>,
    /// Of the book that `reserved` was computed with.
    pub price_version: i64,
    /// A label named for us; a key bound to another one refuses it.
    pub label: Option<&'a str>,
    /// A label read from fields that mean something else to the provider too; a bound key overrides it.
    pub fallback_label: Option<&'a str>,
    pub model: &'a str,
    pub endpoint: Endpoint,
    pub stream: bool,
    pub service_tier: Option<&'a str>,
    pub input_bound_tokens: i64,
    pub output_bound_tokens: Option<i64>,
    pub reserved: Option<PicoUsd>,
    /// After this the sweeper takes the call for lost.
    pub time_to_settle: Duration,
    pub sdk: Option<&'a str>,
    pub tags: Option<&'a Value>,
    pub idempotency: Option<KeyHash>,
}

/// A call let through: its row in `open_calls` is there until it is settled or swept.
#[derive(Debug, Clone)]
pub struct Admitted {
    pub key_id: Option<KeyId>,
    pub user_label: String,
    /// The database's clock.
    pub opened_at: DateTime<Utc>,
}

/// What admission decided.
#[derive(Debug, Clone)]
pub enum Verdict {
    Admitted(Admitted),
    /// The prices changed: reload them and ask again.
    StalePrices,
    InvalidKey,
    ScopeMissing,
    LabelNotAllowed,
    ModelNotAllowed,
    IdempotencyInProgress,
}

/// Decides about a call and, where it is let through, writes its open row. Nothing is written for a refusal.
pub async fn admit(database: &Database, call: &Admission<'_>) -> Result<Verdict, DbError> {
    let row = database
        .query_hot(
            ADMIT,
            &[
                (&call.id.as_uuid(), Type::UUID),
                (&call.key.as_ref().map(KeyHash::as_bytes), Type::BYTEA),
                (&call.price_version, Type::INT8),
                (&call.label, Type::TEXT),
                (&call.fallback_label, Type::TEXT),
                (&call.model, Type::TEXT),
                (&call.endpoint.as_str(), Type::TEXT),
                (&call.stream, Type::BOOL),
                (&call.service_tier, Type::TEXT),
                (&call.input_bound_tokens, Type::INT8),
                (&call.output_bound_tokens, Type::INT8),
                (&call.reserved.map(PicoUsd::as_pico), Type::INT8),
                (&call.time_to_settle.as_secs_f64(), Type::FLOAT8),
                (&call.sdk, Type::TEXT),
                (&call.tags, Type::JSONB),
                (&call.idempotency.as_ref().map(KeyHash::as_bytes), Type::BYTEA),
            ],
        )
        .await;
    let row = match row {
        // Two requests with the same Idempotency-Key at the same instant: the index lets one through.
        Err(error) if error.constraint() == Some("open_calls_idempotency_hash_key") => {
            return Ok(Verdict::IdempotencyInProgress);
        }
        row => row?.ok_or(DbError::Unexpected("no verdict"))?,
    };
    Ok(match row.get("verdict") {
        "admitted" => Verdict::Admitted(Admitted {
            key_id: row.get::<_, Option<_>>("key_id").map(KeyId::from_uuid),
            user_label: row.get("user_label"),
            opened_at: row.get("opened_at"),
        }),
        "stale_prices" => Verdict::StalePrices,
        "invalid_api_key" => Verdict::InvalidKey,
        "scope_missing" => Verdict::ScopeMissing,
        "label_not_allowed" => Verdict::LabelNotAllowed,
        "model_not_allowed" => Verdict::ModelNotAllowed,
        "idempotency_in_progress" => Verdict::IdempotencyInProgress,
        _ => return Err(DbError::Unexpected("an unknown verdict")),
    })
}

/// Moves a call from `open_calls` into the ledger, durably. Repeating it changes nothing.
pub async fn settle(database: &Database, record: &CallRecord) -> Result<(), DbError> {
    let values = record.values();
    let params = values.params();
    if database.query_hot(SETTLE, &params).await?.is_some() {
        return Ok(());
    }
    let mut client = database.connection().await?;
    let transaction = client.transaction().await?;
    // The snapshot of the second statement is newer than any settlement of the same call that held this lock.
    transaction
        .query_typed(
            "select pg_advisory_xact_lock(hashtextextended($1::text, 0))",
            &[(&record.id.to_string(), Type::TEXT)],
        )
        .await?;
    let rows = transaction.query_typed(SETTLE_LATE, &params).await?;
    transaction.commit().await?;
    if !rows.is_empty() {
        tracing::warn!(call_id = %record.id, "A call was settled whose open row was gone.");
    }
    Ok(())
}

/// Records calls past their deadline as abandoned, at most 1,000 at a time, and answers their ids.
pub async fn sweep(database: &Database) -> Result<Vec<CallId>, DbError> {
    let rows = database.query(SWEEP, &[]).await?;
    Ok(rows.iter().map(|row| CallId::from_uuid(row.get("id"))).collect())
}
