//! Whom limits can be set on.

use http::StatusCode;
use serde_json::{Value, json};

use super::requests;
use crate::{World, call, refusal};

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
