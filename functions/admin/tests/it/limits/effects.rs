//! What a limit that is created, changed or deleted means for calls.

use http::StatusCode;
use serde_json::{Value, json};

use super::requests;
use crate::{World, call, refusal};

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
