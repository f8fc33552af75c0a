//! Limits as administrators create, change and list them.

mod effects;
mod pace;
mod readers;
mod subjects;

use http::StatusCode;
use serde_json::{Value, json};

use crate::{World, refusal};

fn requests(subject: Value, window: &str, amount: i64) -> Value {
    json!({"subject": subject, "metric": "requests", "window": window, "amount": amount, "mode": "hard"})
}

#[tokio::test]
async fn limit_shows_used_reserved_and_remaining() {
    let world = World::start().await;
    let made = world
        .post(
            "/api/limits",
            json!({
                "subject": {"kind": "label", "id": "not used yet"}, "metric": "usd", "window": "month",
                "amount": 12.345_678, "mode": "soft", "time_zone": "Europe/Berlin"
            }),
        )
        .await;
    assert_eq!((made.status, made.header("etag")), (StatusCode::CREATED, Some("\"1\"")));
    let mut limit = made.json();
    let path = format!("/api/limits/{}", limit["id"].as_str().unwrap());
    assert_eq!(world.get(&path).await.json(), limit);
    // Its month begins at Berlin's midnight.
    let end = "select date_trunc('month', now() at time zone 'Europe/Berlin') + interval '1 month' as local,
        timestamptz '@' at time zone 'Europe/Berlin' as resets";
    let end = world.harness.db.rows(&end.replace('@', limit["resets_at"].as_str().unwrap())).await;
    assert_eq!(end[0]["resets"], end[0]["local"]);
    for field in ["id", "created_by", "created_at", "updated_at", "resets_at"] {
        limit[field] = "…".into();
    }
    insta::assert_json_snapshot!(limit, @r#"
    {
      "id": "…",
      "subject": {
        "kind": "label",
        "id": "not used yet"
      },
      "metric": "usd",
      "window": "month",
      "amount": "12.345678",
      "mode": "soft",
      "time_zone": "Europe/Berlin",
      "unbounded": "reserve",
      "used": "0",
      "reserved": "0",
      "remaining": "12.345678",
      "overrun": "0",
      "refusals": 0,
      "windows": null,
      "resets_at": "…",
      "created_by": "…",
      "created_by_label": null,
      "created_at": "…",
      "updated_at": "…"
    }
    "#);
}

#[tokio::test]
async fn one_limit_for_a_subject_metric_window_and_mode() {
    let world = World::start().await;
    let global = json!({"kind": "global"});
    assert_eq!(
        world.post("/api/limits", requests(global.clone(), "day", 5)).await.status,
        StatusCode::CREATED
    );
    assert_eq!(
        refusal(&world.post("/api/limits", requests(global.clone(), "day", 6)).await),
        "409 already_exists"
    );
    let mut soft = requests(global, "day", 4);
    soft["mode"] = "soft".into();
    let soft = world.post("/api/limits", soft).await.json();
    // Nor by a change.
    let path = format!("/api/limits/{}", soft["id"].as_str().unwrap());
    assert_eq!(refusal(&world.patch(&path, json!({"mode": "hard"})).await), "409 already_exists");
    assert_eq!(world.get(&path).await.json()["mode"], "soft");
}

#[tokio::test]
async fn subject_metric_and_window_of_a_limit_cannot_be_changed() {
    let world = World::start().await;
    let made = world.post("/api/limits", requests(json!({"kind": "global"}), "day", 5)).await.json();
    let path = format!("/api/limits/{}", made["id"].as_str().unwrap());
    let body = json!({"subject": {"kind": "global"}, "metric": "usd", "window": "hour", "time_zone": "UTC", "amount": -1});
    insta::assert_snapshot!(refusal(&world.patch(&path, body).await), @"422 invalid_request | subject: cannot be changed: create a new limit | metric: cannot be changed: create a new limit | window: cannot be changed: create a new limit | time_zone: cannot be changed: create a new limit | amount: must be a whole number from 0 to 1000000000000000");
    assert_eq!(world.get(&path).await.json(), made);
}

#[tokio::test]
async fn concurrency_needs_no_window() {
    let world = World::start().await;
    let body = json!({"subject": {"kind": "global"}, "metric": "concurrency", "amount": 5, "mode": "hard"});
    let made = world.post("/api/limits", body).await.json();
    assert_eq!((&made["window"], &made["resets_at"]), (&json!("total"), &Value::Null));
}

#[tokio::test]
async fn filters_of_limits_combine() {
    let world = World::start().await;
    let (key, _) = world.chat_key().await;
    let key = key.trim_start_matches("/api/keys/");
    for (subject, window) in [
        (json!({"kind": "global"}), "day"),
        (json!({"kind": "label", "id": "a"}), "day"),
        (json!({"kind": "label", "id": "a"}), "hour"),
        (json!({"kind": "key", "id": key}), "total"),
    ] {
        assert_eq!(world.post("/api/limits", requests(subject, window, 5)).await.status, StatusCode::CREATED);
    }
    let mut answers = Vec::new();
    for query in [
        "",
        "?subject_kind=label",
        "?subject_kind=label&window=day",
        "?metric=usd",
        "?mode=hard&window=total",
    ] {
        let page = world.get(&format!("/api/limits{query}")).await.json();
        let found = page["data"].as_array().unwrap().iter();
        let found: Vec<String> = found
            .map(|limit| {
                format!(
                    "{} {}",
                    limit["subject"]["kind"].as_str().unwrap(),
                    limit["window"].as_str().unwrap()
                )
            })
            .collect();
        answers.push(format!("{query}: {}", found.join(", ")));
    }
    let by_key = world.get(&format!("/api/limits?subject_id={key}")).await.json();
    assert_eq!(by_key["data"].as_array().unwrap().len(), 1);
    insta::assert_snapshot!(answers.join("\n"), @"
    : key total, label hour, label day, global day
    ?subject_kind=label: label hour, label day
    ?subject_kind=label&window=day: label day
    ?metric=usd: 
    ?mode=hard&window=total: key total
    ");
}

#[tokio::test]
async fn limit_says_what_it_does_with_calls_that_only_the_model_bounds() {
    let world = World::start().await;
    let mut body = requests(json!({"kind": "global"}), "day", 5);
    body["unbounded"] = "sometimes".into();
    insta::assert_snapshot!(
        refusal(&world.post("/api/limits", body.clone()).await),
        @"422 invalid_request | unbounded: must be one of reserve, estimate, refuse"
    );
    body["unbounded"] = "refuse".into();
    let made = world.post("/api/limits", body).await.json();
    assert_eq!(made["unbounded"], "refuse");
    let path = format!("/api/limits/{}", made["id"].as_str().unwrap());
    let changed = world.patch(&path, json!({"unbounded": "estimate"})).await;
    assert_eq!((changed.status, changed.header("etag")), (StatusCode::OK, Some("\"2\"")));
    assert_eq!(world.get(&path).await.json()["unbounded"], "estimate");
    let open = world.harness.db.rows("select unbounded from limit_windows").await;
    assert_eq!(open, [json!({"unbounded": "estimate"})]);
    let audited = world.get("/api/audit?action=update").await.json();
    assert_eq!(audited["data"][0]["after"]["unbounded"], "estimate", "{audited}");
}
