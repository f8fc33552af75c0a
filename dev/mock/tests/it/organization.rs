//! Usage and cost reports for administrators.

use mock_provider::{Billed, BilledKind, Fault, Match, MockProvider, Usage};
use serde_json::{Value, json};

use crate::client::{TestMock, TestResponse, hello};

const DAY: u64 = 86_400;
/// 2026-11-02T00:00:00Z.
const MONDAY: u64 = 1_793_577_600;

async fn fetch_report(mock: &TestMock, key: &str, path: &str) -> TestResponse {
    let url = format!("{}/organization/{path}", mock.mock.base_url());
    mock.send(mock.http.get(url).header("authorization", format!("Bearer {key}"))).await.expect("an answer")
}

fn billed(at: u64, key: &str, requests: u64) -> Billed {
    Billed {
        at,
        kind: BilledKind::Completions,
        model: "gpt-4o-2024-11-20".to_owned(),
        service_tier: "default".to_owned(),
        project_id: "proj_a".to_owned(),
        api_key_id: key.to_owned(),
        requests,
        usage: Usage {
            input_tokens: 1_000 * requests,
            cached_tokens: 400 * requests,
            output_tokens: 10 * requests,
            ..Usage::default()
        },
    }
}

#[tokio::test]
async fn served_calls_are_in_the_report_of_their_day() {
    let mock = TestMock::start().await;
    let answer = mock.call("/chat/completions", hello("gpt-4o")).await.json();
    mock.call("/embeddings", json!({ "model": "text-embedding-3-small", "input": "a b c" })).await;
    mock.call("/chat/completions", hello("mock-500")).await;
    let query =
        "?start_time=0&bucket_width=1d&limit=1&group_by=model&group_by=api_key_id&group_by=service_tier";
    let start =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() / DAY * DAY;
    let query = query.replace("start_time=0", &format!("start_time={start}"));
    let bucket = fetch_report(&mock, "sk-admin-a", &format!("usage/completions{query}")).await.json()["data"]
        [0]
    .clone();
    assert_eq!((&bucket["start_time"], &bucket["end_time"]), (&json!(start), &json!(start + DAY)));
    let [result] = bucket["results"].as_array().unwrap().as_slice() else { panic!("one group: {bucket}") };
    assert_eq!(result["model"], "gpt-4o-2024-11-20");
    assert_eq!(result["api_key_id"], MockProvider::api_key_id("sk-test"));
    assert_eq!((&result["project_id"], &result["num_model_requests"]), (&Value::Null, &json!(1)));
    assert_eq!(result["input_tokens"], answer["usage"]["prompt_tokens"]);
    assert_eq!(result["output_tokens"], answer["usage"]["completion_tokens"]);
    let query = format!("usage/embeddings?start_time={start}");
    let bucket = fetch_report(&mock, "sk-admin-a", &query).await.json()["data"][0].clone();
    assert_eq!(
        (&bucket["results"][0]["input_tokens"], &bucket["results"][0]["model"]),
        (&json!(3), &Value::Null)
    );
}

#[tokio::test]
async fn pages_have_the_requested_number_of_buckets_including_empty_ones() {
    let mock = TestMock::start().await;
    for day in [0, 2] {
        mock.mock.bill(billed(MONDAY + day * DAY, "key_a", 1 + day));
    }
    let query =
        format!("costs?start_time={MONDAY}&end_time={}&limit=2&group_by[]=line_item", MONDAY + 3 * DAY);
    let first = fetch_report(&mock, "sk-admin-a", &query).await.json();
    assert_eq!((first["has_more"].clone(), first["data"][1]["results"].clone()), (json!(true), json!([])));
    let lines = first["data"][0]["results"].as_array().unwrap().iter();
    let lines: Vec<_> =
        lines.map(|line| (line["line_item"].clone(), line["amount"]["value"].clone())).collect();
    let expected = [("cached input", 0.0005), ("input", 0.0015), ("output", 0.0001)];
    assert_eq!(lines, expected.map(|(name, usd)| (json!(format!("gpt-4o-2024-11-20, {name}")), json!(usd))));
    let next = format!("{query}&page={}", first["next_page"].as_str().unwrap());
    let second = fetch_report(&mock, "sk-admin-a", &next).await.json();
    assert_eq!((second["has_more"].clone(), second["next_page"].clone()), (json!(false), Value::Null));
    assert_eq!(second["data"].as_array().unwrap().len(), 1);
    assert_eq!(second["data"][0]["start_time"], MONDAY + 2 * DAY);
}

#[tokio::test]
async fn reports_need_an_admin_key_and_fail_on_demand() {
    let mock = TestMock::start().await;
    let path = format!("costs?start_time={MONDAY}");
    for (key, status) in
        [("sk-plain", 403), ("sk-invalid", 401), ("put-the-key-here", 401), ("sk-admin-a", 200)]
    {
        assert_eq!(fetch_report(&mock, key, &path).await.status, status, "{key}");
    }
    mock.mock.script_for(Match::model("organization/costs"), [Fault::RateLimited, Fault::ServerError]);
    assert_eq!(
        fetch_report(&mock, "sk-admin-a", &format!("usage/completions?start_time={MONDAY}")).await.status,
        200
    );
    for status in [429, 500, 200] {
        assert_eq!(fetch_report(&mock, "sk-admin-a", &path).await.status, status);
    }
    for wrong in [
        "costs",
        "costs?start_time=0&bucket_width=1h",
        "costs?start_time=0&group_by=model",
        "costs?start_time=0&limit=181",
    ] {
        assert_eq!(fetch_report(&mock, "sk-admin-a", wrong).await.status, 400, "{wrong}");
    }
}

#[tokio::test]
async fn reports_are_filtered_and_grouped_as_requested() {
    let mock = TestMock::start().await;
    for (key, requests) in [("key_a", 1), ("key_b", 2)] {
        mock.mock.bill(billed(MONDAY, key, requests));
    }
    let query = format!("usage/completions?start_time={MONDAY}&end_time={}", MONDAY + DAY);
    let count = async |more: &str| {
        let page = fetch_report(&mock, "sk-admin-a", &format!("{query}{more}")).await.json();
        let results = page["data"][0]["results"].as_array().unwrap().clone();
        results.iter().map(|result| result["num_model_requests"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(count("").await, [3]);
    assert_eq!(count("&group_by=api_key_id").await, [1, 2]);
    assert_eq!(count("&api_key_ids=key_b").await, [2]);
}
