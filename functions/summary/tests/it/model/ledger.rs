//! Random ledgers, and their rows in the database.

use chrono::TimeDelta;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{LABELS, MODELS, Rng, Row, TEAMS, random_time};

pub(crate) fn random_ledger(rng: &mut Rng, calls: usize, keys: &[Uuid]) -> Vec<Row> {
    let mut rows = Vec::new();
    for _ in 0..calls {
        let status = *rng.pick(&["settled", "settled", "settled", "estimated", "failed", "abandoned"]);
        let input = rng.count(1000);
        let magnitude = 1 << (1 + rng.below(27));
        let call = Row {
            id: Uuid::from_u64_pair(rng.below(u64::MAX), rng.below(u64::MAX)),
            revision: 0,
            created_at: random_time(rng),
            label: (*rng.pick(&LABELS)).to_owned(),
            model: (*rng.pick(&MODELS)).to_owned(),
            key: if rng.one_in(3) { None } else { Some(*rng.pick(keys)) },
            endpoint: (*rng.pick(&["responses", "embeddings"])).to_owned(),
            status,
            corrected: None,
            unpriced_change: 0,
            input,
            output: rng.count(500),
            cached: rng.count(input.cast_unsigned() + 1),
            retried: if rng.one_in(4) { rng.count(input.cast_unsigned() + 1) } else { 0 },
            cost: (!rng.one_in(4)).then(|| rng.count(1_000_000_000_000)),
            latency: (status != "abandoned" && !rng.one_in(8)).then(|| rng.count(magnitude)),
            team: *rng.pick(&TEAMS),
            is_entry: false,
        };
        rows.push(call.clone());
        let mut last = call;
        if last.status == "abandoned" && !rng.one_in(3) {
            let truth = *rng.pick(&["settled", "failed", "estimated"]);
            last = correct(rng, &last, truth);
            rows.push(last.clone());
        }
        if rng.one_in(5) {
            let status = last.status;
            last = correct(rng, &last, status);
            last.latency = None;
            rows.push(last);
        }
    }
    rows
}

/// A correction a while later, with differences: of everything, of nothing but the counts, or without a known cost.
fn correct(rng: &mut Rng, row: &Row, status: &'static str) -> Row {
    let is_count_only = rng.one_in(4);
    let is_still_unpriced = is_count_only || rng.one_in(3);
    let mut difference =
        |below: u64| if is_count_only { 0 } else { rng.count(2 * below) - below.cast_signed() };
    let (input, output, cost) = (difference(50), difference(50), difference(1_000_000));
    let latency = (!is_count_only).then(|| rng.count(5_000_000));
    Row {
        revision: row.revision + 1,
        created_at: row.created_at + TimeDelta::seconds(rng.count(200_000)),
        status,
        corrected: Some(row.status),
        unpriced_change: if row.revision == 0 && row.cost.is_none() && !is_still_unpriced { -1 } else { 0 },
        input,
        output,
        cached: 0,
        retried: 0,
        cost: Some(if is_still_unpriced && row.cost.is_none() { 0 } else { cost }),
        latency,
        ..row.clone()
    }
}

pub(crate) fn insert(rows: &[Row]) -> String {
    let values: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({
                "id": row.id, "revision": row.revision, "at": row.created_at, "label": row.label, "model": row.model,
                "key": row.key, "endpoint": row.endpoint, "status": row.status, "corrected": row.corrected,
                "unpriced_change": row.unpriced_change, "input": row.input, "output": row.output,
                "cached": row.cached, "retried": row.retried, "cost": row.cost,
                "retried_cost": row.retried_cost(), "reasoning": row.reasoning(), "latency": row.latency,
                "tags": row.team.map(|team| json!({"team": team})),
            })
        })
        .collect();
    format!(
        "insert into usage_logs (id, revision, created_at, started_at, user_label, model, key_id, endpoint, status,
            corrected_status, unpriced_change, input_tokens, uncached_tokens, cached_tokens, cache_write_tokens,
            audio_input_tokens, output_tokens, reasoning_tokens, audio_output_tokens, retried_input_tokens,
            cost_pico_usd, retried_cost_pico_usd, latency_us, first_byte_us, tags, stream, attempts)
        select id, revision, at, at, label, model, key, endpoint, status, corrected, unpriced_change, input,
            input - cached, cached, 0, 0, output, reasoning, 0, retried, cost, retried_cost, latency, latency / 2, nullif(tags, 'null'), false,
            case when revision = 0 then 1 else 0 end
        from jsonb_to_recordset('{}') as row (id uuid, revision smallint, at timestamptz, label text, model text,
            key uuid, endpoint text, status text, corrected text, unpriced_change smallint, input bigint, output bigint,
            cached bigint, retried bigint, reasoning bigint, cost bigint, retried_cost bigint, latency integer, tags jsonb)",
        Value::from(values)
    )
}
