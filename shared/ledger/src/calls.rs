//! The life of a call in the database: admitted, then settled, or swept if its function never settled it.

mod applied;
mod bound;
mod fitting;
mod fragments;
mod limited;
mod plain;
mod record;
mod settle;

use domain::calls::{Admission, Admitted, Reservations, Verdict};
use domain::ids::{CallId, KeyId};
use domain::keys::KeyHash;
use domain::limits::Refusal;
use domain::money::PicoUsd;
use domain::words::Word;
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use self::bound::BoundValues;
use self::fitting::ADMIT_FITTING;
pub(crate) use self::limited::LimitedAdmission;
use self::limited::{ADMIT_BATCH, FLUSH_BATCH};
pub(crate) use self::plain::PlainAdmission;
pub use self::plain::admit_plain;
use self::plain::{ADMIT_PLAIN, ADMIT_PLAIN_BATCH};
pub(crate) use self::settle::Settlement;
pub use self::settle::settle;
use self::settle::{FLUSH_LOG, LOCK_CALL, REBOOK, SETTLE, SETTLE_BATCH, SETTLE_LATE};
use super::{Database, DbError};
use crate::batches::Turn;
use crate::pool::Hot;
use crate::statement::{Statement, Values, statement};

const ADMIT: Statement = statement!(
    "calls/admit.sql",
    [
        UUID, BYTEA, INT8, TEXT, TEXT, TEXT, TEXT, BOOL, TEXT, INT8, INT8, INT8, INT8, INT8, INT8, TEXT,
        FLOAT8, TEXT, JSONB, BYTEA, INT8, INT8, INT8, INT8, BOOL, INT8, INT8, TEXT
    ]
);
/// Behind an admission, on its connection: this commit waits for the disk, which then holds all of the log before it,
/// the admission too (docs/adr/0001). A message in the log is the least that makes a commit wait; it changes no row and
/// locks none. A refused call has no row, and nothing is flushed for it.
const FLUSH: Statement = statement!(
    "calls/flush",
    "select pg_logical_emit_message(true, 'tokenmeter', '')
    from open_calls
    where id = $1",
    [UUID]
);
const SWEEP: Statement = statement!("calls/sweep.sql", []);
const RELEASE: Statement = statement!("calls/release.sql", [UUID]);
const RELEASABLE: Statement = statement!("calls/releasable.sql", []);

pub(crate) use self::fragments::names;

/// The statements of a function's first call. Nothing is known of its caller yet, so the admission is a full one.
pub(crate) const OF_FIRST_CALL: [&Statement; 4] = [&ADMIT, &FLUSH, &SETTLE, &FLUSH_LOG];

pub(crate) const STATEMENTS: &[&[&Statement]] = &[&[
    &ADMIT,
    &ADMIT_BATCH,
    &ADMIT_FITTING,
    &ADMIT_PLAIN,
    &ADMIT_PLAIN_BATCH,
    &FLUSH,
    &FLUSH_BATCH,
    &FLUSH_LOG,
    &SETTLE,
    &SETTLE_BATCH,
    &SETTLE_LATE,
    &SWEEP,
    &RELEASE,
    &RELEASABLE,
    &REBOOK,
    &LOCK_CALL,
]];

/// Decides whether a call is admitted and writes its open row, which is on disk when this returns. A refusal only adds
/// to a counter. The caller decides how long to wait: if the row is written nevertheless, the sweeper records the call.
pub async fn admit(database: &Database, call: &Admission<'_>) -> Result<Verdict, DbError> {
    if !LimitedAdmission::may_wait(call) {
        return admit_alone(database, call).await;
    }
    match database.admissions().turn(database, || LimitedAdmission::of(call)).await {
        Turn::Answered(Some(verdict)) => Ok(verdict),
        Turn::Answered(None) => admit_alone(database, call).await,
        Turn::Alone(_lane) => admit_alone(database, call).await,
    }
}

async fn admit_alone(database: &Database, call: &Admission<'_>) -> Result<Verdict, DbError> {
    let bound = BoundValues::of(&call.bound);
    let key = call.key.as_ref().map(KeyHash::as_bytes);
    let idempotency = call.idempotency.as_ref().map(KeyHash::as_bytes);
    let id = call.id.as_uuid();
    let endpoint = call.endpoint.as_str();
    let seconds_to_settle = call.time_to_settle.as_secs_f64();
    let values: Values<'_> = &[
        &id,
        &key,
        &call.price_version,
        &call.label,
        &call.fallback_label,
        &call.model,
        &endpoint,
        &call.stream,
        &call.service_tier,
        &call.bound.input_tokens,
        &call.bound.output_tokens,
        &call.bound.fill_tokens,
        &call.bound.choices,
        &bound.input_pico_usd,
        &bound.output_token_pico_usd,
        &bound.unbounded,
        &seconds_to_settle,
        &call.sdk,
        &call.tags,
        &idempotency,
        &bound.tool_call_tokens,
        &bound.tool_call_pico_usd,
        &bound.tool_calls,
        &bound.fill_tool_calls,
        &bound.is_model_known,
        &bound.typical_tokens,
        &bound.typical_pico_usd,
        &call.provider.as_str(),
    ];
    let (admission, flush): (Hot<'_>, Hot<'_>) = ((&ADMIT, values), (&FLUSH, &[&id]));
    let row = match database.query_then_flush(admission, flush).await {
        // Two requests with the same Idempotency-Key at the same instant: the unique index admits one.
        Err(error) if error.constraint() == Some("open_calls_idempotency_hash_key") => {
            return Ok(Verdict::IdempotencyInProgress);
        }
        // The same admission, sent before over a connection that was lost: it was committed, so read the verdict again.
        Err(error) if error.constraint() == Some("open_calls_pkey") => {
            database.query_then_flush(admission, flush).await?
        }
        row => row?,
    };
    verdict(&row.ok_or(DbError::Unexpected("no verdict"))?)
}

fn verdict(row: &Row) -> Result<Verdict, DbError> {
    Ok(match row.get("verdict") {
        "admitted" => Verdict::Admitted(admitted(row)?),
        "stale_prices" => Verdict::StalePrices,
        "invalid_api_key" => Verdict::InvalidKey,
        "scope_missing" => Verdict::ScopeMissing,
        "label_not_allowed" => Verdict::LabelNotAllowed,
        "label_needs_key" => Verdict::LabelNeedsKey(row.get("user_label")),
        "model_not_allowed" => Verdict::ModelNotAllowed,
        "idempotency_in_progress" => Verdict::IdempotencyInProgress,
        "model_not_priced" => Verdict::ModelNotPriced,
        "unbounded_request" => Verdict::Unbounded,
        "limited" => {
            let Json(refusal) =
                row.get::<_, Option<Json<Refusal>>>("refusal").ok_or(DbError::Unexpected("no limit"))?;
            Verdict::Limited(Box::new(refusal))
        }
        _ => return Err(DbError::Unexpected("an unknown verdict")),
    })
}

fn admitted(row: &Row) -> Result<Admitted, DbError> {
    let reservations = Reservations {
        window_ids: row.get::<_, Option<_>>("window_ids").unwrap_or_default(),
        amounts: row.get::<_, Option<_>>("window_amounts").unwrap_or_default(),
    };
    let limits = applied::limits(row, &reservations.amounts)?;
    Ok(Admitted {
        key_id: row.get::<_, Option<_>>("key_id").map(KeyId::from_uuid),
        user_label: row.get("user_label"),
        opened_at: row.get("opened_at"),
        input_bound_tokens: row.get("input_bound_tokens"),
        tool_call_bound: row.get("tool_call_bound"),
        output_bound_tokens: row.get("output_bound_tokens"),
        reserved: row.get::<_, Option<_>>("reserved_pico_usd").map(PicoUsd::from_pico),
        reservations,
        limits,
    })
}

/// Records calls past their deadline as abandoned, at most 1,000 at a time, and returns their ids.
pub async fn sweep(database: &Database) -> Result<Vec<CallId>, DbError> {
    let rows = database.query(&SWEEP, &[]).await?;
    Ok(rows.iter().map(|row| CallId::from_uuid(row.get("id"))).collect())
}

/// Releases the reservations of settled calls: those just swept, and those that a function of the previous release
/// settled before it died; at most 1,000. Returns how many were released. One that fails does not hold up the others.
pub async fn release_settled(database: &Database) -> Result<usize, DbError> {
    let mut released = 0;
    for row in &database.query(&RELEASABLE, &[]).await? {
        let id: uuid::Uuid = row.get("id");
        // One transaction each: several calls in one would lock windows out of order.
        match database.query(&RELEASE, &[&id]).await {
            Ok(_) => released += 1,
            Err(error) if error.is_transient() => return Err(error),
            Err(error) => {
                tracing::error!(call_id = %CallId::from_uuid(id), %error, "Releasing a settled call failed.");
            }
        }
    }
    Ok(released)
}
