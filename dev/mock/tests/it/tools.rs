//! Which tools are called, so that every agent's loop ends.

use serde_json::{Value, json};

use crate::client::{TestMock, TestResponse, with};

fn chat_tools(names: &[&str]) -> Value {
    let tool =
        |name: &&str| json!({ "type": "function", "function": { "name": name, "parameters": schema() } });
    names.iter().map(tool).collect()
}

fn response_tools(names: &[&str]) -> Value {
    let tool = |name: &&str| json!({ "type": "function", "name": name, "parameters": schema() });
    names.iter().map(tool).collect()
}

fn schema() -> Value {
    json!({ "type": "object", "properties": { "city": { "type": "string" } } })
}

fn chat(prompt: &str, tools: &[&str]) -> Value {
    json!({ "model": "gpt-4o", "messages": [{ "role": "user", "content": prompt }], "tools": chat_tools(tools) })
}

/// The names of the called tools.
fn called(answer: &TestResponse) -> Vec<String> {
    let body = answer.json();
    let calls = body["choices"][0]["message"]["tool_calls"].as_array().cloned().unwrap_or_default();
    let items = body["output"].as_array().cloned().unwrap_or_default();
    let chat = calls.iter().filter_map(|call| call["function"]["name"].as_str());
    let responses = items.iter().filter(|item| item["type"] == "function_call");
    chat.chain(responses.filter_map(|item| item["name"].as_str())).map(ToOwned::to_owned).collect()
}

/// Runs the agent loop of a chat and returns the tools of each round; the last round has none.
async fn run_chat(mock: &TestMock, mut body: Value) -> Vec<Vec<String>> {
    let mut rounds = Vec::new();
    for _ in 0..8 {
        let answer = mock.call("/chat/completions", body.clone()).await;
        rounds.push(called(&answer));
        let message = answer.json()["choices"][0]["message"].clone();
        let calls = message["tool_calls"].as_array().cloned().unwrap_or_default();
        if calls.is_empty() {
            return rounds;
        }
        let messages = body["messages"].as_array_mut().expect("messages");
        messages.push(message);
        messages.extend(
            calls
                .iter()
                .map(|call| json!({ "role": "tool", "tool_call_id": call["id"], "content": "21 degrees" })),
        );
    }
    panic!("the agent never ends: {rounds:?}");
}

async fn run_response(mock: &TestMock, mut body: Value) -> Vec<Vec<String>> {
    let mut rounds = Vec::new();
    for _ in 0..8 {
        let answer = mock.call("/responses", body.clone()).await;
        rounds.push(called(&answer));
        let items = answer.json()["output"].as_array().cloned().unwrap_or_default();
        let calls: Vec<Value> =
            items.iter().filter(|item| item["type"] == "function_call").cloned().collect();
        if calls.is_empty() {
            return rounds;
        }
        let input = body["input"].as_array_mut().expect("items");
        input.extend(items);
        input.extend(calls.iter().map(
            |call| json!({ "type": "function_call_output", "call_id": call["call_id"], "output": "21 degrees" }),
        ));
    }
    panic!("the agent never ends: {rounds:?}");
}

#[tokio::test]
async fn every_tool_choice_ends_after_tool_results() {
    let mock = TestMock::start().await;
    let named = json!({ "type": "function", "function": { "name": "b" } });
    let allowed = |mode: &str| {
        let tools = json!([{ "type": "function", "function": { "name": "b" } }]);
        json!({ "type": "allowed_tools", "allowed_tools": { "mode": mode, "tools": tools } })
    };
    let cases: [(Value, &[&[&str]]); 7] = [
        (json!(null), &[&["a"], &[]]),
        (json!("auto"), &[&["a"], &[]]),
        (json!("none"), &[&[]]),
        // The last tool is the one that ends the run in frameworks that require tools.
        (json!("required"), &[&["a"], &["c"], &[]]),
        (named, &[&["b"], &[]]),
        (allowed("auto"), &[&["b"], &[]]),
        (allowed("required"), &[&["b"], &[]]),
    ];
    for (choice, expected) in cases {
        let body = with(chat("hi", &["a", "b", "c"]), json!({ "tool_choice": choice }));
        assert_eq!(run_chat(&mock, body).await, expected, "{choice}");
    }
    let flat = json!({ "type": "function", "name": "b" });
    let cases: [(Value, &[&[&str]]); 3] = [
        (json!("auto"), &[&["a"], &[]]),
        (json!("required"), &[&["a"], &["c"], &[]]),
        (flat, &[&["b"], &[]]),
    ];
    for (choice, expected) in cases {
        let input = json!([{ "role": "user", "content": "hi" }]);
        let body = json!({ "model": "gpt-5.6", "input": input, "tools": response_tools(&["a", "b", "c"]),
            "tool_choice": choice });
        assert_eq!(run_response(&mock, body).await, expected, "{choice}");
    }
}

#[tokio::test]
async fn next_user_message_starts_over() {
    let mock = TestMock::start().await;
    let body = json!({ "model": "gpt-4o", "tools": chat_tools(&["a"]), "messages": [
        { "role": "user", "content": "hi" },
        { "role": "assistant", "tool_calls": [
            { "id": "1", "type": "function", "function": { "name": "a", "arguments": "{}" } }] },
        { "role": "tool", "tool_call_id": "1", "content": "21" },
        { "role": "assistant", "content": "21 degrees" },
        { "role": "user", "content": [{ "type": "text", "text": "and now?" }] },
    ] });
    assert_eq!(run_chat(&mock, body).await, [vec!["a".to_owned()], vec![]]);
}

#[tokio::test]
async fn tools_named_by_the_user_are_called_at_once() {
    let mock = TestMock::start().await;
    let body = chat("Call `c`, then b.", &["a", "b", "c"]);
    let answer = mock.call("/chat/completions", body.clone()).await;
    assert_eq!(called(&answer), ["b", "c"]);
    let one = with(body.clone(), json!({ "parallel_tool_calls": false }));
    assert_eq!(called(&mock.call("/chat/completions", one).await), ["b"]);
    let many = with(body.clone(), json!({ "metadata": { "mock_tool_calls": "4" } }));
    assert_eq!(called(&mock.call("/chat/completions", many).await), ["b", "c", "a", "b"]);
    let none = with(body.clone(), json!({ "metadata": { "mock_tool_calls": "0" } }));
    assert!(called(&mock.call("/chat/completions", none).await).is_empty());

    // A stream sends the same calls, each under its own index, and bills what it sends.
    let options = json!({ "stream": true, "stream_options": { "include_usage": true } });
    let streamed = mock.call("/chat/completions", with(body, options)).await;
    let mut arguments = [String::new(), String::new()];
    let mut names = Vec::new();
    for chunk in streamed.events() {
        for call in chunk["choices"][0]["delta"]["tool_calls"].as_array().into_iter().flatten() {
            let index = usize::try_from(call["index"].as_u64().unwrap()).unwrap();
            names.extend(call["function"]["name"].as_str().map(ToOwned::to_owned));
            arguments[index].push_str(call["function"]["arguments"].as_str().unwrap());
        }
    }
    assert_eq!(names, ["b", "c"]);
    assert!(arguments.iter().all(|sent| sent == r#"{"city":"text"}"#), "{arguments:?}");
    assert_eq!(streamed.usage(), Some(answer.json()["usage"].clone()));
}

#[tokio::test]
async fn function_without_parameters_gets_an_empty_object() {
    let mock = TestMock::start().await;
    for tool in [
        json!({ "type": "function", "name": "now" }),
        json!({ "type": "function", "name": "now", "parameters": { "type": "object", "properties": {} } }),
    ] {
        let body = json!({ "model": "gpt-5.6", "input": "hi", "tools": [tool] });
        assert_eq!(mock.call("/responses", body).await.json()["output"][0]["arguments"], "{}");
    }
}

#[tokio::test]
async fn custom_tool_gets_text() {
    let mock = TestMock::start().await;
    let body = json!({ "model": "gpt-5.6", "input": "hi", "tools": [{ "type": "custom", "name": "patch" }] });
    let item = mock.call("/responses", body.clone()).await.json()["output"][0].clone();
    assert_eq!((&item["type"], &item["input"]), (&json!("custom_tool_call"), &json!("text")));
    let events = mock.call("/responses", with(body, json!({ "stream": true }))).await.events();
    assert!(events.iter().any(|event| event["type"] == "response.custom_tool_call_input.done"));
    let nested = json!([{ "type": "custom", "custom": { "name": "patch" } }]);
    let answer =
        mock.call("/chat/completions", with(chat("hi", &[]), json!({ "tools": nested }))).await.json();
    assert_eq!(answer["choices"][0]["message"]["tool_calls"][0]["custom"]["input"], "text");
}

#[tokio::test]
async fn response_continues_a_stored_one() {
    let mock = TestMock::start().await;
    let tools = response_tools(&["a"]);
    let body = json!({ "model": "gpt-5.6", "input": "hi", "tools": tools });
    let first = mock.call("/responses", body).await.json();
    let result =
        json!({ "type": "function_call_output", "call_id": first["output"][0]["call_id"], "output": "21" });
    let body =
        json!({ "model": "gpt-5.6", "previous_response_id": first["id"], "input": [result], "tools": tools });
    let second = mock.call("/responses", body.clone()).await;
    assert!(called(&second).is_empty());
    // Everything before is input again, beside the result and the tools.
    let repeated = first["usage"]["total_tokens"].as_u64().unwrap();
    let tools = tools.to_string().len().div_ceil(4) as u64;
    assert_eq!(second.json()["usage"]["input_tokens"], 3 + repeated + 4 + tools);
    let id = second.json()["id"].as_str().unwrap().to_owned();
    let items = mock.get(&format!("/responses/{id}/input_items?order=asc")).await.json();
    let kinds: Vec<&str> =
        items["data"].as_array().unwrap().iter().map(|item| item["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["message", "function_call", "function_call_output"]);
}

#[tokio::test]
async fn built_in_tools_are_used_once_and_reported() {
    let mock = TestMock::start().await;
    let kinds =
        ["web_search_preview_2025_03_11", "file_search", "code_interpreter", "image_generation", "mcp"];
    let tools: Vec<Value> = kinds.iter().map(|kind| json!({ "type": kind })).collect();
    let body = json!({ "model": "gpt-5.6", "input": "hi", "tools": tools });
    let plain = mock.call("/responses", body.clone()).await.json();
    let types = |object: &Value| -> Vec<String> {
        let items = object["output"].as_array().unwrap().iter();
        items.map(|item| item["type"].as_str().unwrap().to_owned()).collect()
    };
    let calls = [
        "web_search_call",
        "file_search_call",
        "code_interpreter_call",
        "image_generation_call",
        "mcp_call",
        "message",
    ];
    assert_eq!(types(&plain), calls);
    assert_eq!(plain["tool_usage"]["web_search"]["num_requests"], 1);
    assert_eq!(plain["tool_usage"]["image_gen"]["output_tokens"], 1_056);
    let tools = json!(tools).to_string().len().div_ceil(4) as u64;
    assert_eq!(plain["usage"]["input_tokens"], 3 + 4 + tools + 500);

    let streamed = mock.call("/responses", with(body.clone(), json!({ "stream": true }))).await.events();
    assert_eq!(types(&streamed.last().unwrap()["response"]), calls);
    for name in ["web_search_call.searching", "code_interpreter_call.interpreting", "mcp_call.completed"] {
        assert!(streamed.iter().any(|event| event["type"] == format!("response.{name}")), "{name}");
    }
    let count = async |options: Value| {
        types(&mock.call("/responses", with(body.clone(), options)).await.json()).len()
    };
    assert_eq!(count(json!({ "max_tool_calls": 2 })).await, 3);
    assert_eq!(count(json!({ "tool_choice": "none" })).await, 1);
    assert_eq!(count(json!({ "tool_choice": { "type": "file_search" } })).await, 2);
    assert_eq!(count(json!({ "metadata": { "mock_builtin_calls": "3" } })).await, 16);
}
