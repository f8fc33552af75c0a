//! Model routes: added, changed and removed by administrators of all labels.

use domain::keys::Scope;
use http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::binding::ask;
use crate::{World, refusal};

const ROUTES: &str = "/api/model-routes";

fn fast() -> Value {
    json!({"model": "fast", "wire": "openai", "targets": [
        {"upstream": "groq", "model": "llama-3.3-70b-versatile", "timeout_seconds": 20},
        {"upstream": "openai", "model": "gpt-4o-mini"},
    ]})
}

async fn with_groq() -> World {
    let world = World::start().await;
    for (name, wire) in [("groq", "openai"), ("claude-eu", "anthropic")] {
        let upstream = json!({"name": name, "wire": wire, "base_url": "https://upstream.example.com"});
        assert_eq!(world.post("/api/upstreams", upstream).await.status, StatusCode::CREATED);
    }
    world
}

#[tokio::test]
async fn route_is_listed_by_name_with_its_targets_in_order() {
    let world = with_groq().await;
    let added = world.post(ROUTES, fast()).await;
    assert_eq!(added.status, StatusCode::CREATED, "{}", added.text());
    let best =
        json!({"model": "best", "wire": "anthropic", "targets": [{"upstream": "claude-eu", "model": "x"}]});
    assert_eq!(world.post(ROUTES, best).await.status, StatusCode::CREATED);
    // The same name in another format is another route.
    let other = json!({"model": "fast", "wire": "gemini", "targets": [{"upstream": "gemini", "model": "x"}]});
    assert_eq!(world.post(ROUTES, other).await.status, StatusCode::CREATED);
    let list = world.get(ROUTES).await.json();
    let names: Vec<_> =
        list["data"].as_array().unwrap().iter().map(|route| (&route["model"], &route["wire"])).collect();
    assert_eq!(json!(names), json!([["best", "anthropic"], ["fast", "gemini"], ["fast", "openai"]]));
    let mut expected = fast();
    expected["targets"][1]["timeout_seconds"] = Value::Null;
    let added = added.json();
    for field in ["model", "wire", "targets"] {
        assert_eq!(added[field], expected[field]);
    }
    let path = format!("{ROUTES}/{}", added["id"].as_str().unwrap());
    assert_eq!(world.get(&path).await.json(), added);
}

#[tokio::test]
async fn bad_routes_are_refused_by_field() {
    let world = with_groq().await;
    let with = |targets: Value| json!({"model": "fast", "wire": "openai", "targets": targets});
    let target = |upstream: &str| json!({"upstream": upstream, "model": "x"});
    let many: Vec<Value> = (0..9).map(|n| json!({"upstream": "groq", "model": format!("m{n}")})).collect();
    for (body, refused) in [
        (with(json!([])), "targets: must be 1 to 8"),
        (with(json!(many)), "targets: must be 1 to 8"),
        (with(json!("groq")), "targets: must be objects"),
        (with(json!([{"upstream": "groq"}])), "targets: must be objects"),
        (with(json!([{"upstream": "groq", "model": "x", "weight": 1}])), "targets: must be objects"),
        (with(json!([target("Groq")])), "targets: must have an `upstream` in each"),
        (with(json!([{"upstream": "groq", "model": ""}])), "targets: must have a `model` in each"),
        (
            with(json!([{"upstream": "groq", "model": "x", "timeout_seconds": 0}])),
            "targets: must have a `timeout_seconds`",
        ),
        (
            with(json!([target("groq"), target("groq")])),
            "targets: must not name one model of an upstream twice",
        ),
        (
            with(json!([target("openai"), target("grok")])),
            "targets[1].upstream: must be an upstream: there is no `grok`",
        ),
        (
            with(json!([target("claude-eu")])),
            "targets[0].upstream: must be an upstream of the route's format",
        ),
        (
            with(json!([target("anthropic")])),
            "targets[0].upstream: must be an upstream of the route's format",
        ),
        (json!({"model": "", "wire": "openai", "targets": [target("groq")]}), "model: "),
        (json!({"model": "fast", "wire": "soap", "targets": [target("groq")]}), "wire: must be one of"),
        (json!({"model": "fast", "wire": "openai"}), "targets: is required"),
    ] {
        let found = refusal(&world.post(ROUTES, body.clone()).await);
        assert!(found.starts_with("422") && found.contains(refused), "{body}: {found}");
    }
    assert_eq!(world.get(ROUTES).await.json(), json!({"data": []}));
    world.post(ROUTES, fast()).await;
    assert_eq!(refusal(&world.post(ROUTES, fast()).await), "409 already_exists");
}

#[tokio::test]
async fn change_and_removal_have_versions_and_audit_entries_and_reach_the_next_call() {
    let world = with_groq().await;
    let version = async || {
        world.harness.db.rows("select version from price_book").await[0]["version"].as_i64().unwrap()
    };
    let before = version().await;
    let id = world.post(ROUTES, fast()).await.json()["id"].as_str().unwrap().to_owned();
    let path = format!("{ROUTES}/{id}");
    let shorter = json!({"targets": [{"upstream": "openai", "model": "gpt-4o"}]});
    let changed = world.send(Method::PATCH, &path, &[("if-match", "\"1\"")], &shorter.to_string()).await;
    assert_eq!((changed.status, &changed.json()["targets"][0]["model"]), (StatusCode::OK, &json!("gpt-4o")));
    let stale = world.send(Method::PATCH, &path, &[("if-match", "\"1\"")], r#"{"targets":[]}"#).await;
    assert_eq!(stale.status, StatusCode::UNPROCESSABLE_ENTITY);
    let stale = world.send(Method::DELETE, &path, &[("if-match", "\"1\"")], "").await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    for (body, refused) in [
        (json!({"model": "x"}), "model: cannot be changed"),
        (json!({"wire": "gemini"}), "wire: cannot be changed"),
    ] {
        assert!(refusal(&world.patch(&path, body.clone()).await).contains(refused), "{body}");
    }
    assert_eq!(world.patch(&path, shorter).await.json()["changed_at"], changed.json()["changed_at"]);
    assert_eq!(world.delete(&path).await.status, StatusCode::NO_CONTENT);
    for path in [path.as_str(), "/api/model-routes/never"] {
        assert_eq!(refusal(&world.get(path).await), "404 not_found");
        assert_eq!(refusal(&world.delete(path).await), "404 not_found");
    }
    assert_eq!(version().await, before + 3);
    let audit = world.get(&format!("/api/audit?subject_kind=route&subject_id={id}")).await.json();
    let entries = audit["data"].as_array().unwrap();
    let actions: Vec<&str> = entries.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["delete", "update", "create"]);
    assert_eq!(entries[1]["before"]["targets"][0]["upstream"], "groq");
    assert_eq!(entries[1]["after"]["targets"][0]["upstream"], "openai");
}

#[tokio::test]
async fn keys_of_a_label_learn_nothing_of_routes() {
    let world = with_groq().await;
    let id = world.post(ROUTES, fast()).await.json()["id"].as_str().unwrap().to_owned();
    let path = format!("{ROUTES}/{id}");
    let bound = world.harness.key().scopes(&[Scope::Admin]).label("search").create().await;
    let reader = world.harness.key().scopes(&[Scope::UsageRead]).create().await;
    for (method, path, body) in [
        (Method::GET, ROUTES, json!(null)),
        (Method::POST, ROUTES, fast()),
        (Method::GET, path.as_str(), json!(null)),
        (Method::PATCH, path.as_str(), json!({"targets": [{"upstream": "openai", "model": "x"}]})),
        (Method::DELETE, path.as_str(), json!(null)),
    ] {
        for key in [&bound, &reader] {
            let reply = ask(&world, key, method.clone(), path, body.clone()).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{method} {path}: {}", reply.text());
        }
    }
    assert_eq!(world.get(&path).await.json()["targets"][0]["upstream"], "groq");
}
