//! Limits set, changed and lifted, and what the next call says to it.

use http::StatusCode;
use serde_json::{Value, json};

use crate::{World, call, refusal};

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
async fn new_limit_counts_past_usage_and_holds_from_the_next_call() {
    let world = World::start().await;
    let (chat, (path, secret)) = (world.chat().await, world.chat_key().await);
    assert_eq!(call(&chat, &secret).await, 200);
    let subject = json!({"kind": "key", "id": path.trim_start_matches("/api/keys/")});
    let made = world.post("/api/limits", requests(subject.clone(), "total", 2)).await.json();
    assert_eq!((&made["subject"], &made["used"], &made["remaining"]), (&subject, &json!(1), &json!(1)));
    let limit = format!("/api/limits/{}", made["id"].as_str().unwrap());
    assert_eq!((call(&chat, &secret).await, call(&chat, &secret).await), (200, 429));
    let raised = world.patch(&limit, json!({"amount": 3})).await.json();
    assert_eq!((&raised["used"], &raised["remaining"]), (&json!(2), &json!(1)), "what was used stays used");
    assert_eq!((call(&chat, &secret).await, call(&chat, &secret).await), (200, 429));
    // Lowered below what was used: nothing is left, and nothing is lost.
    let lowered = world.patch(&limit, json!({"amount": 1})).await.json();
    assert_eq!((&lowered["used"], &lowered["remaining"]), (&json!(3), &json!(0)));
    assert_eq!(call(&chat, &secret).await, 429);
    assert_eq!(world.patch(&limit, json!({"mode": "soft"})).await.status, StatusCode::OK);
    assert_eq!(call(&chat, &secret).await, 200);
    world.patch(&limit, json!({"mode": "hard"})).await;
    assert_eq!(call(&chat, &secret).await, 429);
    assert_eq!(world.delete(&limit).await.status, StatusCode::NO_CONTENT);
    assert_eq!(call(&chat, &secret).await, 200);
    assert_eq!(refusal(&world.get(&limit).await), "404 not_found");
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
async fn limit_on_an_unused_label_holds_from_the_first_call() {
    let world = World::start().await;
    let (chat, (_, secret)) = (world.chat().await, world.chat_key().await);
    let subject = json!({"kind": "label", "id": "brand new"});
    assert_eq!(world.post("/api/limits", requests(subject, "day", 1)).await.status, StatusCode::CREATED);
    let body = json!({
        "model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}],
        "metadata": {"user_label": "brand new"}
    });
    let calls = async || testkit::post(&chat, "/v1/chat/completions", &secret, body.clone()).await.status;
    assert_eq!((calls().await, calls().await), (StatusCode::OK, StatusCode::TOO_MANY_REQUESTS));
    assert_eq!(call(&chat, &secret).await, 200, "others are not held to it");
}

#[tokio::test(flavor = "multi_thread")]
async fn revoked_key_and_deleted_limit_leave_no_reservation_behind() {
    let world = World::start().await;
    let (chat, (key, secret)) = (world.chat().await, world.chat_key().await);
    let id = key.trim_start_matches("/api/keys/");
    let of_key = json!({"subject": {"kind": "key", "id": id}, "metric": "usd", "window": "total", "amount": "1", "mode": "hard"});
    let of_key = world.post("/api/limits", of_key).await.json();
    let of_all = world.post("/api/limits", requests(json!({"kind": "global"}), "day", 5)).await.json();
    let path = |limit: &Value| format!("/api/limits/{}", limit["id"].as_str().unwrap());
    let body = json!({
        "model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}],
        "metadata": {"mock_latency_ms": "1500"}
    });
    let answered = async { testkit::post(&chat, "/v1/chat/completions", &secret, body).await.status };
    let taken = async {
        world.harness.eventually("admitted", async || world.harness.open_calls().await == 1).await;
        let reserved = world.get(&path(&of_key)).await.json()["reserved"].clone();
        let statuses = [world.delete(&key).await.status, world.delete(&path(&of_all)).await.status];
        (reserved, statuses)
    };
    let (answered, (reserved, statuses)) = tokio::join!(answered, taken);
    assert_eq!((answered, statuses), (StatusCode::OK, [StatusCode::NO_CONTENT; 2]));
    assert_ne!(reserved, "0", "the call was in flight");
    let cost = world.harness.only_row().await["cost_pico_usd"].as_i64().unwrap();
    let left = world.get(&path(&of_key)).await.json();
    let cost = domain::money::PicoUsd::from_pico(cost).to_string();
    assert_eq!((&left["used"], &left["reserved"]), (&json!(cost), &json!("0")));
    assert_eq!((world.harness.open_calls().await, world.harness.windows().await.len()), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn limit_created_during_a_call_counts_that_call_until_it_ends() {
    let world = World::start().await;
    let (chat, (_, secret)) = (world.chat().await, world.chat_key().await);
    let body = json!({
        "model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}],
        "metadata": {"mock_latency_ms": "1500"}
    });
    let answered = async { testkit::post(&chat, "/v1/chat/completions", &secret, body).await.status };
    let made = async {
        world.harness.eventually("admitted", async || world.harness.open_calls().await == 1).await;
        let concurrency =
            json!({"subject": {"kind": "global"}, "metric": "concurrency", "amount": 1, "mode": "hard"});
        let made = [requests(json!({"kind": "global"}), "total", 2), concurrency];
        let mut reserved = Vec::new();
        for body in made {
            let limit = world.post("/api/limits", body).await;
            assert_eq!(limit.status, StatusCode::CREATED, "{}", limit.text());
            reserved.push(limit.json()["reserved"].clone());
        }
        (reserved, call(&chat, &secret).await)
    };
    let (answered, (reserved, concurrent)) = tokio::join!(answered, made);
    assert_eq!((answered, reserved, concurrent), (StatusCode::OK, vec![json!(1), json!(1)], 429));
    let left =
        world.harness.db.rows("select metric, settled, reserved from limit_windows order by metric").await;
    assert_eq!(
        left,
        [
            json!({"metric": "concurrency", "settled": 0, "reserved": 0}),
            json!({"metric": "requests", "settled": 1, "reserved": 0})
        ]
    );
    assert_eq!((call(&chat, &secret).await, call(&chat, &secret).await), (200, 429));
}

#[tokio::test]
async fn limit_creation_that_times_out_can_be_retried() {
    let world = World::start().await;
    let mut client = world.harness.db.client().await;
    let transaction = client.transaction().await.unwrap();
    transaction.batch_execute("lock table open_calls in access share mode").await.unwrap();
    let body = requests(json!({"kind": "global"}), "total", 2);
    let refused = world.post("/api/limits", body.clone()).await;
    assert_eq!(refusal(&refused), "503 database_unavailable");
    assert_eq!(refused.header("retry-after"), Some("1"));
    transaction.rollback().await.unwrap();
    assert_eq!(world.post("/api/limits", body).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn limit_for_each_key_has_windows_that_an_administrator_can_list() {
    let world = World::start().await;
    let chat = world.chat().await;
    let made = world.post("/api/limits", requests(json!({"kind": "key", "id": "*"}), "week", 2)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let path = format!("/api/limits/{}", made.json()["id"].as_str().unwrap());
    let (ada, bob) = (world.chat_key().await, world.chat_key().await);
    assert_eq!(
        (call(&chat, &ada.1).await, call(&chat, &ada.1).await, call(&chat, &ada.1).await),
        (200, 200, 429)
    );
    assert_eq!(call(&chat, &bob.1).await, 200);
    let limit = world.get(&path).await.json();
    let facts = ["subject", "used", "reserved", "remaining", "refusals", "windows"].map(|name| &limit[name]);
    assert_eq!(
        facts,
        [&json!({"kind": "key", "id": "*"}), &json!(3), &json!(0), &json!(0), &json!(1), &json!(2)]
    );

    let first = world.get(&format!("{path}/windows?limit=1")).await.json();
    let window = &first["data"][0];
    let id = ada.0.trim_start_matches("/api/keys/");
    assert_eq!(window["subject"], json!({"kind": "key", "id": id}));
    assert_eq!(
        (&window["used"], &window["remaining"], &window["resets_at"]),
        (&json!(2), &json!(0), &limit["resets_at"])
    );
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = world.get(&format!("{path}/windows?limit=1&cursor={cursor}")).await.json();
    assert_eq!((&second["data"][0]["used"], &second["next_cursor"]), (&json!(1), &Value::Null));
    for cursor in ["1", "a-b", "1-99999999999999999999", "-"] {
        let reply = world.get(&format!("{path}/windows?cursor={cursor}")).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{cursor}");
    }
    // A limit of this key's own takes the place of the one for each.
    let own = world.post("/api/limits", requests(json!({"kind": "key", "id": id}), "week", 4)).await.json();
    assert_eq!((&own["used"], call(&chat, &ada.1).await), (&json!(2), 200));
    assert_eq!(world.get(&path).await.json()["windows"], 1);
    assert_eq!(
        world.delete(&format!("/api/limits/{}", own["id"].as_str().unwrap())).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(world.get(&path).await.json()["used"], 4);
    assert_eq!(call(&chat, &ada.1).await, 429);
    let missing = world.get("/api/limits/lim_0198c0de0000700080000000deadbeef/windows").await;
    assert_eq!(refusal(&missing), "404 not_found");
}

#[tokio::test]
async fn subjects_are_checked() {
    let world = World::start().await;
    let mut answers = Vec::new();
    for subject in [
        json!({"kind": "tag", "id": "team=search"}),
        json!({"kind": "tag", "id": "team=*"}),
        json!({"kind": "tag", "id": "team=a=b"}),
        json!({"kind": "tag", "id": "team"}),
        json!({"kind": "tag", "id": "*"}),
        json!({"kind": "tag", "id": "=a"}),
        json!({"kind": "tag", "id": "team="}),
        json!({"kind": "tag", "id": "team= a"}),
        json!({"kind": "tag", "id": "team=a,b"}),
        json!({"kind": "tag", "id": format!("team={}", "x".repeat(65))}),
        json!({"kind": "tag"}),
        json!({"kind": "label", "id": "*"}),
        json!({"kind": "key", "id": "*"}),
        json!({"kind": "key", "id": "**"}),
        json!({"kind": "global", "id": "*"}),
    ] {
        let made = world.post("/api/limits", requests(subject.clone(), "week", 5)).await;
        let answer = match made.status {
            StatusCode::CREATED => made.json()["subject"]["id"].to_string(),
            _ => refusal(&made).chars().take(60).collect(),
        };
        answers.push(answer);
    }
    insta::assert_snapshot!(answers.join("\n"), @r#"
    "team=search"
    "team=*"
    "team=a=b"
    422 invalid_request | subject.id: must be a tag and its valu
    422 invalid_request | subject.id: must be a tag and its valu
    422 invalid_request | subject.id: must be a tag and its valu
    422 invalid_request | subject.id: must be a tag and its valu
    422 invalid_request | subject.id: must be a tag and its valu
    422 invalid_request | subject.id: must be a tag and its valu
    422 invalid_request | subject.id: must be a tag and its valu
    422 invalid_request | subject.id: is required
    "*"
    "*"
    422 invalid_request | subject.id: must be an id such as key_
    422 invalid_request | subject.id: must be left out where the
    "#);
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
