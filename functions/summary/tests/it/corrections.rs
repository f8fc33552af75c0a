//! Calls that were abandoned and settled late: what every report says of them.

use domain::keys::Scope;
use serde_json::{Value, json};
use testkit::{Harness, get};

use crate::router;

/// An abandoned call of unknown cost, and its correction.
const ABANDONED: &str = "insert into usage_logs (id, started_at, created_at, key_id, user_label, model, input_tokens,
        uncached_tokens, cached_tokens, cache_write_tokens, audio_input_tokens, output_tokens, reasoning_tokens,
        audio_output_tokens, status, endpoint, stream, attempts)
    select gen_random_uuid(), at, at, gen_random_uuid(), label, 'secret', 10, 10, 0, 0, 0, 5, 0, 0, 'abandoned', 'responses',
        false, 1
    from (values ('2026-11-10T10:00:00Z'::timestamptz, 'a'), ('2026-11-10T10:05:00Z', 'b')) as call (at, label)";
const CORRECTION: &str = "insert into usage_logs (id, revision, started_at, created_at, key_id, user_label, model,
        input_tokens, uncached_tokens, cached_tokens, cache_write_tokens, audio_input_tokens, output_tokens,
        reasoning_tokens, audio_output_tokens, cost_pico_usd, status, corrected_status, endpoint, stream, attempts)
    select id, 1, started_at, '2026-11-11T10:30:00Z', key_id, user_label, model, 0, 0, 0, 0, 0, 0, 0, 0, 0, 'settled',
        'abandoned', endpoint, stream, 0
    from usage_logs
    where user_label = 'b'";

struct World {
    harness: Harness,
    router: axum::Router,
    key: String,
}

impl World {
    async fn start() -> Self {
        let harness = Harness::start().await;
        harness.db.execute(ABANDONED).await;
        harness.db.execute(CORRECTION).await;
        let (router, key) =
            (router(&harness).await, harness.key().scopes(&[Scope::UsageRead]).create().await);
        Self { harness, router, key }
    }

    async fn ask(&self, path: &str) -> Value {
        get(&self.router, &format!("/api/usage/{path}"), &self.key).await.json()
    }
}

#[tokio::test]
async fn cost_that_stays_unknown_is_null_in_every_report() {
    let world = World::start().await;
    for cost in ["billed", "current"] {
        for groups in ["user_label", "status", "model"] {
            let rows = world.ask(&format!("summary?group_by={groups}&cost={cost}")).await;
            for row in rows.as_array().unwrap() {
                assert_eq!(row["cost_usd"], Value::Null, "{row}");
            }
            let path = format!("timeseries?to=2026-11-12T00:00:00Z&group_by={groups}&cost={cost}&top=1");
            for series in world.ask(&path).await["series"].as_array().unwrap() {
                for point in series["points"].as_array().unwrap() {
                    assert_eq!(point["cost_usd"], Value::Null, "{groups} {point}");
                }
            }
        }
        for call in world.ask(&format!("calls?cost={cost}")).await["data"].as_array().unwrap() {
            assert_eq!(call["cost_usd"], Value::Null, "{call}");
        }
    }
    let exported = get(&world.router, "/api/usage/export?format=ndjson", &world.key).await.text();
    assert_eq!(exported.matches("\"cost_usd\":null").count(), 2, "{exported}");
    for groups in ["day", "day,model"] {
        let path = format!("reconcile?from=2026-11-10&to=2026-11-11&group_by={groups}");
        let row = &world.ask(&path).await["rows"][0]["ledger"];
        assert_eq!((&row["calls"], &row["cost_usd"]), (&json!(2), &Value::Null), "{groups}");
    }
}

/// As the late settlement of an unpriced call: nothing but the number of abandoned calls changes.
#[tokio::test]
async fn correction_of_counts_alone_is_a_part_of_the_whole() {
    let world = World::start().await;
    let range = "from=2026-11-11T00:00:00Z&to=2026-11-12T00:00:00Z&group_by=user_label&details=true";
    let summary = world.ask(&format!("summary?{range}")).await;
    assert_eq!((&summary[0]["user_label"], &summary[0]["estimated_calls"]), (&json!("b"), &json!(-1)));
    for (top, group, is_other) in [("", json!({"user_label": "b"}), false), ("&top=0", json!({}), true)] {
        let series = world.ask(&format!("timeseries?{range}{top}")).await["series"].clone();
        let point = &series[0]["points"][0];
        assert_eq!((&series[0]["group"], &series[0]["is_other"]), (&group, &json!(is_other)), "{top}");
        assert_eq!((&point["estimated_calls"], &point["calls"]), (&json!(-1), &json!(0)), "{top}");
    }
}

#[tokio::test]
async fn last_call_of_a_status_is_one_that_still_has_it() {
    let world = World::start().await;
    let last = async |range: &str| {
        let rows = world.ask(&format!("summary?group_by=status&{range}")).await;
        let line = |row: &Value| format!("{} {} {}", row["status"], row["calls"], row["last_call_at"]);
        rows.as_array().unwrap().iter().map(line).collect::<Vec<_>>().join("\n")
    };
    insta::assert_snapshot!(last("").await, @r#"
    "abandoned" 1 "2026-11-10T10:00:00.000000Z"
    "settled" 1 "2026-11-11T10:30:00.000000Z"
    "#);
    insta::assert_snapshot!(last("to=2026-11-11T00:00:00Z").await, @r#""abandoned" 2 "2026-11-10T10:05:00.000000Z""#);
    // In this range a call left the status, and none entered it.
    insta::assert_snapshot!(last("from=2026-11-11T00:00:00Z").await, @r#"
    "abandoned" -1 null
    "settled" 1 "2026-11-11T10:30:00.000000Z"
    "#);
    assert_eq!(world.harness.db.rows("select from usage_logs").await.len(), 3);
}

/// Seven calls failed after they were sent; the provider counts and bills them.
#[tokio::test]
async fn failed_calls_that_the_provider_counts_are_not_those_of_others() {
    let harness = Harness::start().await;
    let calls = "insert into usage_logs (id, started_at, created_at, key_id, user_label, model, input_tokens,
            uncached_tokens, cached_tokens, cache_write_tokens, audio_input_tokens, output_tokens, reasoning_tokens,
            audio_output_tokens, status, endpoint, stream, attempts)
        select gen_random_uuid(), at, at, gen_random_uuid(), 'a', 'm', 0, 0, 0, 0, 0, 0, 0, 0, 'failed', 'responses', false, 1
        from (select '2026-11-10T10:00:00Z'::timestamptz as at from generate_series(1, 7)) as call;
        insert into provider_days (day, fetched_at, is_final, has_costs) values ('2026-11-10', now(), true, true);
        insert into provider_usage (day, endpoint, model, requests, input_tokens, cached_tokens, cache_write_tokens,
            audio_input_tokens, output_tokens, audio_output_tokens)
        values ('2026-11-10', 'completions', 'm', 7, 700, 0, 0, 0, 70, 0)";
    harness.db.execute(calls).await;
    let (router, key) = (router(&harness).await, harness.key().scopes(&[Scope::UsageRead]).create().await);
    let causes = async |groups: &str| {
        let path = format!("/api/usage/reconcile?from=2026-11-10&to=2026-11-11&group_by={groups}");
        get(&router, &path, &key).await.json()["rows"][0]["causes"].clone()
    };
    for groups in ["day", "day,model"] {
        assert_eq!(causes(groups).await, json!(["failed_may_be_billed", "unpriced"]), "{groups}");
    }
    harness.db.execute("update provider_usage set requests = 8").await;
    for groups in ["day", "day,model"] {
        let expected = json!(["failed_may_be_billed", "not_through_us", "unpriced"]);
        assert_eq!(causes(groups).await, expected, "{groups}");
    }
}
