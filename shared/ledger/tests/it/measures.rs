//! The measures are listed where rollups are, what a ledger row adds to them in `usage_changes`, and the sums of rows
//! that are not sealed in `usage_ledger_sums`: all three have the same, with the same meaning.

use std::collections::BTreeSet;
use std::time::Duration;

use ledger::rollups::{self, Pace};
use testkit::TestDb;

const COLUMNS: &str = "select attname::text as name from pg_attribute where attnum > 0 and not attisdropped";
const PARAMETERS: &str = "select unnest(proargnames) as name from pg_proc where true";

async fn names(db: &TestDb, query: &str, others: &[&str]) -> BTreeSet<String> {
    let rows = db.rows(query).await;
    let names = rows.iter().map(|row| row["name"].as_str().unwrap().to_owned());
    names.filter(|name| !others.contains(&name.as_str())).collect()
}

#[tokio::test]
async fn rollups_and_routines_have_every_measure_and_no_other() {
    let db = TestDb::create().await;
    let measures: BTreeSet<String> = rollups::measure_columns().into_iter().collect();
    let rollups = names(
        &db,
        &format!("{COLUMNS} and attrelid = 'usage_rollups'::regclass"),
        &["level", "cube", "bucket_at", "user_label", "provider", "model", "key_id", "last_call_at"],
    )
    .await;
    assert_eq!(rollups, measures, "usage_rollups");
    let sums = names(
        &db,
        &format!("{PARAMETERS} and proname = 'usage_ledger_sums'"),
        &[
            "span_from",
            "span_to",
            "labels",
            "models",
            "keys",
            "histograms",
            "providers",
            "provider",
            "model",
            "user_label",
            "key_id",
            "last_call_at",
        ],
    )
    .await;
    assert_eq!(sums, measures, "usage_ledger_sums");
    let changes = names(&db, &format!("{COLUMNS} and attrelid = 'usage_changes'::regclass"), &[]).await;
    let missing: Vec<_> = measures.difference(&changes).collect();
    assert!(missing.is_empty(), "usage_changes lacks {missing:?}");
}

/// Each measure of these calls differs from every other one, so that none can stand in another's place.
#[tokio::test]
async fn ledger_rows_add_up_before_they_are_sealed_as_after() {
    let db = TestDb::create().await;
    db.execute(
        "insert into usage_logs (id, created_at, started_at, user_label, model, key_id, endpoint, status, stream,
            attempts, input_tokens, uncached_tokens, cached_tokens, cache_write_tokens, audio_input_tokens,
            output_tokens, reasoning_tokens, audio_output_tokens, retried_input_tokens, retried_output_tokens,
            cost_pico_usd, retried_cost_pico_usd, latency_us, first_byte_us, overhead_us, provider,
            cache_write_long_tokens, cached_audio_tokens, image_output_tokens)
        select gen_random_uuid(), at, at, 'l', 'm', null, 'e',
            case when n <= 2 then 'failed' when n <= 5 then 'estimated' when n <= 9 then 'abandoned' else 'settled' end,
            false, 3, 100 * n, 100 * n - 48, 6, 7, 8, 50 * n, 9, 10, 11, 12, nullif(n, 20) * 1000, 5 * n,
            n * 1000 + 13, n * 100 + 14, n * 10 + 15, 'anthropic', 13, 14, 16
        from (select n, '2026-11-02T10:00:00Z'::timestamptz + n * interval '1 second' from generate_series(1, 20) as n)
            as call (n, at)",
    )
    .await;
    // As texts: histograms are too wide for JSON.
    let columns: Vec<String> =
        rollups::measure_columns().iter().map(|name| format!("{name}::text")).collect();
    let sums = format!("user_label, provider, model, key_id, last_call_at, {}", columns.join(", "));
    let unsealed = db
        .rows(&format!(
            "select {sums} from usage_ledger_sums('-infinity', 'infinity', null, null, null, 2::smallint)"
        ))
        .await;
    let measures = unsealed[0].as_object().unwrap();
    let distinct: BTreeSet<String> =
        rollups::measure_columns().iter().map(|name| measures[name].to_string()).collect();
    assert_eq!(distinct.len(), rollups::measure_columns().len(), "{measures:?}");
    let pace = Pace { margin: Duration::ZERO, chunk_rows: 1_000, time: Duration::from_mins(1) };
    rollups::seal(&db.open(), pace).await.unwrap();
    for level in 0..=4 {
        let sealed =
            db.rows(&format!("select {sums} from usage_rollups where level = {level} and cube = 0")).await;
        assert_eq!(sealed, unsealed, "level {level}");
    }
}

/// The function finds a bin's number in one of several lists, which must fit together where they meet.
#[tokio::test]
async fn histogram_of_a_value_is_one_call_in_its_bin() {
    let db = TestDb::create().await;
    let wrong = db
        .rows(
            "select micros
            from generate_series(1, 226) as n
            cross join lateral (select ceil(1.1::numeric ^ (n - 1))::bigint as first) as bin
            cross join lateral (values (-1), (0), (bin.first - 1), (bin.first), (bin.first + 1), (2147483647)) as v (micros)
            where usage_histogram(micros::integer) is distinct from ('1e' || 12 * usage_bin(micros::integer))::numeric
                or usage_histogram(null) is not null",
        )
        .await;
    assert_eq!(wrong, Vec::<serde_json::Value>::new());
    let bins =
        db.rows("select usage_bin(0) as least, usage_bin(1) as first, usage_bin(2147483647) as last").await;
    assert_eq!(bins, [serde_json::json!({"least": 0, "first": 1, "last": 226})]);
}
