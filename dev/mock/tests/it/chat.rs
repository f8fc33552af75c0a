//! `POST /v1/chat/completions` without faults.

use serde_json::json;

use crate::client::{TestMock, hello, with};

#[tokio::test]
async fn text_has_one_word_per_billed_token() {
    let mock = TestMock::start().await;
    let answer = mock.call("/chat/completions", hello("gpt-4o")).await;
    assert_eq!(answer.status, 200);
    let body = answer.json();
    // Input: 2 words + 3 per message + 3 per request. Output: 8 + a quarter of the input.
    assert_eq!(body["usage"]["prompt_tokens"], 8);
    assert_eq!(body["usage"]["completion_tokens"], 10);
    assert_eq!(body["usage"]["total_tokens"], 18);
    let text = body["choices"][0]["message"]["content"].as_str().unwrap();
    assert_eq!(text.split_whitespace().count(), 10);
    assert_eq!(body["choices"][0]["finish_reason"], "stop");
    assert_eq!(body["model"], "gpt-4o-2024-11-20");
    assert_eq!(body["service_tier"], "default");
    assert!(answer.headers["x-request-id"].to_str().unwrap().starts_with("req_"));
    for header in ["openai-processing-ms", "openai-version", "openai-organization"] {
        assert!(answer.headers.contains_key(header), "{header}");
    }
}

#[tokio::test]
async fn output_stays_within_n_times_the_bound() {
    let mock = TestMock::start().await;
    let options = json!({ "n": 3, "max_completion_tokens": 4, "metadata": { "mock_reasoning_tokens": "5" } });
    let body = mock.call("/chat/completions", with(hello("gpt-4o"), options)).await.json();
    assert_eq!(body["usage"]["completion_tokens"], 12);
    assert_eq!(body["usage"]["completion_tokens_details"]["reasoning_tokens"], 5);
    let choices = body["choices"].as_array().unwrap();
    let words = choices
        .iter()
        .map(|choice| choice["message"]["content"].as_str().unwrap().split_whitespace().count());
    assert_eq!(words.sum::<usize>(), 7);
    assert!(choices.iter().all(|choice| choice["finish_reason"] == "length"));
}

#[tokio::test]
async fn stream_can_report_usage_as_groq_does() {
    let mock = TestMock::start().await;
    for options in
        [json!({ "stream": true }), json!({ "stream": true, "stream_options": { "include_usage": true } })]
    {
        let place = json!({ "metadata": { "mock_usage_place": "x_groq", "mock_cached_tokens": "3" } });
        let answer = mock.call("/chat/completions", with(with(hello("gpt-4o"), options), place)).await;
        let chunks = answer.events();
        let (last, others) = chunks.split_last().unwrap();
        assert_eq!(last["choices"][0]["finish_reason"], "stop");
        assert_eq!(last["x_groq"]["usage"]["completion_tokens"], 10);
        assert_eq!(last["x_groq"]["usage"]["prompt_tokens_details"]["cached_tokens"], 3);
        assert_eq!(others[0]["x_groq"]["id"], last["x_groq"]["id"]);
        assert!(others.iter().all(|chunk| chunk["x_groq"].get("usage").is_none()));
        assert!(chunks.iter().all(|chunk| chunk.get("usage").is_none()));
    }
    assert_eq!(mock.mock.counters().total.answered_with_usage, 2);
}

#[tokio::test]
async fn stream_reports_usage_once_if_requested() {
    let mock = TestMock::start().await;
    let options = json!({ "stream": true, "n": 2, "stream_options": { "include_usage": true } });
    let answer = mock.call("/chat/completions", with(hello("gpt-4o"), options)).await;
    assert!(answer.headers["content-type"].to_str().unwrap().starts_with("text/event-stream"));
    assert_eq!(answer.data().last().unwrap(), "[DONE]");
    let chunks = answer.events();
    let (last, others) = chunks.split_last().unwrap();
    assert_eq!(last["choices"], json!([]));
    assert_eq!(last["usage"]["completion_tokens"], 20);
    assert!(others.iter().all(|chunk| chunk.get("usage").is_some_and(serde_json::Value::is_null)));
    assert!(chunks.iter().all(|chunk| chunk["id"] == last["id"] && chunk["created"] == last["created"]));
    assert_eq!(others[0]["choices"][0]["delta"]["role"], "assistant");
    assert!(others.iter().all(|chunk| chunk["obfuscation"].is_string()));
    let text: String = others
        .iter()
        .filter(|chunk| chunk["choices"][0]["index"] == 1)
        .filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str())
        .collect();
    assert_eq!(text.split_whitespace().count(), 10);
}

#[tokio::test]
async fn stream_has_no_usage_field_unless_requested() {
    let mock = TestMock::start().await;
    let options = json!({ "stream": true, "stream_options": { "include_obfuscation": false } });
    let answer = mock.call("/chat/completions", with(hello("gpt-4o"), options)).await;
    assert!(answer.events().iter().all(|chunk| chunk.get("usage").is_none()));
    assert!(answer.events().iter().all(|chunk| chunk.get("obfuscation").is_none()));
}

#[tokio::test]
async fn required_tool_is_called_with_arguments_that_match_its_schema() {
    let mock = TestMock::start().await;
    let tool = json!({ "type": "function", "function": { "name": "weather", "parameters": {
        "type": "object", "properties": { "city": { "type": "string" }, "days": { "type": "integer", "minimum": 2 } },
    } } });
    let options = json!({ "tools": [tool], "tool_choice": "required" });
    let body = mock.call("/chat/completions", with(hello("gpt-4o"), options.clone())).await.json();
    let call = &body["choices"][0]["message"]["tool_calls"][0]["function"];
    assert_eq!(call["name"], "weather");
    assert_eq!(body["choices"][0]["finish_reason"], "tool_calls");
    let arguments: serde_json::Value = serde_json::from_str(call["arguments"].as_str().unwrap()).unwrap();
    assert_eq!(arguments, json!({ "city": "text", "days": 2 }));

    let streamed = with(with(hello("gpt-4o"), options), json!({ "stream": true }));
    let chunks = mock.call("/chat/completions", streamed).await.events();
    let sent: String = chunks
        .iter()
        .filter_map(|chunk| chunk["choices"][0]["delta"]["tool_calls"][0]["function"]["arguments"].as_str())
        .collect();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&sent).unwrap(), arguments);
}

#[tokio::test]
async fn json_schema_response_satisfies_the_schema() {
    let mock = TestMock::start().await;
    let schema = json!({
        "type": "object",
        "properties": {
            "colour": { "enum": ["red", "blue"] },
            "steps": { "type": "array", "minItems": 2, "items": { "$ref": "#/$defs/step" } },
        },
        "$defs": { "step": { "type": "object", "properties": {
            "done": { "type": "boolean" }, "next": { "anyOf": [{ "$ref": "#/$defs/step" }, { "type": "null" }] },
        } } },
    });
    let format = json!({ "type": "json_schema", "json_schema": { "name": "plan", "schema": schema } });
    let body = mock
        .call("/chat/completions", with(hello("gpt-4o"), json!({ "response_format": format })))
        .await
        .json();
    let text = body["choices"][0]["message"]["content"].as_str().unwrap();
    let plan: serde_json::Value = serde_json::from_str(text).unwrap();
    assert_eq!(plan["colour"], "red");
    assert_eq!(plan["steps"].as_array().unwrap().len(), 2);
    assert_eq!(plan["steps"][1]["done"], true);
}

#[tokio::test]
async fn response_names_the_tier_and_model_that_served_it() {
    let mock = TestMock::start().await;
    for (requested, served) in [("fast", "priority"), ("auto", "default"), ("flex", "flex")] {
        let body = with(hello("gpt-5.6"), json!({ "service_tier": requested }));
        let body = mock.call("/chat/completions", body).await.json();
        assert_eq!(body["service_tier"], served);
        assert_eq!(body["model"], "gpt-5.6-sol");
    }
}

#[tokio::test]
async fn invalid_requests_are_refused_like_the_provider_does() {
    let mock = TestMock::start().await;
    let cases = [
        (json!({ "messages": [] }), json!(null), "you must provide a model parameter"),
        (json!({ "model": "gpt-4o" }), json!("messages"), "Missing required parameter"),
        (with(hello("gpt-4o"), json!({ "n": 0 })), json!("n"), "below minimum"),
        (with(hello("o3"), json!({ "max_tokens": 5 })), json!("max_tokens"), "Unsupported parameter"),
        (with(hello("gpt-4o"), json!({ "stream_options": {} })), json!("stream_options"), "only allowed"),
        (with(hello("gpt-4o"), json!({ "metadata": { "mock_typo": "1" } })), json!("typo"), "cannot read"),
    ];
    for (body, param, message) in cases {
        let answer = mock.call("/chat/completions", body).await;
        assert_eq!(answer.status, 400, "{message}");
        let error = &answer.json()["error"];
        assert_eq!(error["param"], param);
        assert!(error["message"].as_str().unwrap().contains(message), "{error}");
    }
    let request = mock.post("/chat/completions", &json!(null)).body("{no json");
    assert_eq!(mock.send(request).await.unwrap().status, 400);
    assert_eq!(mock.call("/chat/completions", hello("mock-typo")).await.status, 404);
    assert_eq!(mock.get("/chat/completions").await.status, 405);
    assert_eq!(mock.get("/nowhere").await.json()["error"]["message"], "Invalid URL (GET /v1/nowhere)");
}
