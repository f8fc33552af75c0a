//! What each sum counts: corrections, retries, and every measure by itself.

use domain::keys::Scope;
use ledger::rollups;
use serde_json::{Value, json};
use testkit::{Harness, get};

use super::{PATH, SMALL, ledger, lines};
use crate::router;

#[tokio::test]
async fn correction_changes_sums_without_adding_a_call() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness).await, harness.key().scopes(&[Scope::Admin]).create().await);
    ledger(
        &harness,
        "('a', 'gpt-4o', '2026-11-01T00:00:00Z', 500, 100, null::bigint, 'abandoned', null::text)",
    )
    .await;
    harness
        .db
        .execute(
            "insert into usage_logs (id, revision, started_at, user_label, model, endpoint, status, corrected_status,
                unpriced_change, stream, attempts, input_tokens, uncached_tokens, cached_tokens, cache_write_tokens,
                audio_input_tokens, output_tokens, reasoning_tokens, audio_output_tokens, cost_pico_usd)
            select id, 1, started_at, user_label, model, endpoint, 'settled', 'abandoned', -1, false, 0, -490, -490, 0, 0, 0,
                -95, 0, 0, 75 from usage_logs",
        )
        .await;
    let rows = get(&router, PATH, &key).await.json();
    let fields = [
        "calls",
        "estimated_calls",
        "unpriced_calls",
        "total_input_tokens",
        "total_output_tokens",
        "cost_usd",
    ];
    assert_eq!(lines(&rows, &fields), r#"1 0 0 10 5 "0.000000000075""#);
}

/// Every number of a call is another one, so that none can stand in another's place.
#[tokio::test]
async fn details_report_each_measure_for_its_own_calls() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness).await, harness.key().scopes(&[Scope::Admin]).create().await);
    harness
        .db
        .execute(
            "insert into usage_logs (id, started_at, created_at, user_label, model, input_tokens, uncached_tokens,
                cached_tokens, cache_write_tokens, audio_input_tokens, output_tokens, reasoning_tokens, audio_output_tokens,
                retried_input_tokens, retried_output_tokens, cost_pico_usd, retried_cost_pico_usd, status, endpoint,
                stream, attempts, latency_us, first_byte_us, overhead_us)
            select gen_random_uuid(), at, at, case when n <= 20 then 'a' else 'b' end, 'm', 50 * n, 49 * n, n, 0, 0, 30 * n,
                7 * n, 0, 5 * n, 3 * n, 1000 * n, 100 * n, 'settled', 'e', false, n, n * 1000000, n * 100000, n * 10000
            from generate_series(1, 60) as n
            cross join lateral (select '2026-11-02T10:00:00Z'::timestamptz + n * interval '1 minute') as call (at)",
        )
        .await;
    let check = async |when: &str| {
        let rows = get(&router, &format!("{PATH}?details=true"), &key).await.json();
        for (row, first, last) in [(&rows[0], 1_i64, 20_i64), (&rows[1], 21, 60)] {
            let (count, sum) = (last - first + 1, (first..=last).sum::<i64>());
            let details = &row["details"];
            let found = json!([
                row["calls"],
                row["total_input_tokens"],
                row["total_cached_tokens"],
                row["total_output_tokens"],
                row["total_reasoning_tokens"],
                details["attempts"],
                details["retried_input_tokens"],
                details["retried_output_tokens"],
                details["retried_cost_usd"],
                row["cost_usd"],
            ]);
            let usd = |pico: i64| domain::money::PicoUsd::from_pico(pico).to_string();
            let expected = json!([
                count,
                50 * sum,
                sum,
                30 * sum,
                7 * sum,
                sum,
                5 * sum,
                3 * sum,
                usd(100 * sum),
                usd(1000 * sum)
            ]);
            assert_eq!(found, expected, "{when}");
            let last_call_at =
                if last == 20 { "2026-11-02T10:20:00.000000Z" } else { "2026-11-02T11:00:00.000000Z" };
            assert_eq!(row["last_call_at"], last_call_at, "{when}");
            for (measure, unit_ms) in
                [("latency_ms", 1000.0), ("first_byte_ms", 100.0), ("overhead_ms", 10.0)]
            {
                for (name, percent) in [("p50", 50), ("p90", 90), ("p95", 95), ("p99", 99)] {
                    #[expect(clippy::cast_precision_loss)]
                    let exact = (first + (count * percent + 99) / 100 - 1) as f64 * unit_ms;
                    let found = details[measure][name].as_f64().unwrap();
                    assert!(
                        (found - exact).abs() <= exact * 0.05,
                        "{when}: {measure} {name} {found} for {exact}"
                    );
                }
            }
        }
    };
    check("from rows").await;
    rollups::seal(&harness.db.open(), rollups::Pace::default()).await.unwrap();
    check("from sums").await;
    rollups::rebuild(&harness.db.open(), None, None, None).await.unwrap();
    check("rebuilt").await;
    assert_eq!(rollups::check_all(&harness.db.open()).await.unwrap(), rollups::Checked::default());
}

#[tokio::test]
async fn retries_of_unknown_cost_are_not_counted_as_free() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness).await, harness.key().scopes(&[Scope::Admin]).create().await);
    ledger(&harness, SMALL).await;
    harness
        .db
        .execute("update usage_logs set retried_input_tokens = 3, retried_cost_pico_usd = null where model = 'gpt-5' and user_label = 'B'")
        .await;
    let rows = get(&router, &format!("{PATH}?details=true"), &key).await.json();
    let costs: Vec<&Value> =
        rows.as_array().unwrap().iter().map(|row| &row["details"]["retried_cost_usd"]).collect();
    assert_eq!(costs, [&json!("0"), &json!("0"), &Value::Null, &json!("0")]);
}
