//! Embeddings, whose answers have no usage.

use serde_json::json;

use super::{MODEL, send};
use crate::client::TestMock;

#[tokio::test]
async fn each_content_has_its_vector() {
    let mock = TestMock::start().await;
    let content = |text: &str| json!({ "parts": [{ "text": text }] });
    let one = json!({ "content": content("one two three"), "outputDimensionality": 4 });
    let single = send(&mock, "embedContent", &one).await.json();
    assert_eq!(single["embedding"]["values"].as_array().unwrap().len(), 4);
    let two = json!({ "requests": [one, { "content": content("four"), "outputDimensionality": 4 }] });
    let batch = send(&mock, "batchEmbedContents", &two).await.json();
    assert_eq!(
        (batch["embeddings"].as_array().unwrap().len(), &batch["embeddings"][0]),
        (2, &single["embedding"])
    );
    let counters = mock.mock.counters();
    assert_eq!((counters.total.answered_without_usage, counters.billed[MODEL].input_tokens), (2, 3 + 4));
    let empty = send(&mock, "batchEmbedContents", &json!({ "requests": [] })).await;
    assert_eq!((empty.status, &empty.json()["error"]["status"]), (400, &json!("INVALID_ARGUMENT")));
}
