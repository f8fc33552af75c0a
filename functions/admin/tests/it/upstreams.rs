//! Upstreams: added, changed and removed by administrators of all labels, without a secret in them.

use domain::keys::Scope;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::post;

use crate::binding::ask;
use crate::{World, refusal};

const UPSTREAMS: &str = "/api/upstreams";
const SECRET: &str =
    "arn:aws:secretsmanager:eu-central-1:123456789012:secret:tokenmeter/upstreams/azure-AbCdEf";

fn groq() -> Value {
    json!({"name": "groq", "wire": "openai", "base_url": "https://api.groq.com/openai/v1/"})
}

fn without_times(mut upstream: Value) -> Value {
    let fields = upstream.as_object_mut().unwrap();
    assert!(fields.remove("created_at").is_some_and(|at| at.is_string()));
    assert!(fields.remove("changed_at").is_some_and(|at| at.is_string()));
    upstream
}

#[tokio::test]
async fn upstream_has_defaults_and_is_listed_by_name() {
    let world = World::start().await;
    let added = world.post(UPSTREAMS, groq()).await;
    assert_eq!(added.status, StatusCode::CREATED, "{}", added.text());
    let azure = json!({
        "name": "azure", "wire": "openai", "base_url": "https://res.openai.azure.com/openai", "auth": "api-key",
        "region": null, "secret_arn": SECRET, "price_provider": "azure", "price_source": "upstream",
        "adds_stream_options": false,
        "output_bound_member": "max_completion_tokens", "models": {"chat-prod": "gpt-4o"},
    });
    let own = world.post(UPSTREAMS, azure.clone()).await;
    assert_eq!(own.status, StatusCode::CREATED, "{}", own.text());
    let claude = json!({"name": "claude-eu", "wire": "anthropic", "base_url": "https://claude.example.com"});
    assert_eq!(world.post(UPSTREAMS, claude).await.json()["auth"], "x-api-key");
    let list = world.get(UPSTREAMS).await.json();
    let names: Vec<&str> =
        list["data"].as_array().unwrap().iter().map(|upstream| upstream["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["azure", "claude-eu", "groq"]);
    let mut expected = azure;
    expected["key_variable"] = json!("UPSTREAM_AZURE_KEY");
    assert_eq!(without_times(list["data"][0].clone()), expected);
    assert_eq!(
        without_times(added.json()),
        json!({
            "name": "groq", "wire": "openai", "base_url": "https://api.groq.com/openai/v1", "auth": "bearer",
            "region": null, "key_variable": "UPSTREAM_GROQ_KEY", "secret_arn": null, "price_provider": "groq",
            "price_source": "table",
            "adds_stream_options": true, "output_bound_member": "max_tokens", "models": {},
        })
    );
    assert_eq!(world.get("/api/upstreams/groq").await.json(), added.json());
}

#[tokio::test]
async fn bad_upstreams_are_refused_by_field() {
    let world = World::start().await;
    let with = |field: &str, value: Value| {
        let mut body = groq();
        body[field] = value;
        body
    };
    for (body, refused) in [
        (with("name", json!("v1")), "name: is reserved"),
        (with("name", json!("openai")), "name: is reserved"),
        (with("name", json!("healthz")), "name: is reserved"),
        (with("name", json!("Groq")), "name: must be 1 to 32"),
        (with("name", json!("a/b")), "name: must be 1 to 32"),
        (with("wire", json!("soap")), "wire: must be one of"),
        (with("base_url", json!("https://user:pass@api.groq.com")), "base_url: must be an http or https URL"),
        (with("base_url", json!("https://api.groq.com/v1?key=x")), "base_url: must be an http or https URL"),
        (with("base_url", json!("file:///etc/passwd")), "base_url: must be an http or https URL"),
        (
            with(
                "secret_arn",
                json!("arn:aws:secretsmanager:eu-central-1:123456789012:secret:tokenmeter/key-pepper"),
            ),
            "secret_arn: must be the ARN of a Secrets Manager secret whose name begins with tokenmeter/upstreams/",
        ),
        (with("secret_arn", json!("OPENAI_API_KEY")), "secret_arn: must be the ARN"),
        (with("models", json!({"a": ""})), "models: must be 1 to"),
        (with("models", json!([])), "models: "),
        (with("auth", json!("hmac")), "auth: must be one of"),
        (with("price_source", json!("header")), "price_source: must be one of"),
        (with("key", json!("gsk_secret")), "key: "),
        (json!({"name": "groq", "wire": "openai"}), "base_url: is required"),
    ] {
        let reply = world.post(UPSTREAMS, body.clone()).await;
        let found = refusal(&reply);
        assert!(found.starts_with("422") && found.contains(refused), "{body}: {found}");
        assert!(!found.contains("gsk_secret"), "{found}");
    }
    let both =
        json!({"name": "x", "wire": "openai", "base_url": "http://x", "auth": "none", "secret_arn": SECRET});
    assert!(refusal(&world.post(UPSTREAMS, both).await).contains("secret_arn: must be left out"));
    assert_eq!(world.get(UPSTREAMS).await.json(), json!({"data": []}));
    world.post(UPSTREAMS, groq()).await;
    assert_eq!(refusal(&world.post(UPSTREAMS, groq()).await), "409 already_exists");
}

fn signed() -> Value {
    json!({
        "name": "aws-eu", "wire": "bedrock", "base_url": "https://bedrock-runtime.eu-central-1.amazonaws.com",
        "auth": "sigv4", "region": "eu-central-1", "price_provider": "bedrock",
    })
}

#[tokio::test]
async fn signed_upstream_has_a_region_and_others_have_none() {
    let world = World::start().await;
    let added = world.post(UPSTREAMS, signed()).await;
    assert_eq!((added.status, &added.json()["region"]), (StatusCode::CREATED, &json!("eu-central-1")));
    let own_key = json!({"secret_arn": SECRET});
    assert_eq!(world.patch("/api/upstreams/aws-eu", own_key).await.json()["secret_arn"], SECRET);
    for (field, value, refused) in [
        ("region", json!(null), "region: is required where 'auth' is sigv4"),
        ("region", json!("eu_central_1"), "region: must be a region of AWS, such as eu-central-1"),
        ("region", json!("us-east-1"), "region: must be the region in 'base_url'"),
        ("wire", json!("openai"), "auth: must not be sigv4 unless 'wire' is bedrock"),
        ("auth", json!("bearer"), "region: must be left out, or null, unless 'auth' is sigv4"),
    ] {
        let mut body = signed();
        body["name"] = json!("other");
        body[field] = value.clone();
        let reply = world.post(UPSTREAMS, body).await;
        assert!(refusal(&reply).starts_with("422") && refusal(&reply).contains(refused), "{}", reply.text());
        if field != "wire" {
            let change = world.patch("/api/upstreams/aws-eu", json!({field: value})).await;
            assert!(refusal(&change).contains(refused), "{}", change.text());
        }
    }
    let moved = json!({"base_url": "https://bedrock-runtime.us-east-1.amazonaws.com", "region": "us-east-1"});
    assert_eq!(world.patch("/api/upstreams/aws-eu", moved).await.json()["region"], "us-east-1");
    let keyed = world.patch("/api/upstreams/aws-eu", json!({"auth": "bearer", "region": null})).await;
    assert_eq!((keyed.status, &keyed.json()["region"]), (StatusCode::OK, &Value::Null), "{}", keyed.text());
    let none = world.patch("/api/upstreams/aws-eu", json!({"auth": "none"})).await;
    assert!(refusal(&none).contains("secret_arn: must be left out"), "{}", none.text());
    let audit = world.get("/api/audit?subject_kind=upstream&subject_id=aws-eu").await.json();
    let regions: Vec<&Value> =
        audit["data"].as_array().unwrap().iter().map(|entry| &entry["after"]["region"]).collect();
    assert_eq!(regions, [&json!(null), &json!("us-east-1"), &json!("eu-central-1"), &json!("eu-central-1")]);
}

#[tokio::test]
async fn change_and_removal_have_versions_and_audit_entries() {
    let world = World::start().await;
    world.post(UPSTREAMS, groq()).await;
    let path = "/api/upstreams/groq";
    let changed =
        world.send(Method::PATCH, path, &[("if-match", "\"1\"")], r#"{"models":{"a":"gpt-4o"}}"#).await;
    assert_eq!((changed.status, &changed.json()["models"]), (StatusCode::OK, &json!({"a": "gpt-4o"})));
    let stale = world.send(Method::PATCH, path, &[("if-match", "\"1\"")], r#"{"models":{}}"#).await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    for (body, refused) in [
        (json!({"name": "x"}), "name: cannot be changed"),
        (json!({"wire": "anthropic"}), "wire: cannot be changed"),
        (json!({"secret_arn": "x"}), "secret_arn: must be the ARN"),
    ] {
        assert!(refusal(&world.patch(path, body.clone()).await).contains(refused), "{body}");
    }
    let same = world.patch(path, json!({"models": {"a": "gpt-4o"}})).await.json();
    assert_eq!(same["changed_at"], changed.json()["changed_at"]);
    assert_eq!(world.delete(path).await.status, StatusCode::NO_CONTENT);
    for path in [path, "/api/upstreams/never", "/api/upstreams/No%20Name"] {
        assert_eq!(refusal(&world.get(path).await), "404 not_found");
        assert_eq!(refusal(&world.patch(path, json!({})).await), "404 not_found");
        assert_eq!(refusal(&world.delete(path).await), "404 not_found");
    }
    let audit = world.get("/api/audit?subject_kind=upstream&subject_id=groq").await.json();
    let entries: Vec<_> = audit["data"].as_array().unwrap().iter().collect();
    let actions: Vec<&str> = entries.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["delete", "update", "create"]);
    assert_eq!(entries[1]["before"]["models"], json!({}));
    assert_eq!(entries[1]["after"]["models"], json!({"a": "gpt-4o"}));
}

#[tokio::test]
async fn keys_of_a_label_learn_nothing_of_upstreams() {
    let world = World::start().await;
    world.post(UPSTREAMS, groq()).await;
    let bound = world.harness.key().scopes(&[Scope::Admin]).label("search").create().await;
    let reader = world.harness.key().scopes(&[Scope::UsageRead]).create().await;
    for (method, path, body) in [
        (Method::GET, UPSTREAMS, json!(null)),
        (Method::POST, UPSTREAMS, groq()),
        (Method::GET, "/api/upstreams/groq", json!(null)),
        (Method::PATCH, "/api/upstreams/groq", json!({"base_url": "https://evil.example.com"})),
        (Method::DELETE, "/api/upstreams/groq", json!(null)),
    ] {
        for key in [&bound, &reader] {
            let reply = ask(&world, key, method.clone(), path, body.clone()).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{method} {path}: {}", reply.text());
        }
    }
    assert_eq!(world.get("/api/upstreams/groq").await.json()["base_url"], "https://api.groq.com/openai/v1");
}

#[tokio::test]
async fn each_change_moves_the_version_that_admission_compares() {
    let world = World::start().await;
    let version = async || {
        world.harness.db.rows("select version from price_book").await[0]["version"].as_i64().unwrap()
    };
    let before = version().await;
    world.post(UPSTREAMS, groq()).await;
    world.patch("/api/upstreams/groq", json!({"adds_stream_options": false})).await;
    world.delete("/api/upstreams/groq").await;
    assert_eq!(version().await, before + 3);
}

#[tokio::test]
async fn function_that_runs_already_serves_what_is_added() {
    let world = World::start().await;
    let chat = world.chat_with(&[("UPSTREAM_GROQ_KEY", "gsk-of-the-tests")]).await;
    let (_, secret) = world.chat_key().await;
    let body = |model: &str| json!({"model": model, "messages": [{"role": "user", "content": "Hello"}]});
    let call = async |path: &str, model: &str| post(&chat, path, &secret, body(model)).await;
    // It has read prices and upstreams by now, and finds no such one.
    assert_eq!(call("/v1/chat/completions", "gpt-4o-mini").await.status, StatusCode::OK);
    assert_eq!(call("/groq/v1/chat/completions", "llama").await.status, StatusCode::NOT_FOUND);
    let base_url = format!("http://{}/at/groq/v1", world.harness.mock.address());
    let upstream = json!({"name": "groq", "wire": "openai", "base_url": base_url});
    assert_eq!(world.post(UPSTREAMS, upstream).await.status, StatusCode::CREATED);
    // Names that are not known are looked for once a second.
    let is_served = async || call("/groq/v1/chat/completions", "llama").await.status == StatusCode::OK;
    world.harness.eventually("the upstream is served", is_served).await;
    let route =
        json!({"model": "fast", "wire": "openai", "targets": [{"upstream": "groq", "model": "llama"}]});
    assert_eq!(world.post("/api/model-routes", route).await.status, StatusCode::CREATED);
    let routed = call("/v1/chat/completions", "fast").await;
    assert_eq!(routed.header("x-tokenmeter-upstream"), Some("groq"), "{}", routed.text());
    assert_eq!(world.delete("/api/upstreams/groq").await.status, StatusCode::NO_CONTENT);
    assert_eq!(call("/groq/v1/chat/completions", "llama").await.status, StatusCode::NOT_FOUND);
    assert_eq!(call("/v1/chat/completions", "fast").await.json()["error"]["code"], "no_target");
}
