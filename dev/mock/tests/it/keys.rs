//! Which keys are accepted, and what an error reveals.

use serde_json::json;

use crate::client::{TestMock, hello};

#[tokio::test]
async fn missing_or_invalid_key_is_refused_with_the_key_masked() {
    let mock = TestMock::start().await;
    let bare = mock.http.get(format!("{}/models", mock.mock.base_url()));
    let answer = mock.send(bare).await.unwrap();
    assert_eq!((answer.status, &answer.json()["error"]["code"]), (401, &json!("invalid_api_key")));

    for key in ["sk-invalid", "tm_abcdefghij"] {
        let request = mock.http.get(format!("{}/models", mock.mock.base_url())).bearer_auth(key);
        let answer = mock.send(request).await.unwrap();
        assert_eq!(answer.status, 401);
        assert!(!answer.text.contains(key));
        assert!(key != "sk-invalid" || answer.text.contains("Incorrect API key provided: sk-inv***lid."));
    }
}

#[tokio::test]
async fn accepted_keys_replace_the_default_until_reset() {
    let mock = TestMock::start().await;
    assert_eq!(mock.call("/chat/completions", hello("gpt-4o")).await.status, 200);
    mock.mock.accept_keys(["sk-new"]);
    assert_eq!(mock.call("/chat/completions", hello("gpt-4o")).await.status, 401);
    let request = mock.http.post(format!("{}/chat/completions", mock.mock.base_url())).bearer_auth("sk-new");
    assert_eq!(mock.send(request.body(hello("gpt-4o").to_string())).await.unwrap().status, 200);
    mock.mock.reset();
    assert_eq!(mock.call("/chat/completions", hello("gpt-4o")).await.status, 200);
}
