//! The line that `chat` writes for each settled call, as its metrics are read.

use std::process::Stdio;

use serde_json::Value;
use tempfile::NamedTempFile;
use testkit::Harness;

use crate::world::{event, invoke, start_logging, stream_event};

/// The embedded metrics in a log.
fn lines(log: &NamedTempFile) -> Vec<Value> {
    let text = std::fs::read_to_string(log.path()).expect("the log");
    let lines = text.lines().filter(|line| line.contains("\"_aws\""));
    lines.map(|line| serde_json::from_str(line).expect("one JSON object a line")).collect()
}

/// The names of the metrics that a line declares, each with its dimensions; every one has a number.
fn declared(line: &Value) -> Vec<String> {
    let directives = line["_aws"]["CloudWatchMetrics"].as_array().expect("directives");
    let of_directive = |directive: &Value| {
        assert_eq!(directive["Namespace"], "Tokenmeter/test");
        let dimensions = directive["Dimensions"][0].as_array().expect("a list").clone();
        let metrics = directive["Metrics"].as_array().expect("metrics").clone();
        metrics.into_iter().map(move |metric| (metric["Name"].clone(), dimensions.clone()))
    };
    let declared = directives.iter().flat_map(of_directive).map(|(name, dimensions)| {
        let name = name.as_str().expect("a name").to_owned();
        assert!(line.get(&name).is_none_or(Value::is_number), "{name}: {line}");
        dimensions.iter().fold(name, |name, by| {
            let by = by.as_str().expect("a name");
            assert!(line[by].is_string(), "{by}: {line}");
            format!("{name} by {by}")
        })
    });
    declared.collect()
}

#[tokio::test]
async fn each_settled_call_is_one_line_of_numbers_and_ids() {
    let harness = Harness::start().await;
    let key = harness.key().create().await;
    let log = NamedTempFile::new().expect("a file");
    let output = Stdio::from(log.reopen().expect("the file again"));
    let environment = [("METRICS_NAMESPACE", "Tokenmeter/test"), ("UPSTREAM_MAX_RETRIES", "0")];
    let mut chat = start_logging(&harness, "chat", &environment, output).await;
    let gateway: Value = serde_json::from_str(&event("chat/plain.json", &key)).expect("JSON");
    let gateway_id = gateway["requestContext"]["requestId"].as_str().expect("an id");

    let plain = invoke(&mut chat, event("chat/plain.json", &key)).await;
    invoke(&mut chat, stream_event(&key, "gpt-4o-mini")).await;
    invoke(&mut chat, stream_event(&key, "gpt-4o-mini?fault=500")).await;
    invoke(&mut chat, stream_event(&key, "no-such-price")).await;

    let lines = lines(&log);
    assert_eq!(lines.len(), 4, "{lines:#?}");
    let usual =
        ["calls", "input_tokens", "output_tokens", "cost_usd", "overhead_ms", "retries", "unpriced_calls"];
    assert_eq!(declared(&lines[0]), usual);
    assert_eq!(declared(&lines[2]), [&usual[..], &["provider_errors by error"]].concat());
    assert_eq!(
        (lines[2]["error"].as_str(), lines[2]["provider_errors"].as_i64()),
        (Some("server_error"), Some(1))
    );
    assert_eq!((lines[3]["unpriced_calls"].as_i64(), lines[3].get("cost_usd")), (Some(1), None));

    let rows = harness.ledger().await;
    for (line, row) in lines.iter().zip(&rows) {
        let id = format!("call_{}", row["id"].as_str().expect("an id").replace('-', ""));
        assert_eq!(
            (line["call_id"].as_str(), &line["input_tokens"]),
            (Some(id.as_str()), &row["input_tokens"])
        );
        assert!(line["_aws"]["Timestamp"].as_u64() > Some(1_700_000_000_000));
    }
    // One line joins the access log, the ledger and the provider's logs.
    assert_eq!(lines[0]["gateway_request_id"], gateway_id);
    assert_eq!(lines[0]["call_id"].as_str(), plain.header("x-request-id"));
    assert_eq!(lines[0]["upstream_request_id"], rows[0]["upstream_request_id"]);
    let text = format!("{lines:?}");
    for private in ["French", "search-team", &key, "sk-mock-of-the-tests"] {
        assert!(!text.contains(private), "{private}: {text}");
    }
}

#[tokio::test]
async fn without_a_namespace_there_are_no_lines() {
    let harness = Harness::start().await;
    let key = harness.key().create().await;
    let log = NamedTempFile::new().expect("a file");
    let output = Stdio::from(log.reopen().expect("the file again"));
    let mut chat = start_logging(&harness, "chat", &[], output).await;
    assert_eq!(invoke(&mut chat, event("chat/plain.json", &key)).await.status, 200);
    assert_eq!(lines(&log), Vec::<Value>::new());
}
