//! Sealing: every ledger row is in the rollups exactly once, no matter what runs or dies at the same time.

mod checking;
mod sealing;
mod summaries;
mod sums;

use std::time::Duration;

use ledger::rollups::{self, Pace};
use serde_json::Value;
use testkit::TestDb;

const AT_ONCE: Pace = Pace { margin: Duration::ZERO, chunk_rows: 1_000_000, time: Duration::from_mins(1) };

/// Settles calls now, through the column's default; `started_at` and everything else does not matter.
fn settled(count: usize) -> String {
    rows("clock_timestamp()", count).replace("created_at, started_at", "started_at").replace("at, at", "at")
}

/// Calls at a time of the past, as another database's history would be read in.
fn rows(at: &str, count: usize) -> String {
    format!(
        "insert into usage_logs (id, created_at, started_at, user_label, model, key_id, endpoint, status, stream,
            attempts, input_tokens, uncached_tokens, cached_tokens, cache_write_tokens, audio_input_tokens,
            output_tokens, reasoning_tokens, audio_output_tokens, cost_pico_usd, latency_us)
        select gen_random_uuid(), at, at, 'label ' || n % 3, 'model ' || n % 2, null, 'e',
            case when n % 7 = 0 then 'failed' else 'settled' end, false, 1, n, n, 0, 0, 0, 1, 0, 0, nullif(n % 5, 0), n
        from (select n, {at} as at from generate_series(1, {count}) as n) as call"
    )
}

async fn total(db: &TestDb) -> Value {
    let level =
        "select sum(calls)::int as calls, sum(input_tokens)::int as tokens from usage_rollups where cube = ";
    let mut all = db.rows(&format!("{level} 3 and level = 0")).await;
    assert_eq!(all, db.rows(&format!("{level} 0 and level = 4")).await, "levels agree");
    all.remove(0)
}

async fn differences(db: &TestDb) -> usize {
    rollups::check_all(&db.open()).await.unwrap().differences
}

fn first_of_november() -> chrono::DateTime<chrono::Utc> {
    "2026-11-01T00:00:00Z".parse().unwrap()
}
