//! What a message contains, plain and in the pieces of a stream.

use serde_json::{Value, json};

use super::{assert_counted, hello, metadata, send, streamed, usage_of};
use crate::client::{TestMock, TestResponse, with};

/// Puts the events of a stream together, as SDKs do.
fn assembled(answer: &TestResponse) -> Value {
    let events = answer.events();
    let mut message = events[0]["message"].clone();
    let mut inputs = vec![String::new(); 8];
    for event in &events[1..] {
        let index = usize::try_from(event["index"].as_u64().unwrap_or_default()).unwrap();
        let delta = &event["delta"];
        match event["type"].as_str().unwrap() {
            "content_block_start" => {
                message["content"].as_array_mut().unwrap().push(event["content_block"].clone());
            }
            "content_block_delta" if delta["type"] == "input_json_delta" => {
                inputs[index].push_str(delta["partial_json"].as_str().unwrap());
            }
            "content_block_delta" => {
                let kind = delta["type"].as_str().unwrap();
                let member = kind.trim_end_matches("_delta");
                let so_far = message["content"][index][member].as_str().unwrap_or_default().to_owned();
                message["content"][index][member] = json!(so_far + delta[member].as_str().unwrap());
            }
            "message_delta" => message["stop_reason"] = delta["stop_reason"].clone(),
            "content_block_stop" | "ping" | "message_stop" => {}
            other => panic!("{other}"),
        }
    }
    for (index, input) in inputs.iter().enumerate().filter(|(_, input)| !input.is_empty()) {
        message["content"][index]["input"] = serde_json::from_str(input).unwrap();
    }
    message
}

/// The plain answer, which the streamed one matches in everything but ids.
async fn both(mock: &TestMock, body: Value) -> Value {
    let plain = send(mock, &body).await;
    assert_eq!(plain.status, 200, "{}", plain.text);
    let stream = send(mock, &streamed(body)).await;
    let (plain, stream_usage) = (plain.json(), usage_of(&stream));
    let mut stream = assembled(&stream);
    let blocks = stream["content"].as_array_mut().unwrap();
    for (block, same) in blocks.iter_mut().zip(plain["content"].as_array().unwrap()) {
        for id in ["id", "tool_use_id"] {
            if block[id].is_string() {
                block[id] = same[id].clone();
            }
        }
    }
    assert_eq!((&stream["content"], &stream["stop_reason"]), (&plain["content"], &plain["stop_reason"]));
    assert_eq!(stream_usage, plain["usage"]);
    plain
}

#[tokio::test]
async fn text_is_the_same_plain_and_streamed() {
    let mock = TestMock::start().await;
    let message = both(&mock, hello()).await;
    assert_eq!((&message["type"], &message["role"]), (&json!("message"), &json!("assistant")));
    assert_eq!(message["stop_reason"], "end_turn");
    let text = message["content"][0]["text"].as_str().unwrap();
    assert_eq!(json!(text.split_whitespace().count()), message["usage"]["output_tokens"]);
    assert_eq!(message["usage"]["input_tokens"], 3 + 3 + 2);
}

#[tokio::test]
async fn events_come_in_the_order_of_the_wire() {
    let mock = TestMock::start().await;
    let stream = send(&mock, &streamed(with(hello(), json!({ "max_tokens": 1 })))).await;
    let kinds: Vec<String> =
        stream.events().iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect();
    let expected = [
        "message_start",
        "content_block_start",
        "ping",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ];
    assert_eq!(kinds, expected);
    let names: Vec<&str> = stream.text.lines().filter_map(|line| line.strip_prefix("event: ")).collect();
    assert_eq!(names, expected);
}

#[tokio::test]
async fn bound_cuts_the_output() {
    let mock = TestMock::start().await;
    let message = both(&mock, with(hello(), json!({ "max_tokens": 4 }))).await;
    assert_eq!(
        (&message["stop_reason"], &message["usage"]["output_tokens"]),
        (&json!("max_tokens"), &json!(4))
    );
}

#[tokio::test]
async fn thoughts_are_part_of_the_output() {
    let mock = TestMock::start().await;
    let body = with(hello(), json!({ "thinking": { "type": "adaptive" } }));
    let message = both(&mock, body.clone()).await;
    assert_eq!(message["content"][0]["thinking"].as_str().unwrap().split_whitespace().count(), 16);
    assert_eq!(message["usage"]["output_tokens_details"]["thinking_tokens"], 16);
    let text = message["content"][1]["text"].as_str().unwrap();
    assert_eq!(message["usage"]["output_tokens"], text.split_whitespace().count() + 16);
    let hidden = with(body, json!({ "thinking": { "type": "adaptive", "display": "omitted" } }));
    let message = both(&mock, hidden).await;
    assert_eq!(
        (&message["content"][0]["thinking"], &message["content"][1]["text"]),
        (&json!(""), &json!(text))
    );
}

#[tokio::test]
async fn tool_is_called_after_a_user_message_and_its_result_answered_with_text() {
    let mock = TestMock::start().await;
    let schema = json!({ "type": "object", "properties": { "city": { "type": "string" } } });
    let optional = json!({ "type": "object", "properties": { "city": { "type": "string" }, "unit": {} }, "required": ["city"] });
    let tools = json!([
        { "name": "a", "input_schema": optional },
        { "name": "b", "input_schema": schema },
        { "name": "bash", "type": "bash_20250124" },
    ]);
    let body = with(hello(), json!({ "tools": tools }));
    let message = both(&mock, body.clone()).await;
    assert_eq!(message["stop_reason"], "tool_use");
    assert_eq!(
        (&message["content"][0]["name"], &message["content"][0]["input"]),
        (&json!("a"), &json!({ "city": "text" }))
    );

    let named = json!([{ "role": "user", "content": [
        { "type": "text", "text": "Use b and bash" },
        { "type": "text", "text": "<system-reminder>There is a, too.</system-reminder>" },
    ] }]);
    let message = both(&mock, with(body.clone(), json!({ "messages": named }))).await;
    let called: Vec<&Value> =
        message["content"].as_array().unwrap().iter().map(|block| &block["name"]).collect();
    assert_eq!(called, ["b", "bash"]);
    let single =
        json!({ "messages": named, "tool_choice": { "type": "auto", "disable_parallel_tool_use": true } });
    assert_eq!(both(&mock, with(body.clone(), single)).await["content"].as_array().unwrap().len(), 1);
    for (choice, name) in
        [(json!({ "type": "tool", "name": "b" }), json!("b")), (json!({ "type": "none" }), Value::Null)]
    {
        let message = both(&mock, with(body.clone(), json!({ "tool_choice": choice }))).await;
        assert_eq!(message["content"][0]["name"], name);
    }

    let result = json!({ "type": "tool_result", "tool_use_id": message["content"][0]["id"], "content": [
        { "type": "text", "text": "21 degrees" }, { "type": "image", "source": { "type": "base64" } } ] });
    let messages = json!([
        { "role": "user", "content": "hello there" },
        { "role": "assistant", "content": message["content"] },
        { "role": "user", "content": [result, { "type": "text", "text": "Use b" }] },
    ]);
    let answered = both(&mock, with(body, json!({ "messages": messages }))).await;
    assert_eq!(
        (&answered["stop_reason"], &answered["content"][0]["type"]),
        (&json!("end_turn"), &json!("text"))
    );
    assert!(answered["usage"]["input_tokens"].as_u64().unwrap() > 85 + 2 + 2);
}

#[tokio::test]
async fn server_tools_are_used_once_within_their_maximum() {
    let mock = TestMock::start().await;
    let tools = json!([
        { "type": "web_search_20260209", "name": "web_search" },
        { "type": "web_fetch_20260209", "name": "web_fetch" },
        { "type": "code_execution_20260120", "name": "code_execution" },
    ]);
    let message = both(&mock, with(hello(), json!({ "tools": tools }))).await;
    let kinds: Vec<&Value> =
        message["content"].as_array().unwrap().iter().map(|block| &block["type"]).collect();
    let expected = [
        "server_tool_use",
        "web_search_tool_result",
        "server_tool_use",
        "web_fetch_tool_result",
        "server_tool_use",
        "code_execution_tool_result",
        "text",
    ];
    assert_eq!(kinds, expected);
    let used = json!({ "web_search_requests": 1, "web_fetch_requests": 1, "code_execution_requests": 1 });
    assert_eq!(message["usage"]["server_tool_use"], used);
    let tools = json!([{ "type": "web_search_20260209", "name": "web_search", "max_uses": 2 }]);
    let many = with(hello(), json!({ "tools": tools, "metadata": { "mock_builtin_calls": "5" } }));
    mock.mock.reset();
    let answer = send(&mock, &streamed(many)).await;
    assert_eq!(usage_of(&answer)["server_tool_use"]["web_search_requests"], 2);
    assert_eq!(mock.mock.counters().total.tokens.web_search_requests, 2);
    // What was found is input that only the end of the stream reports.
    let start = answer.events()[0]["message"]["usage"]["input_tokens"].as_u64().unwrap();
    assert_eq!(usage_of(&answer)["input_tokens"], start + 200);
    assert_counted(&mock.mock.counters(), &usage_of(&answer));
}

#[tokio::test]
async fn schema_is_satisfied() {
    let mock = TestMock::start().await;
    let schema = json!({ "type": "object", "properties": { "title": { "type": "string" } } });
    let format = json!({ "format": { "type": "json_schema", "schema": schema } });
    let message = both(&mock, with(hello(), json!({ "output_config": format }))).await;
    assert_eq!(message["content"][0]["text"], r#"{"title":"text"}"#);
}

#[tokio::test]
async fn parameters_that_no_client_sends_are_refused() {
    let mock = TestMock::start().await;
    let refused = send(&mock, &with(hello(), metadata(json!({ "mock_fault": "hidden-total" })))).await;
    assert_eq!((refused.status, &refused.json()["error"]["type"]), (400, &json!("invalid_request_error")));
}
