//! The line of each settled call, as its metrics are read.

use std::process::Stdio;

use lambda_host::TRACE_ID;
use serde_json::Value;
use tempfile::NamedTempFile;
use testkit::Harness;

use crate::world::{event, invoke, start_logging, stream_event};

const CALLER_TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

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
    let mut traced: Value = serde_json::from_str(&event("chat/plain.json", &key)).expect("JSON");
    traced["multiValueHeaders"]["traceparent"] =
        serde_json::json!([format!("00-{CALLER_TRACE}-00f067aa0ba902b7-01")]);
    let gateway_id = traced["requestContext"]["requestId"].clone();

    let plain = invoke(&mut chat, traced.to_string()).await;
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
    // One line joins the access log, the ledger, the provider's logs, and the traces of X-Ray and of the caller.
    assert_eq!(lines[0]["gateway_request_id"], gateway_id);
    assert_eq!(lines[0]["call_id"].as_str(), plain.header("x-request-id"));
    assert_eq!(lines[0]["upstream_request_id"], rows[0]["upstream_request_id"]);
    assert_eq!((&lines[0]["xray_trace_id"], &lines[0]["trace_id"]), (&TRACE_ID.into(), &CALLER_TRACE.into()));
    assert_eq!(lines[1].get("trace_id"), None);
    let text = format!("{lines:?}");
    for private in ["French", "search-team", &key, "sk-mock-of-the-tests"] {
        assert!(!text.contains(private), "{private}: {text}");
    }
}

/// A machine without `CloudWatch` gets the line without its metrics, as a line of level INFO.
#[tokio::test]
async fn without_a_namespace_the_line_depends_on_the_level() {
    let harness = Harness::start().await;
    let key = harness.key().create().await;
    for (level, expected) in [("info", 1), ("warn", 0)] {
        let log = NamedTempFile::new().expect("a file");
        let output = Stdio::from(log.reopen().expect("the file again"));
        let mut chat = start_logging(&harness, "chat", &[("RUST_LOG", level)], output).await;
        let response = invoke(&mut chat, event("chat/plain.json", &key)).await;
        let text = std::fs::read_to_string(log.path()).expect("the log");
        let found: Vec<&str> = text.lines().filter(|line| line.contains("Call settled.")).collect();
        assert_eq!(found.len(), expected, "{text}");
        for line in found {
            let line: Value = serde_json::from_str(line).expect("one JSON object a line");
            assert_eq!((line["call_id"].as_str(), line.get("_aws")), (response.header("x-request-id"), None));
            assert!(line["timestamp"].as_str().is_some_and(|text| text.ends_with('Z')), "{line}");
        }
    }
}

/// A request that becomes no call is found by the same ids.
#[tokio::test]
async fn refused_request_is_one_line_with_the_ids_of_other_logs() {
    let harness = Harness::start().await;
    let log = NamedTempFile::new().expect("a file");
    let output = Stdio::from(log.reopen().expect("the file again"));
    let mut chat = start_logging(&harness, "chat", &[("RUST_LOG", "info")], output).await;
    let unknown = event("chat/unauthorised.json", "tm_none");
    let gateway: Value = serde_json::from_str(&unknown).expect("JSON");
    let response = invoke(&mut chat, unknown).await;
    assert_eq!(response.status, 401);
    let text = std::fs::read_to_string(log.path()).expect("the log");
    let found: Vec<&str> = text.lines().filter(|line| line.contains("A request was refused.")).collect();
    let [line] = found[..] else { panic!("{text}") };
    let line: Value = serde_json::from_str(line).expect("one JSON object a line");
    assert_eq!(line["request_id"].as_str(), response.header("x-request-id"));
    assert_eq!(line["gateway_request_id"], gateway["requestContext"]["requestId"]);
    assert_eq!(line["xray_trace_id"], TRACE_ID);
}

/// Wherever a client puts its key, and whatever becomes of the request.
#[tokio::test]
async fn no_line_has_a_key_a_query_or_a_prompt() {
    let harness = Harness::start().await;
    let key = harness.key().create().await;
    let log = NamedTempFile::new().expect("a file");
    let output = Stdio::from(log.reopen().expect("the file again"));
    let environment =
        [("METRICS_NAMESPACE", "Tokenmeter/test"), ("RUST_LOG", "info"), ("UPSTREAM_MAX_RETRIES", "1")];
    let mut chat = start_logging(&harness, "chat", &environment, output).await;
    let content = "/v1beta/models/gemini-3.5-flash:generateContent";
    let unknown = key.replace(&key[4..8], "aaaa");
    for (path, key, status) in [
        (content, &key, 200),
        (content, &unknown, 401),
        ("/v1beta/nothing", &key, 404),
        ("/groq/v1/chat/completions", &key, 404),
        ("/nothing/at/all", &key, 404),
    ] {
        for place in ["key", "authorization", "x-api-key", "x-goog-api-key", "api-key"] {
            let mut request: Value =
                serde_json::from_str(&event("chat/content.json", "tm_none")).expect("JSON");
            request["path"] = path.into();
            request["headers"] = Value::Null;
            request["multiValueHeaders"] = serde_json::json!({"content-type": ["application/json"]});
            request["multiValueQueryStringParameters"] = serde_json::json!({"alt": ["json"]});
            match place {
                "key" => request["multiValueQueryStringParameters"][place] = serde_json::json!([key]),
                "authorization" => {
                    request["multiValueHeaders"][place] = serde_json::json!([format!("Bearer {key}")]);
                }
                _ => request["multiValueHeaders"][place] = serde_json::json!([key]),
            }
            let response = invoke(&mut chat, request.to_string()).await;
            assert_eq!(response.status, status, "{path} {place}: {}", response.text());
        }
    }
    assert_eq!(lines(&log).len(), 5, "one for each call");
    let text = std::fs::read_to_string(log.path()).expect("the log");
    for said in ["A request was refused.", content, "/v1beta/nothing", "/nothing/at/all"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    for private in [&key[3..], &unknown[3..], "key=", "alt=json", "French", "gemini-mock-of-the-tests"] {
        assert!(!text.contains(private), "{private}: {text}");
    }
}

/// Its line comes from whatever settles it, with the id that joins it with the line of its request.
#[tokio::test]
async fn call_in_the_background_has_a_line_when_it_is_accepted_and_one_when_it_is_settled() {
    let harness = Harness::start().await;
    let key = harness.key().create().await;
    let environment = [("METRICS_NAMESPACE", "Tokenmeter/test"), ("RUST_LOG", "info")];
    let log = NamedTempFile::new().expect("a file");
    let output = Stdio::from(log.reopen().expect("the file again"));
    let mut chat = start_logging(&harness, "chat", &environment, output).await;
    let mut request: Value = serde_json::from_str(&event("chat/plain.json", &key)).expect("JSON");
    request["path"] = "/v1/responses".into();
    let body = serde_json::json!({"model": "gpt-4o-mini", "input": "Hello", "background": true});
    request["body"] = body.to_string().into();
    let response = invoke(&mut chat, request.to_string()).await;
    assert_eq!(response.status, 200, "{}", response.text());
    assert_eq!(lines(&log), Vec::<Value>::new(), "it is not settled");
    let text = std::fs::read_to_string(log.path()).expect("the log");
    let accepted = text.lines().find(|line| line.contains("Call goes on in the background."));
    let accepted: Value = serde_json::from_str(accepted.expect("a line")).expect("JSON");
    assert_eq!(accepted["gateway_request_id"], request["requestContext"]["requestId"]);
    assert_eq!(accepted["call_id"].as_str(), response.header("x-request-id"));

    harness.db.execute("update background_calls set next_poll_at = clock_timestamp()").await;
    let log = NamedTempFile::new().expect("a file");
    let output = Stdio::from(log.reopen().expect("the file again"));
    let mut maintain = start_logging(&harness, "maintain", &environment, output).await;
    invoke(&mut maintain, event("maintain/tick.json", "")).await;
    let lines = lines(&log);
    let [line] = &lines[..] else { panic!("{lines:#?}") };
    let row = harness.only_row().await;
    assert_eq!((&line["call_id"], &line["output_tokens"]), (&accepted["call_id"], &row["output_tokens"]));
    assert_eq!(line["upstream_request_id"], row["upstream_request_id"]);
    assert!(declared(line).contains(&"calls".to_owned()), "{line}");
}
