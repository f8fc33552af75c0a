//! What a response contains, in one piece and in many.

use serde_json::{Value, json};

use super::{all, configured, hello, parts, post, usage_of};
use crate::client::{TestMock, with};

/// The same parts, end and usage in all three forms.
async fn same(mock: &TestMock, body: &Value) -> Value {
    let [plain, events, array] = all(mock, body).await;
    for chunks in [&events, &array] {
        let mut streamed = parts(chunks);
        for (part, same) in streamed.iter_mut().zip(parts(&plain)) {
            if part["functionCall"].is_object() {
                part["functionCall"]["id"] = same["functionCall"]["id"].clone();
            }
        }
        assert_eq!(streamed, parts(&plain));
        let end = |chunks: &[Value]| chunks.last().unwrap()["candidates"][0]["finishReason"].clone();
        assert_eq!((end(chunks), usage_of(chunks)), (end(&plain), usage_of(&plain)));
    }
    plain[0].clone()
}

#[tokio::test]
async fn text_is_the_same_in_all_forms() {
    let mock = TestMock::start().await;
    let answer = same(&mock, &hello()).await;
    let text = answer["candidates"][0]["content"]["parts"][0]["text"].as_str().unwrap();
    assert_eq!(json!(text.split_whitespace().count()), answer["usageMetadata"]["candidatesTokenCount"]);
    assert_eq!(answer["usageMetadata"]["promptTokenCount"], 3 + 3 + 2);
    assert_eq!(
        (&answer["modelVersion"], &answer["candidates"][0]["finishReason"]),
        (&json!("gemini-3.5-flash"), &json!("STOP"))
    );
}

#[tokio::test]
async fn bound_in_either_spelling_cuts_thoughts_and_text() {
    let mock = TestMock::start().await;
    let camel = configured(json!({ "maxOutputTokens": 4 }));
    let snake = with(hello(), json!({ "generation_config": { "max_output_tokens": 4 } }));
    for body in [camel, snake] {
        let answer = same(&mock, &body).await;
        assert_eq!(answer["candidates"][0]["finishReason"], "MAX_TOKENS");
        assert_eq!(answer["usageMetadata"]["candidatesTokenCount"], 4);
    }
    let thinking = json!({ "maxOutputTokens": 10, "thinkingConfig": { "thinkingLevel": "low" } });
    let answer = same(&mock, &configured(thinking)).await;
    assert_eq!(answer["usageMetadata"]["thoughtsTokenCount"], 10);
    assert!(answer["usageMetadata"]["candidatesTokenCount"].is_null());
}

#[tokio::test]
async fn thoughts_are_shown_if_wanted() {
    let mock = TestMock::start().await;
    let shown = same(&mock, &configured(json!({ "thinkingConfig": { "includeThoughts": true } }))).await;
    assert_eq!(parts(&[shown])[0]["thought"], true);
    let off = same(&mock, &configured(json!({ "thinkingConfig": { "thinkingBudget": 0 } }))).await;
    assert!(off["usageMetadata"]["thoughtsTokenCount"].is_null());
}

#[tokio::test]
async fn functions_are_called_and_their_results_answered_with_text() {
    let mock = TestMock::start().await;
    let schema = json!({ "type": "OBJECT", "properties": { "city": { "type": "STRING" } } });
    let functions =
        json!([{ "name": "a", "parameters": schema }, { "name": "b", "parametersJsonSchema": schema }]);
    let body = with(hello(), json!({ "tools": [{ "functionDeclarations": functions }] }));
    let answer = same(&mock, &body).await;
    let call = &answer["candidates"][0]["content"]["parts"][0]["functionCall"];
    assert_eq!((&call["name"], &call["args"]), (&json!("a"), &json!({ "city": "text" })));
    let cases = [
        (json!({ "mode": "NONE" }), Value::Null),
        (json!({ "mode": "ANY", "allowedFunctionNames": ["b"] }), json!("b")),
        (json!({ "mode": "ANY" }), json!("a")),
    ];
    for (choice, name) in cases {
        let chosen = with(body.clone(), json!({ "toolConfig": { "functionCallingConfig": choice } }));
        assert_eq!(
            same(&mock, &chosen).await["candidates"][0]["content"]["parts"][0]["functionCall"]["name"],
            name
        );
    }
    let contents = json!([
        hello()["contents"][0],
        answer["candidates"][0]["content"],
        { "role": "user", "parts": [{ "functionResponse": { "name": "a", "response": { "result": "21" } } }] },
    ]);
    let answered = same(&mock, &with(body, json!({ "contents": contents }))).await;
    assert!(answered["candidates"][0]["content"]["parts"][0]["text"].is_string());
}

#[tokio::test]
async fn schema_is_satisfied_and_candidates_are_counted() {
    let mock = TestMock::start().await;
    let schema = json!({ "type": "OBJECT", "properties": { "title": { "type": "STRING" } } });
    let format =
        json!({ "responseMimeType": "application/json", "responseSchema": schema, "candidateCount": 2 });
    let answer = same(&mock, &configured(format)).await;
    let candidates = answer["candidates"].as_array().unwrap();
    assert_eq!(
        (candidates.len(), &candidates[1]["content"]["parts"][0]["text"]),
        (2, &json!(r#"{"title":"text"}"#))
    );
    assert_eq!(answer["usageMetadata"]["candidatesTokenCount"], 8);
}

#[tokio::test]
async fn keys_and_models_are_googles() {
    let mock = TestMock::start().await;
    let url = format!("http://{}/v1beta/models", mock.mock.address());
    let missing = mock.send(mock.http.get(&url)).await.unwrap();
    assert_eq!((missing.status, &missing.json()["error"]["status"]), (403, &json!("PERMISSION_DENIED")));
    let invalid = mock.send(mock.http.get(format!("{url}?key=sk-invalid"))).await.unwrap();
    assert_eq!(
        (invalid.status, &invalid.json()["error"]["details"][0]["reason"]),
        (400, &json!("API_KEY_INVALID"))
    );
    let list = mock.send(mock.http.get(format!("{url}?key=AIza"))).await.unwrap().json();
    assert_eq!(list["models"][0]["name"], "models/gemini-4-neon");
    let one =
        mock.send(mock.http.get(format!("{url}/gemini-2.5-pro")).bearer_auth("ya29")).await.unwrap().json();
    assert_eq!(one["name"], "models/gemini-2.5-pro");
    let unknown = mock.send(mock.http.get(format!("{url}/gpt-4o?key=AIza"))).await.unwrap();
    assert_eq!((unknown.status, &unknown.json()["error"]["status"]), (404, &json!("NOT_FOUND")));
    let shared = format!("http://{}/v1/models", mock.mock.address());
    let list = mock.send(mock.http.get(&shared).header("x-goog-api-key", "AIza")).await.unwrap().json();
    assert_eq!(list["models"][0]["name"], "models/gemini-4-neon");
    let call =
        mock.http.post(format!("{shared}/gemini-2.5-pro:generateContent")).header("x-goog-api-key", "AIza");
    assert_eq!(
        mock.send(call.body(hello().to_string())).await.unwrap().json()["modelVersion"],
        "gemini-2.5-pro"
    );
    for path in ["predict", "batchGenerateContent"] {
        assert_eq!(mock.send(post(&mock, path, &hello())).await.unwrap().status, 404);
    }
}

#[tokio::test]
async fn count_is_that_of_the_response() {
    let mock = TestMock::start().await;
    let whole = with(hello(), json!({ "systemInstruction": { "parts": [{ "text": "be kind" }] } }));
    let answer = same(&mock, &whole).await;
    mock.mock.reset();
    let counted =
        mock.send(post(&mock, "countTokens", &json!({ "generateContentRequest": whole }))).await.unwrap();
    assert_eq!(counted.json()["totalTokens"], answer["usageMetadata"]["promptTokenCount"]);
    assert_eq!(mock.mock.counters().total.requests, 0);
    assert_eq!(mock.send(post(&mock, "countTokens", &hello())).await.unwrap().json()["totalTokens"], 8);
}
