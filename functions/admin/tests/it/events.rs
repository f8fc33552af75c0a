//! What happened to limits, and what became of telling of it, as administrators read it.

use domain::keys::Scope;
use http::StatusCode;
use serde_json::{Value, json};

use crate::{World, call, refusal};

/// A limit of a subject, and what the test's calls made of it: half of it used, then refusals.
async fn limit(world: &World, subject: Value) -> String {
    let body = json!({"subject": subject, "metric": "usd", "window": "month", "amount": "2", "mode": "hard"});
    let made = world.post("/api/limits", body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let uuid = id.trim_start_matches("lim_");
    world
        .harness
        .db
        .execute(&format!(
            "update limit_windows set settled = 1000000000000 where limit_id = '{uuid}';
            select limit_windows_announce(id), limit_windows_refuse(id, true) from limit_windows
            where limit_id = '{uuid}'"
        ))
        .await;
    id
}

async fn count(world: &World, query: &str, key: &str) -> usize {
    let page = testkit::get(&world.router, &format!("/api/limits/events{query}"), key).await.json();
    page["data"].as_array().unwrap().len()
}

#[tokio::test]
async fn event_shows_its_deliveries_and_outlives_its_limit() {
    let world = World::start().await;
    let id = limit(&world, json!({"kind": "label", "id": "search"})).await;
    assert_eq!(world.delete(&format!("/api/limits/{id}")).await.status, StatusCode::NO_CONTENT);
    world
        .harness
        .db
        .execute(
            "insert into limit_event_deliveries (event_id, target, attempts, last_error, delivered_at, failed_at,
                next_attempt_at)
            select e.id, t.target, t.attempts, t.error, t.delivered_at, t.failed_at, '2999-01-01T00:00:00Z'
            from limit_events e
            cross join (values
                ('sns', 1, null, timestamptz '2026-11-24T12:00:00Z', null::timestamptz),
                ('webhook', 14, 'status 500', null, timestamptz '2026-11-24T12:00:00Z')
            ) as t (target, attempts, error, delivered_at, failed_at)
            where e.kind = 'threshold'",
        )
        .await;
    let mut page = world.get("/api/limits/events").await.json();
    assert_eq!(page["data"][0]["kind"], "refused");
    assert_eq!(
        (&page["data"][0]["deliveries"], &page["data"][0]["threshold_percent"]),
        (&json!([]), &Value::Null)
    );
    assert_eq!(page["data"][1]["limit_id"], id);
    let event = &mut page["data"][1];
    for field in ["id", "occurred_at", "limit_id", "window_starts_at", "window_ends_at"] {
        assert!(event[field].is_string(), "{field}");
        event[field] = "…".into();
    }
    insta::assert_json_snapshot!(event, @r#"
    {
      "id": "…",
      "occurred_at": "…",
      "kind": "threshold",
      "threshold_percent": 50,
      "limit_id": "…",
      "subject": {
        "kind": "label",
        "id": "search"
      },
      "metric": "usd",
      "window": "month",
      "mode": "hard",
      "amount": "2",
      "used": "1",
      "window_starts_at": "…",
      "window_ends_at": "…",
      "deliveries": [
        {
          "target": "sns",
          "status": "delivered",
          "attempts": 1,
          "delivered_at": "2026-11-24T12:00:00Z",
          "next_attempt_at": null,
          "last_error": null
        },
        {
          "target": "webhook",
          "status": "failed",
          "attempts": 14,
          "delivered_at": null,
          "next_attempt_at": null,
          "last_error": "status 500"
        }
      ]
    }
    "#);
    let failed = world.get("/api/limits/events?delivery=failed").await.json();
    assert_eq!(failed["data"].as_array().unwrap().len(), 1);
    assert_eq!(world.get("/api/limits/events?delivery=pending").await.json()["data"], json!([]));
}

#[tokio::test]
async fn filters_combine_and_a_bound_administrator_sees_only_its_label() {
    let world = World::start().await;
    let bound = world.harness.key().label("search").scopes(&[Scope::Admin]).create().await;
    let key = world
        .post("/api/keys", json!({"name": "s", "user_label": "search", "scopes": ["chat"]}))
        .await
        .json();
    let reader = world.harness.key().label("search").scopes(&[Scope::UsageRead]).create().await;
    limit(&world, json!({"kind": "global"})).await;
    let other = limit(&world, json!({"kind": "label", "id": "other"})).await;
    limit(&world, json!({"kind": "label", "id": "search"})).await;
    limit(&world, json!({"kind": "key", "id": key["id"]})).await;
    assert_eq!(count(&world, "", &world.admin).await, 8);
    assert_eq!(count(&world, &format!("?limit_id={other}&kind=refused"), &world.admin).await, 1);
    assert_eq!(count(&world, "", &bound).await, 4);
    assert_eq!(count(&world, &format!("?limit_id={other}"), &bound).await, 0);
    assert_eq!(count(&world, "", &reader).await, 4, "read with usage:read");
    let key = key["id"].as_str().unwrap();
    for (query, expected) in [
        ("?subject_kind=label", 4),
        ("?subject_kind=label&subject_id=other", 2),
        (&format!("?subject_id={key}"), 2),
        (&format!("?subject_kind=label&subject_id={key}"), 0),
        ("?subject_kind=global&kind=threshold", 1),
    ] {
        assert_eq!(count(&world, query, &world.admin).await, expected, "{query}");
    }
    assert_eq!(count(&world, "?subject_id=other", &reader).await, 0, "of another label");
    let (mut ids, mut query) = (Vec::new(), "?limit=3".to_owned());
    loop {
        let page = world.get(&format!("/api/limits/events{query}")).await.json();
        ids.extend(
            page["data"].as_array().unwrap().iter().map(|event| event["id"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next_cursor"].as_str() else { break };
        query = format!("?limit=3&cursor={next}");
    }
    ids.dedup();
    assert_eq!(ids.len(), 8);
}

#[tokio::test]
async fn range_of_time_is_half_open() {
    let world = World::start().await;
    limit(&world, json!({"kind": "global"})).await;
    world
        .harness
        .db
        .execute(
            "update limit_events set occurred_at = case kind
                when 'threshold' then timestamptz '2026-11-24T12:00:00Z' else '2026-11-25T12:00:00Z'
            end",
        )
        .await;
    for (query, expected) in [
        ("?from=2026-11-24T12:00:00Z", 2),
        ("?from=2026-11-24T12:00:00.000001Z", 1),
        ("?to=2026-11-25T12:00:00Z", 1),
        ("?to=2026-11-25T12:00:00.000001Z", 2),
        ("?from=2026-11-24T12:00:00Z&to=2026-11-24T12:00:00Z", 0),
        ("?from=2026-11-24T12:00:00Z&to=2026-11-25T12:00:00Z&kind=refused", 0),
    ] {
        assert_eq!(count(&world, query, &world.admin).await, expected, "{query}");
    }
    let reply = world.get("/api/limits/events?from=2026-11-25T00:00:00Z&to=2026-11-24T00:00:00Z").await;
    assert_eq!(refusal(&reply), "422 invalid_request | to: must not be before 'from'");
}

#[tokio::test]
async fn invalid_parameters_are_named() {
    let world = World::start().await;
    let reply = world.get("/api/limits/events?limit_id=key_1&kind=all&delivery=lost&cursor=x&from=now&subject_kind=all&subject_id=&since=1").await;
    insta::assert_snapshot!(refusal(&reply), @"422 invalid_request | from: must be an RFC 3339 time such as 2026-11-01T00:00:00Z (in a query, '+' must be sent as %2B) | limit_id: must be a valid id: expected `lim_` followed by a UUID | subject_kind: must be one of global, label, key, tag | subject_id: must be 1 to 256 characters without control characters | kind: must be one of threshold, refused | delivery: must be one of pending, delivered, failed | cursor: must be the next_cursor of a page | since: is not a parameter of this endpoint");
    let chat = world.harness.key().create().await;
    assert_eq!(refusal(&testkit::get(&world.router, "/api/limits/events", &chat).await), "403 scope_missing");
}

#[tokio::test]
async fn changed_amount_triggers_events_again_immediately() {
    let world = World::start().await;
    let (chat, (_, secret)) = (world.chat().await, world.chat_key().await);
    let body = |window: &str, amount: i64| json!({"subject": {"kind": "global"}, "metric": "requests", "window": window, "amount": amount, "mode": "hard"});
    let limit = world.post("/api/limits", body("total", 2)).await.json();
    let path = format!("/api/limits/{}", limit["id"].as_str().unwrap());
    let mut seen = 0;
    let mut new = async |when: &str| {
        let events = world.harness.db.rows("select cap, used, threshold from limit_events order by id").await;
        let delivered: Vec<String> = events[seen..]
            .iter()
            .map(|event| {
                let of =
                    event["threshold"].as_i64().map_or("refused".to_owned(), |percent| format!("{percent}%"));
                format!("{of} of {} ({})", event["cap"], event["used"])
            })
            .collect();
        seen = events.len();
        format!("{when}: {}", delivered.join(", ")).trim_end().to_owned()
    };
    let mut delivered = Vec::new();
    assert_eq!(
        [call(&chat, &secret).await, call(&chat, &secret).await, call(&chat, &secret).await],
        [200, 200, 429]
    );
    delivered.push(new("used up").await);
    world.patch(&path, json!({"amount": 4})).await;
    delivered.push(new("raised").await);
    assert_eq!(
        [call(&chat, &secret).await, call(&chat, &secret).await, call(&chat, &secret).await],
        [200, 200, 429]
    );
    delivered.push(new("used up again").await);
    world.patch(&path, json!({"amount": 5})).await;
    delivered.push(new("raised a little").await);
    world.patch(&path, json!({"amount": 1})).await;
    delivered.push(new("lowered").await);
    world.patch(&path, json!({"amount": 4})).await;
    world.patch(&path, json!({"mode": "soft"})).await;
    delivered.push(new("as it was, and soft").await);
    let made = world.post("/api/limits", body("month", 5)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    delivered.push(new("made").await);
    for nothing in [
        json!({"subject": {"kind": "label", "id": "new"}, "metric": "requests", "window": "day", "amount": 0, "mode": "hard"}),
        json!({"subject": {"kind": "global"}, "metric": "concurrency", "amount": 0, "mode": "hard"}),
    ] {
        world.post("/api/limits", nothing).await;
    }
    delivered.push(new("of nothing").await);
    insta::assert_snapshot!(delivered.join("\n"), @"
    used up: 50% of 2 (1), 80% of 2 (2), 100% of 2 (2), refused of 2 (2)
    raised: 50% of 4 (2)
    used up again: 80% of 4 (4), 100% of 4 (4), refused of 4 (4)
    raised a little: 50% of 5 (4), 80% of 5 (4)
    lowered: 50% of 1 (4), 80% of 1 (4), 100% of 1 (4)
    as it was, and soft:
    made: 50% of 5 (4), 80% of 5 (4)
    of nothing:
    ");
}
