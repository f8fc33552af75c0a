//! What is left of old calls, whether sums equal the ledger, and how much one query may read.

use domain::keys::Scope;
use http::StatusCode;
use ledger::{partitions, rollups};
use serde_json::{Value, json};
use testkit::{Harness, get};

use crate::reading::{calls, seal};
use crate::router;

/// Compares the sums with the ledger, piece by piece, until nothing is left to compare.
async fn check(harness: &Harness) {
    let database = harness.db.open();
    let checked_until = async || rollups::health(&database).await.unwrap().checked_until;
    loop {
        let before = checked_until().await;
        assert_eq!(rollups::check_recent(&database).await.unwrap(), rollups::Checked::default());
        if before.is_some() && checked_until().await == before {
            return;
        }
    }
}

#[tokio::test]
async fn dropped_months_are_still_summed_in_quarter_hours() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness).await, harness.key().scopes(&[Scope::UsageRead]).create().await);
    calls(&harness, &[("2026-08-03T10:01:00Z", "a", "settled"), ("2026-11-03T10:00:00Z", "a", "settled")])
        .await;
    seal(&harness).await;
    check(&harness).await;
    // Whole months since October, so that September is the last one to go, whatever month it is now.
    let months =
        "select ((extract(year from now()) - 2026) * 12 + extract(month from now()) - 10)::integer as kept";
    let kept = harness.db.rows(months).await[0]["kept"].as_u64().unwrap().try_into().unwrap();
    assert!(partitions::drop_older(&harness.db.open(), kept).await.unwrap().emptied.is_empty(), "announced");
    harness.db.execute("update usage_rollup_state set drop_announced_at = now() - interval '1 minute'").await;
    partitions::drop_older(&harness.db.open(), kept).await.unwrap();
    assert_eq!(harness.db.rows("select id from usage_logs").await.len(), 1);
    for path in ["calls?", "export?format=csv&"] {
        let refused = get(&router, &format!("/api/usage/{path}from=2026-09-30T23:59:59Z"), &key).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert_eq!(refused.json()["errors"][0]["field"], "from");
        for gone in ["2026-09-15T00:00:00Z", "2026-10-01T00:00:00Z"] {
            let refused = get(&router, &format!("/api/usage/{path}to={gone}"), &key).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}to={gone}");
            let error = &refused.json()["errors"][0];
            assert_eq!(error["field"], "to");
            insta::allow_duplicates! {
                insta::assert_snapshot!(error["message"].as_str().unwrap(), @"must be later than 2026-10-01T00:00:00.000000Z: older calls are kept as sums only");
            }
        }
        for kept in ["from=2026-10-01T00:00:00Z", "to=2026-10-01T00:00:00.000001Z", ""] {
            assert_eq!(get(&router, &format!("/api/usage/{path}{kept}"), &key).await.status, StatusCode::OK);
        }
    }
    let ask = async |query: &str| get(&router, &format!("/api/usage/summary?{query}"), &key).await;
    assert_eq!(ask("").await.json()[0]["calls"], 2);
    assert_eq!(ask("from=2026-08-03T10:00:00Z&to=2026-08-03T10:15:00Z").await.json()[0]["calls"], 1);
    let refused = ask("from=2026-08-03T10:01:00Z").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    insta::assert_snapshot!(refused.json()["errors"][0]["message"].as_str().unwrap(), @"must be at a quarter of an hour: single calls from before 2026-10-01T00:00:00.000000Z are no longer kept");
    let refused = ask("group_by=status").await;
    insta::assert_snapshot!(refused.json()["errors"][0]["message"].as_str().unwrap(), @"must be 2026-10-01T00:00:00.000000Z or later: older calls are kept as sums only");
    assert_eq!(ask("group_by=status&from=2026-10-01T00:00:00Z").await.json()[0]["calls"], 1);
}

#[tokio::test]
async fn health_reports_rollup_progress_and_differences() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness).await, harness.key().scopes(&[Scope::UsageRead]).create().await);
    let ask = async || get(&router, "/api/usage/health", &key).await.json();
    let before = ask().await;
    assert_eq!((&before["status"], &before["sealed_until"]), (&json!("behind"), &Value::Null));
    calls(&harness, &[("2026-11-03T10:00:00Z", "a", "settled")]).await;
    seal(&harness).await;
    let sealed = ask().await;
    assert_eq!((&sealed["status"], &sealed["differences"]), (&json!("ok"), &json!(0)));
    assert!(sealed["lag_seconds"].as_f64().unwrap() < 60.0);
    harness.db.execute("update usage_rollups set calls = 3 where level = 4 and cube = 0").await;
    rollups::check_all(&harness.db.open()).await.unwrap();
    assert_eq!(ask().await["status"], "differs");
    rollups::rebuild(&harness.db.open(), None, None, None).await.unwrap();
    assert_eq!(ask().await["status"], "ok");
    let sum = "insert into price_sums (level, bucket_at, user_label, model, change_pico_usd, unpriced_change)
        values (2, '2026-11-03T00:00:00Z', 'a', 'gpt-4o', 1, 0)";
    harness.db.execute(sum).await;
    rollups::check_all(&harness.db.open()).await.unwrap();
    let differs = ask().await;
    assert_eq!((&differs["status"], &differs["price_sum_differences"]), (&json!("differs"), &json!(1)));
}

#[tokio::test]
async fn reconciliation_of_too_many_calls_around_midnight_is_refused() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness).await, harness.key().scopes(&[Scope::UsageRead]).create().await);
    calls(&harness, &[("2026-11-03T00:10:00Z", "a", "settled")]).await;
    seal(&harness).await;
    let ask = async || get(&router, "/api/usage/reconcile?from=2026-11-01&to=2026-11-05", &key).await;
    assert_eq!(ask().await.status, StatusCode::OK);
    harness.db.execute("update usage_rollups set calls = 5000001 where level = 3 and cube = 3").await;
    let refused = ask().await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    insta::assert_snapshot!(refused.json()["errors"][0]["message"].as_str().unwrap(), @"must be later, or 'to' earlier: calls around midnight are read one by one, at most 5000000, and the range has about 5000001");
}
