//! Objects that a request names: those of others are refused as the provider refuses unknown ones.

use axum::Router;
use http::StatusCode;
use serde_json::{Value, json};
use testkit::{Harness, Reply, post};

use super::{create, id_of};
use crate::router;
use crate::scripted::{ScriptedProvider, response};

const PATHS: [&str; 3] = ["/v1/responses", "/v1/responses/compact", "/v1/responses/input_tokens"];

fn naming(object: &Value) -> Value {
    let mut body = json!({"model": "gpt-4o-mini", "input": "And now?"});
    body.as_object_mut().unwrap().extend(object.as_object().unwrap().clone());
    body
}

async fn name(router: &Router, key: &str, object: &Value) -> Reply {
    post(router, "/v1/responses", key, naming(object)).await
}

/// The id of the first output item, and of the response.
fn made(reply: &Reply) -> (String, String) {
    let text = reply.text();
    let item = text[text.find("msg_").expect("an item")..].split('"').next().unwrap().to_owned();
    (item, id_of(reply))
}

#[tokio::test]
async fn objects_of_others_are_refused_on_every_path() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let (maker, other) = (harness.key().create().await, harness.key().create().await);
    let ann = harness.key().label("ann").create().await;
    let bob = harness.key().label("bob").create().await;
    for more in [json!({}), json!({"stream": true}), json!({"background": true, "stream": true})] {
        let mut more = more;
        more["metadata"] = json!({"user_label": "ann"});
        let (item, response) = made(&create(&router, &maker, more).await);
        for (object, status, param, code) in [
            (
                json!({"previous_response_id": response}),
                400,
                "previous_response_id",
                json!("previous_response_not_found"),
            ),
            (json!({"input": [{"type": "item_reference", "id": item}]}), 404, "input", json!(null)),
            (json!({"input": [{"id": item}]}), 404, "input", json!(null)),
            (json!({"input": [{"type": "reasoning", "id": item, "summary": []}]}), 404, "input", json!(null)),
            (json!({"input": [{"type": "web_search_call", "id": item}]}), 404, "input", json!(null)),
        ] {
            for path in PATHS {
                let sent = harness.mock.requests().len();
                for key in [&other, &bob] {
                    let reply = post(&router, path, key, naming(&object)).await;
                    let error = &reply.json()["error"];
                    assert_eq!(
                        (reply.status.as_u16(), &error["param"], &error["code"]),
                        (status, &json!(param), &code)
                    );
                    assert_eq!(error["type"], "invalid_request_error");
                }
                assert_eq!(harness.mock.requests().len(), sent, "the provider was not asked");
                for key in [&maker, &ann] {
                    let reply = post(&router, path, key, naming(&object)).await;
                    assert_eq!(reply.status, StatusCode::OK, "{path} {object}: {}", reply.text());
                }
            }
        }
    }
    let message =
        name(&router, &other, &json!({"previous_response_id": "resp_1"})).await.json()["error"]["message"]
            .clone();
    assert_eq!(message, "Previous response with id 'resp_1' not found.");
}

/// What was made elsewhere belongs to the key that uses it first.
#[tokio::test]
async fn conversations_and_containers_belong_to_their_first_user() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let (first, other) = (harness.key().label("ann").create().await, harness.key().create().await);
    let same_label = harness.key().label("ann").create().await;
    for (object, message) in [
        (json!({"conversation": "conv_1"}), "Conversation with id 'conv_1' not found."),
        (json!({"conversation": {"id": "conv_2"}}), "Conversation with id 'conv_2' not found."),
        (
            json!({"tools": [{"type": "code_interpreter", "container": "cntr_1"}]}),
            "Container with id 'cntr_1' not found.",
        ),
        (
            json!({"tools": [{"type": "shell", "environment": {"type": "container_reference", "container_id": "cntr_2"}}]}),
            "Container with id 'cntr_2' not found.",
        ),
    ] {
        for key in [&first, &same_label, &first] {
            let reply = name(&router, key, &object).await;
            assert_eq!(reply.status, StatusCode::OK, "{object}: {}", reply.text());
        }
        let refused = name(&router, &other, &object).await;
        assert_eq!(
            (refused.status, &refused.json()["error"]["message"]),
            (StatusCode::NOT_FOUND, &json!(message))
        );
    }
    // Templates, files and vector stores are shared by the whole organization.
    for object in [
        json!({"prompt": {"id": "pmpt_1"}}),
        json!({"input": [{"role": "user", "content": [{"type": "input_file", "file_id": "file_1"}]}]}),
        json!({"tools": [{"type": "file_search", "vector_store_ids": ["vs_1"]}]}),
    ] {
        for key in [&first, &other] {
            assert_eq!(name(&router, key, &object).await.status, StatusCode::OK, "{object}");
        }
    }
}

/// Items that are sent back whole need not be known: with `store: false` the provider has none of them.
#[tokio::test]
async fn what_clients_send_back_whole_is_not_refused() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let input = json!([
        {"role": "user", "content": "Hi"},
        {"type": "message", "id": "msg_unknown", "role": "assistant", "content": [{"type": "output_text", "text": "Hi"}]},
        {"type": "reasoning", "id": "rs_unknown", "summary": [], "encrypted_content": "e"},
        {"type": "function_call", "id": "fc_unknown", "call_id": "call_1", "name": "f", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_1", "output": "1"},
        {"type": "web_search_call", "id": "ws_unknown", "status": "completed"},
    ]);
    let reply = name(&router, &key, &json!({"input": input, "store": false})).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let own = "sk-of-the-caller";
    let reply = name(&router, own, &json!({"previous_response_id": "resp_of_their_own_account"})).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
}

#[tokio::test]
async fn ways_around_the_check_are_refused() {
    let harness = Harness::start().await;
    let (router, maker) = (router(&harness, &[]).await, harness.key().create().await);
    let other = harness.key().create().await;
    let (item, _) = made(&create(&router, &maker, json!({})).await);
    create(&router, &maker, json!({"tools": [{"type": "code_interpreter", "container": "cntr_1"}]})).await;
    let sent = harness.mock.requests().len();
    let (before, after) = (r#"{"model":"gpt-4o-mini","#, "}");
    for body in [
        format!(
            r#""input":[{{"type":"message","type":"item_reference","role":"user","content":"x","id":"{item}"}}]"#
        ),
        format!(r#""input":[{{"type":"item_reference","id":"mine","id":"{item}"}}]"#),
        format!(r#""input":[{{"type":null,"i\u0064":"{item}"}}]"#),
        format!(
            r#""input":[{{"type":"reasoning","id":"{item}","encrypted_content":"e","encrypted_content":null}}]"#
        ),
        format!(r#""input":[{{"type":"item_reference","id":"{item} "}}]"#),
        r#""input":[{"type":"item_reference","id":"a\u0000b"}]"#.to_owned(),
        r#""input":"x","tools":[{"type":"code_interpreter","\u0063ontainer":"cntr_1"}]"#.to_owned(),
        r#""input":[{"type":"code_interpreter_call","id":"ci_1","container_id":"cntr_1"}]"#.to_owned(),
        r#""input":"x","conversation":{"id":"conv_1","id":"../x"}"#.to_owned(),
    ] {
        let request =
            testkit::request(http::Method::POST, "/v1/responses", &other, format!("{before}{body}{after}"));
        let reply = testkit::send(&router, request).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{body}: {}", reply.text());
    }
    assert_eq!(harness.mock.requests().len(), sent, "the provider was not asked");
}

/// What the provider lists can be named afterwards.
#[tokio::test]
async fn listed_input_items_are_known() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let other = harness.key().create().await;
    let id = id_of(&create(&router, &key, json!({})).await);
    let items = testkit::get(&router, &format!("/v1/responses/{id}/input_items"), &key).await;
    let object = json!({"input": [{"type": "item_reference", "id": items.json()["data"][0]["id"]}]});
    assert_eq!(name(&router, &key, &object).await.status, StatusCode::OK);
    assert_eq!(name(&router, &other, &object).await.status, StatusCode::NOT_FOUND);
}

/// The transcript of an answer in audio is input again when a later message names it.
#[tokio::test]
async fn audio_of_others_is_refused() {
    let harness = Harness::start().await;
    let router = router(&harness, &[]).await;
    let (maker, other) = (harness.key().create().await, harness.key().create().await);
    for stream in [false, true] {
        let id = format!("audio_{stream}");
        let answer = if stream {
            let chunk = json!({"choices": [{"index": 0, "delta": {"audio": {"id": id}}}]});
            format!("data: {chunk}\n\ndata: [DONE]\n\n")
        } else {
            json!({"choices": [{"message": {"audio": {"id": id}}}]}).to_string()
        };
        let kind = if stream { "text/event-stream" } else { "application/json" };
        let answer = response("200 OK", &format!("content-type: {kind}\r\n"), answer.as_bytes());
        let provider = ScriptedProvider::once(answer).await;
        let speaking = crate::router(&harness, &[("OPENAI_API_BASE", &provider.base_url)]).await;
        let ask =
            json!({"model": "gpt-audio", "messages": [{"role": "user", "content": "Hi"}], "stream": stream});
        let reply = post(&speaking, "/v1/chat/completions", &maker, ask).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
        let naming = json!({"model": "gpt-4o-mini", "messages": [
            {"role": "assistant", "audio": {"id": id}}, {"role": "user", "content": "And now?"}
        ]});
        let refused = post(&router, "/v1/chat/completions", &other, naming.clone()).await;
        let error = &refused.json()["error"];
        assert_eq!((refused.status, &error["param"]), (StatusCode::NOT_FOUND, &json!("messages")));
        assert_eq!(error["message"], format!("Audio with id '{id}' not found."));
        let own = post(&router, "/v1/chat/completions", &maker, naming).await;
        assert_eq!(own.status, StatusCode::OK, "{}", own.text());
    }
}
