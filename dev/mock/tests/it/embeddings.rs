//! `POST /v1/embeddings` and the model catalogue.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::client::TestMock;

#[tokio::test]
async fn each_input_has_a_vector_of_the_requested_length() {
    let mock = TestMock::start().await;
    let body = json!({ "model": "text-embedding-3-small", "input": ["a b", "c"], "dimensions": 8 });
    let body = mock.call("/embeddings", body).await.json();
    assert_eq!(body["usage"], json!({ "prompt_tokens": 3, "total_tokens": 3 }));
    assert_eq!(body["data"].as_array().unwrap().len(), 2);
    assert_eq!(body["data"][1]["index"], 1);
    assert_eq!(body["data"][1]["embedding"].as_array().unwrap().len(), 8);
    assert_ne!(body["data"][0]["embedding"], body["data"][1]["embedding"]);
}

#[tokio::test]
async fn base64_contains_the_same_numbers() {
    let mock = TestMock::start().await;
    let mut body = json!({ "model": "text-embedding-3-large", "input": [1, 2, 3] });
    let plain = mock.call("/embeddings", body.clone()).await.json();
    assert_eq!(plain["usage"]["prompt_tokens"], 3);
    body["encoding_format"] = json!("base64");
    let encoded = mock.call("/embeddings", body).await.json();
    let bytes = STANDARD.decode(encoded["data"][0]["embedding"].as_str().unwrap()).unwrap();
    let decoded: Vec<f32> =
        bytes.chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect();
    assert_eq!(decoded.len(), 3_072);
    // JSON parsing may round the last digit.
    let numbers = plain["data"][0]["embedding"].as_array().unwrap();
    assert!(decoded.iter().zip(numbers).all(|(x, y)| (f64::from(*x) - y.as_f64().unwrap()).abs() < 1e-9));
    assert_eq!(numbers.len(), decoded.len());
}

#[tokio::test]
async fn missing_or_empty_input_is_refused() {
    let mock = TestMock::start().await;
    for body in [json!({ "model": "m" }), json!({ "model": "m", "input": [] })] {
        assert_eq!(mock.call("/embeddings", body).await.json()["error"]["param"], "input");
    }
}

#[tokio::test]
async fn models_are_listed_and_found_by_id() {
    let mock = TestMock::start().await;
    let list = mock.get("/models").await.json();
    let ids: Vec<&str> =
        list["data"].as_array().unwrap().iter().map(|model| model["id"].as_str().unwrap()).collect();
    assert!(ids.contains(&"gpt-4o") && ids.contains(&"gpt-4o-2024-11-20"));
    assert_eq!(mock.get("/models/gpt-4o").await.json()["object"], "model");
    let unknown = mock.get("/models/gpt-0").await;
    assert_eq!(unknown.status, 404);
    assert_eq!(unknown.json()["error"]["code"], "model_not_found");
}
