//! Admission of calls to which no limit applies.

use domain::calls::{Admission, Admitted, Reservations};
use domain::ids::KeyId;
use domain::keys::KeyHash;
use domain::money::PicoUsd;
use domain::words::Word;

use super::bound::PlainBound;
use crate::statement::{Statement, Values, statement};
use crate::{Database, DbError};

pub(super) const ADMIT_PLAIN: Statement = statement!(
    "calls/admit_plain.sql",
    [
        UUID, BYTEA, INT8, TEXT, TEXT, TEXT, TEXT, BOOL, TEXT, INT8, INT8, INT8, INT8, FLOAT8, TEXT, JSONB,
        TEXT
    ]
);

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
        &call.id.as_uuid(),
        &key,
        &call.price_version,
        &call.label,
        &call.fallback_label,
        &call.model,
        &call.endpoint.as_str(),
        &call.stream,
        &call.service_tier,
        &bound.input_tokens,
        &bound.output_tokens,
        &bound.tool_calls,
        &bound.pico_usd,
        &seconds_to_settle,
        &call.sdk,
        &call.tags,
        &call.provider.as_str(),
    ];
    let row = match database.query_hot(&ADMIT_PLAIN, values).await {
        // Sent before over a connection that was lost, and admitted.
        Err(error) if error.constraint() == Some("open_calls_pkey") => return Ok(None),
        row => row?.ok_or(DbError::Unexpected("no verdict"))?,
    };
    let Some(key_id) = row.get::<_, Option<_>>("key_id") else { return Ok(None) };
    Ok(Some(Admitted {
        key_id: Some(KeyId::from_uuid(key_id)),
        user_label: row.get("user_label"),
        opened_at: row.get("opened_at"),
        input_bound_tokens: bound.input_tokens,
        tool_call_bound: bound.tool_calls,
        output_bound_tokens: bound.output_tokens,
        reserved: bound.pico_usd.map(PicoUsd::from_pico),
        reservations: Reservations::default(),
        limits: Vec::new(),
    }))
}
