//! Whether limits last, from what the last four weeks used.

use serde_json::{Value, json};

use crate::World;

/// Ten calls at noon of each of the last 28 days.
const HISTORY: &str = "insert into usage_logs (id, started_at, created_at, user_label, model, key_id, tags, input_tokens,
        uncached_tokens, cached_tokens, cache_write_tokens, audio_input_tokens, output_tokens, reasoning_tokens,
        audio_output_tokens, cost_pico_usd, status, endpoint, stream, attempts)
    select gen_random_uuid(), at, at, 'steady', 'm', (select min(id::text)::uuid from api_keys), '{\"team\": \"x\"}',
        60, 60, 0, 0, 0, 40, 0, 0, 1000000000000, 'settled', 'e', false, 1
    from generate_series(1, 28) as day, generate_series(1, 10),
        lateral (select date_trunc('day', now()) - make_interval(days => day) + interval '12 hours' as at) as noon";

fn limit(subject: &Value, metric: &str, window: &str, amount: i64) -> Value {
    json!({"subject": subject, "metric": metric, "window": window, "amount": amount, "mode": "soft"})
}

#[tokio::test]
async fn pace_is_that_of_the_subject_and_of_windows_with_days() {
    let world = World::start().await;
    world.harness.db.execute(HISTORY).await;
    let ids = world.harness.db.rows("select min(id::text) as id from api_keys").await;
    let key = format!("key_{}", ids[0]["id"].as_str().unwrap().replace('-', ""));
    let label = json!({"kind": "label", "id": "steady"});
    let mut limits = Vec::new();
    for (subject, metric, window, amount) in [
        (&label, "requests", "week", 1_000_000),
        (&label, "requests", "week", 3),
        (&label, "usd", "month", 100_000),
        (&label, "requests", "hour", 3),
        (&json!({"kind": "label", "id": "unused"}), "usd", "month", 3),
        (&json!({"kind": "label", "id": "*"}), "usd", "month", 3),
        (&json!({"kind": "key", "id": key}), "tokens", "day", 1_000_000),
        (&json!({"kind": "tag", "id": "team=x"}), "tokens", "month", 10_000_000),
        (&json!({"kind": "tag", "id": "team=y"}), "tokens", "month", 3),
        (&json!({"kind": "global"}), "usd", "week", 10_000),
    ] {
        let mut new = limit(subject, metric, window, amount);
        if amount == 3 {
            new["mode"] = "hard".into();
        }
        let made = world.post("/api/limits", new).await;
        assert_eq!(made.status, 201, "{}", made.text());
        limits.push(made.json()["id"].as_str().unwrap().to_owned());
    }
    let listed = world.get("/api/limits?include=pace&limit=50").await.json();
    let of = |id: &str| listed["data"].as_array().unwrap().iter().find(|limit| limit["id"] == id).unwrap();
    let text = |id: &String| {
        let limit = of(id);
        let pace = &limit["pace"];
        let has = |field: &'static str| if pace[field].is_null() { "-" } else { field };
        format!(
            "{} {} per {}: {} {} {}",
            limit["subject"]["id"],
            limit["metric"],
            limit["window"],
            pace["outlook"],
            has("runs_out_at"),
            has("ends_near")
        )
    };
    let texts = limits.iter().map(text).collect::<Vec<_>>().join("\n").replace(&key, "key_…");
    insta::assert_snapshot!(texts, @r#"
    "steady" "requests" per "week": "lasts" - ends_near
    "steady" "requests" per "week": "runs_out" runs_out_at -
    "steady" "usd" per "month": "lasts" - ends_near
    "steady" "requests" per "hour": null - -
    "unused" "usd" per "month": "unknown" - -
    "*" "usd" per "month": null - -
    "key_…" "tokens" per "day": "lasts" - ends_near
    "team=x" "tokens" per "month": "lasts" - ends_near
    "team=y" "tokens" per "month": "unknown" - -
    null "usd" per "week": "lasts" - ends_near
    "#);
    // A week holds seven days of ten calls, however much of it has passed; a day that is cut rounds down.
    let ends_near = of(&limits[0])["pace"]["ends_near"].as_i64().unwrap();
    assert!((50..=70).contains(&ends_near), "{ends_near}");
    let day = of(&limits[6])["pace"]["ends_near"].as_i64().unwrap();
    assert!((0..=1000).contains(&day), "{day}");
}

#[tokio::test]
async fn pace_is_left_out_unless_it_is_asked_for() {
    let world = World::start().await;
    world.post("/api/limits", limit(&json!({"kind": "global"}), "usd", "month", 5)).await;
    let plain = world.get("/api/limits").await.json();
    assert!(plain["data"][0].get("pace").is_none());
    let paced = world.get("/api/limits?include=pace").await.json();
    assert_eq!(paced["data"][0]["pace"]["outlook"], "unknown");
    let other = world.get("/api/limits?include=windows").await;
    assert_eq!(
        (other.status.as_u16(), &other.json()["errors"][0]["message"]),
        (422, &json!("must be one of pace"))
    );
}
