//! The record: every change, by whom, from what to what, and no secret in it.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::World;

async fn changed(world: &World) -> Vec<String> {
    let made = world
        .post("/api/keys", json!({"name": "search", "user_label": "a", "scopes": ["chat"]}))
        .await
        .json();
    let key = format!("/api/keys/{}", made["id"].as_str().unwrap());
    world.patch(&key, json!({"models": ["gpt-5*"]})).await;
    let rotated = world.post(&format!("{key}/rotate"), json!({"grace_seconds": 60})).await.json();
    world.delete(&key).await;
    let limit = json!({"subject": {"kind": "label", "id": "a"}, "metric": "usd", "window": "day", "amount": "5", "mode": "hard"});
    let limit = world.post("/api/limits", limit).await.json();
    let limit = format!("/api/limits/{}", limit["id"].as_str().unwrap());
    world.patch(&limit, json!({"amount": "7.5"})).await;
    world.delete(&limit).await;
    let price =
        json!({"model": "m", "effective_from": "2100-01-01T00:00:00Z", "input": "1.25", "output": "8"});
    let price = world.post("/api/prices", price).await.json();
    world.delete(&format!("/api/prices/{}", price["id"])).await;
    let fee = json!({"tool": "shell", "effective_from": "2100-01-01T00:00:00Z", "cost_usd": "0.03"});
    let fee = world.post("/api/prices/fees", fee).await.json();
    world.delete(&format!("/api/prices/fees/{}", fee["id"])).await;
    [made, rotated].iter().map(|key| key["secret"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn every_change_is_recorded_without_secrets() {
    let world = World::start().await;
    let secrets = changed(&world).await;
    let page = world.get("/api/audit").await.json();
    let text = page.to_string();
    for secret in &secrets {
        assert!(!text.contains(&secret[11..]), "no secret: {text}");
    }
    let hashes =
        world.harness.db.rows("select encode(secret_hash, 'hex') as hash from api_key_secrets").await;
    assert!(hashes.iter().all(|row| !text.contains(row["hash"].as_str().unwrap())), "no hash: {text}");
    let mut lines = Vec::new();
    for entry in page["data"].as_array().unwrap().iter().rev() {
        assert_eq!(entry["actor_name"], "test");
        assert!(entry["request_id"].as_str().unwrap().starts_with("req_"));
        let changes = |side: &str| match &entry[side] {
            Value::Object(fields) => fields
                .iter()
                .filter(|(name, value)| {
                    entry["before"].get(*name) != entry["after"].get(*name) && !value.is_null()
                })
                .map(|(name, value)| match name.as_str() {
                    "secret_prefix" | "revoked_at" => format!("{name}=…"),
                    _ => format!("{name}={value}"),
                })
                .collect::<Vec<_>>()
                .join(" "),
            _ => "nothing".to_owned(),
        };
        let what =
            format!("{} {}", entry["action"].as_str().unwrap(), entry["subject_kind"].as_str().unwrap());
        lines.push(format!(
            "{what} of {}: {} -> {}",
            entry["user_label"],
            changes("before"),
            changes("after")
        ));
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    create key of "a": nothing -> name="search" scopes=["chat"] user_label="a"
    update key of "a":  -> models=["gpt-5*"]
    rotate key of "a": secret_prefix=… -> grace_seconds=60 secret_prefix=…
    revoke key of "a":  -> revoked_at=…
    create limit of "a": nothing -> mode="hard" amount="5" metric="usd" window="day" subject={"id":"a","kind":"label"} time_zone="UTC" unbounded="reserve"
    update limit of "a": amount="5" -> amount="7.5"
    delete limit of "a": mode="hard" amount="7.5" metric="usd" window="day" subject={"id":"a","kind":"label"} time_zone="UTC" unbounded="reserve" -> nothing
    create price of null: nothing -> input="1.25" model="m" output="8" provider="openai" service_tier="default" effective_from="2100-01-01T00:00:00Z" above_input_tokens=0
    delete price of null: input="1.25" model="m" output="8" provider="openai" service_tier="default" effective_from="2100-01-01T00:00:00Z" above_input_tokens=0 -> nothing
    create fee of null: nothing -> tool="shell" cost_usd="0.03" provider="openai" max_cost_usd="0.03" effective_from="2100-01-01T00:00:00Z"
    delete fee of null: tool="shell" cost_usd="0.03" provider="openai" max_cost_usd="0.03" effective_from="2100-01-01T00:00:00Z" -> nothing
    "#);
}

#[tokio::test]
async fn refused_changes_are_not_recorded() {
    let world = World::start().await;
    let (path, _) = world.chat_key().await;
    let count = async || world.harness.db.rows("select id from audit_log").await.len();
    let before = count().await;
    world.send(Method::PATCH, &path, &[("if-match", "\"9\"")], r#"{"name": "x"}"#).await;
    world.patch(&path, json!({"expires_at": "2020-01-01T00:00:00Z"})).await;
    world.delete("/api/prices/99999999").await;
    assert_eq!(count().await, before);
}

#[tokio::test]
async fn filters_and_pages_find_entries() {
    let world = World::start().await;
    changed(&world).await;
    let found = async |query: &str| {
        let page = world.get(&format!("/api/audit?{query}")).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text());
        let page = page.json();
        let actions = page["data"].as_array().unwrap().iter();
        let actions: Vec<String> = actions
            .map(|entry| {
                format!("{} {}", entry["action"].as_str().unwrap(), entry["subject_kind"].as_str().unwrap())
            })
            .collect();
        (actions, page)
    };
    assert_eq!(found("subject_kind=price").await.0, ["delete price", "create price"]);
    assert_eq!(found("subject_kind=fee").await.0, ["delete fee", "create fee"]);
    assert_eq!(found("action=update").await.0, ["update limit", "update key"]);
    let (all, page) = found("").await;
    assert_eq!(all.len(), 11);
    let newest = &page["data"][0];
    let subject = newest["subject_id"].as_str().unwrap();
    assert_eq!(found(&format!("subject_id={subject}")).await.0.len(), 2);
    let actor = newest["actor_key_id"].as_str().unwrap();
    assert_eq!(found(&format!("actor={actor}")).await.0.len(), 11);
    assert!(found("actor=key_0198c0de0000700080000000ffffffff").await.0.is_empty());
    let at = newest["at"].as_str().unwrap();
    assert_eq!(found(&format!("from={at}")).await.0.len(), 1);
    assert_eq!(found(&format!("to={at}")).await.0.len(), 10);
    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let (actions, page) = found(&format!("limit=4{cursor}")).await;
        pages.extend(actions);
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(pages, all);
}

#[tokio::test]
async fn audit_log_cannot_be_rewritten() {
    let world = World::start().await;
    world.chat_key().await;
    let database = world.harness.db.client().await;
    for role in ["tokenmeter_chat", "tokenmeter_summary", "tokenmeter_admin"] {
        for statement in
            ["update audit_log set actor_name = 'x'", "delete from audit_log", "truncate audit_log"]
        {
            let tried = database.batch_execute(&format!("begin; set local role {role}; {statement}")).await;
            assert!(tried.is_err(), "{role}: {statement}");
            database.batch_execute("rollback").await.unwrap();
        }
    }
}
