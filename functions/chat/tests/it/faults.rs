//! Every fault of the provider, plain and streamed: what the caller sees and what the ledger says.

use futures_util::future::join_all;
use mock_openai::Fault;
use serde_json::{Value, json};
use testkit::{Harness, Reply, post};

use crate::router;

/// One line a fault: what the caller got, then the row.
async fn line(
    harness: &Harness,
    router: &axum::Router,
    key: &str,
    path: &str,
    fault: Fault,
    stream: bool,
) -> String {
    let label = fault.name().replace('-', " ") + if stream { " stream" } else { " plain" };
    // A name the mock does not price by fault, so that the price is known and the fault steered by metadata.
    let input = if path == "/v1/responses" {
        json!({"input": "one two three"})
    } else {
        json!({"messages": [{"role": "user", "content": "one two three"}]})
    };
    let mut body = json!({
        "model": "gpt-4o-mini", "stream": stream,
        "metadata": {"mock_fault": fault.name(), "mock_chunk_delay_ms": "0", "mock_retry_after": "0.01",
            "mock_size_bytes": "200000", "user_label": label},
    });
    body.as_object_mut().unwrap().extend(input.as_object().unwrap().clone());
    let reply = post(router, path, key, body).await;
    let rows = harness.db.rows(&format!("select * from usage_logs where user_label = '{label}'")).await;
    assert_eq!(rows.len(), 1, "{label}: {rows:?}");
    format!("{:<28} {:<38} | {}", label, seen(&reply), recorded(&rows[0]))
}

fn seen(reply: &Reply) -> String {
    let text = reply.text();
    if reply.header("content-type").is_some_and(|kind| kind.starts_with("text/event-stream")) {
        let events = text.split("\n\n").filter(|event| event.contains("data:")).count();
        let error = text.contains("\"error\":{").then_some("error");
        let done = (text.contains("[DONE]") || text.contains("response.completed")).then_some("done");
        let usage = text.contains("\"usage\":").then_some("usage");
        let marks: Vec<&str> = [error, done, usage].into_iter().flatten().collect();
        let events = if events > 0 { "events" } else { "nothing" };
        return format!("{} {events} {}", reply.status.as_u16(), marks.join(" "));
    }
    let code = serde_json::from_str::<Value>(&text)
        .ok()
        .and_then(|body| body["error"]["code"].as_str().map(str::to_owned));
    format!("{} {}", reply.status.as_u16(), code.unwrap_or_else(|| "body".to_owned()))
}

fn recorded(row: &Value) -> String {
    let cost = if row["cost_pico_usd"].is_null() { "unpriced" } else { "priced" };
    let tokens = format!("{}+{}", row["input_tokens"], row["output_tokens"]);
    let tokens = if row["status"] == "estimated" { "bounds".to_owned() } else { tokens };
    let code = row["error_code"].as_str().unwrap_or("-");
    format!(
        "{} {} {code} x{} {tokens} {cost}",
        row["status"].as_str().unwrap(),
        row["http_status"],
        row["attempts"]
    )
}

async fn matrix(path: &str) -> String {
    let harness = Harness::start().await;
    let patience = |seconds| {
        [("UPSTREAM_MAX_RETRIES", "1"), ("UPSTREAM_TIMEOUT_SECONDS", seconds), ("DATABASE_POOL_SIZE", "20")]
    };
    // Only a provider that never answers may meet its deadline, however busy the machine is.
    let (patient, hasty) = (router(&harness, &patience("120")).await, router(&harness, &patience("1")).await);
    let key = harness.key().create().await;
    let cases = Fault::ALL.iter().flat_map(|fault| [(*fault, false), (*fault, true)]);
    let lines = cases.map(|(fault, stream)| {
        let router = if fault == Fault::Hang { &hasty } else { &patient };
        line(&harness, router, &key, path, fault, stream)
    });
    let table = join_all(lines).await.join("\n");
    assert_eq!(harness.open_calls().await, 0);
    let counted = harness.mock.counters().total;
    let settled =
        "select coalesce(sum(input_tokens), 0) as i, coalesce(sum(output_tokens), 0) as o from usage_logs
        where status in ('settled', 'failed')";
    let settled = &harness.db.rows(settled).await[0];
    assert!(settled["i"].as_u64().unwrap() <= counted.tokens.input_tokens);
    table
}

#[tokio::test(flavor = "multi_thread")]
async fn chat_completions_under_every_fault() {
    insta::assert_snapshot!(matrix("/v1/chat/completions").await, @"
    ok plain                     200 body                               | settled 200 - x1 9+10 priced
    ok stream                    200 events done                        | settled 200 - x1 9+10 priced
    400 plain                    400 invalid_value                      | failed 400 invalid_value x1 0+0 priced
    400 stream                   400 invalid_value                      | failed 400 invalid_value x1 0+0 priced
    401 plain                    401 upstream_error                     | failed 401 invalid_api_key x1 0+0 priced
    401 stream                   401 upstream_error                     | failed 401 invalid_api_key x1 0+0 priced
    403 plain                    403 model_not_found                    | failed 403 model_not_found x1 0+0 priced
    403 stream                   403 model_not_found                    | failed 403 model_not_found x1 0+0 priced
    404 plain                    404 model_not_found                    | failed 404 model_not_found x1 0+0 priced
    404 stream                   404 model_not_found                    | failed 404 model_not_found x1 0+0 priced
    408 plain                    408 body                               | failed 408 timeout x2 0+0 priced
    408 stream                   408 body                               | failed 408 timeout x2 0+0 priced
    409 plain                    409 conflict                           | failed 409 conflict x2 0+0 priced
    409 stream                   409 conflict                           | failed 409 conflict x2 0+0 priced
    422 plain                    422 body                               | failed 422 invalid_request_error x1 0+0 priced
    422 stream                   422 body                               | failed 422 invalid_request_error x1 0+0 priced
    429 plain                    429 rate_limit_exceeded                | failed 429 rate_limit_exceeded x2 0+0 priced
    429 stream                   429 rate_limit_exceeded                | failed 429 rate_limit_exceeded x2 0+0 priced
    429 then ok plain            200 body                               | settled 200 - x2 9+10 priced
    429 then ok stream           200 events done                        | settled 200 - x2 9+10 priced
    quota plain                  429 insufficient_quota                 | failed 429 insufficient_quota x1 0+0 priced
    quota stream                 429 insufficient_quota                 | failed 429 insufficient_quota x1 0+0 priced
    500 plain                    500 body                               | failed 500 server_error x2 0+0 priced
    500 stream                   500 body                               | failed 500 server_error x2 0+0 priced
    500 then ok plain            200 body                               | settled 200 - x2 9+10 priced
    500 then ok stream           200 events done                        | settled 200 - x2 9+10 priced
    502 plain                    502 body                               | failed 502 server_error x2 0+0 priced
    502 stream                   502 body                               | failed 502 server_error x2 0+0 priced
    503 plain                    503 server_is_overloaded               | failed 503 server_is_overloaded x2 0+0 priced
    503 stream                   503 server_is_overloaded               | failed 503 server_is_overloaded x2 0+0 priced
    504 plain                    504 upstream_error                     | failed 504 - x2 0+0 priced
    504 stream                   504 upstream_error                     | failed 504 - x2 0+0 priced
    html plain                   502 upstream_error                     | failed 502 - x2 0+0 priced
    html stream                  502 upstream_error                     | failed 502 - x2 0+0 priced
    html 200 plain               200 body                               | estimated 200 - x1 bounds priced
    html 200 stream              200 body                               | estimated 200 - x1 bounds priced
    reset plain                  502 upstream_interrupted               | failed null upstream_interrupted x1 0+0 unpriced
    reset stream                 502 upstream_interrupted               | failed null upstream_interrupted x1 0+0 unpriced
    reset mid body plain         502 upstream_interrupted               | failed null upstream_interrupted x1 0+0 unpriced
    reset mid body stream        200 events error                       | estimated 200 stream_truncated x1 bounds priced
    hang plain                   504 upstream_timeout                   | failed null upstream_timeout x1 0+0 unpriced
    hang stream                  504 upstream_timeout                   | failed null upstream_timeout x1 0+0 unpriced
    slow plain                   200 body                               | settled 200 - x1 9+10 priced
    slow stream                  200 events done                        | settled 200 - x1 9+10 priced
    empty plain                  200 body                               | estimated 200 - x1 bounds priced
    empty stream                 200 events error                       | estimated 200 stream_truncated x1 bounds priced
    truncated plain              200 body                               | estimated 200 - x1 bounds priced
    truncated stream             200 events error                       | estimated 200 stream_truncated x1 bounds priced
    truncated mid event plain    200 body                               | estimated 200 - x1 bounds priced
    truncated mid event stream   200 events error                       | estimated 200 stream_truncated x1 bounds priced
    bad json plain               200 body                               | estimated 200 - x1 bounds priced
    bad json stream              200 events done                        | settled 200 - x1 9+10 priced
    error in stream plain        200 body                               | settled 200 - x1 9+10 priced
    error in stream stream       200 events error                       | estimated 200 server_error x1 bounds priced
    failed plain                 200 body                               | estimated 200 server_error x1 bounds priced
    failed stream                200 events error                       | estimated 200 server_error x1 bounds priced
    no usage plain               200 body                               | estimated 200 - x1 bounds priced
    no usage stream              200 events done                        | estimated 200 - x1 bounds priced
    no done plain                200 body                               | settled 200 - x1 9+10 priced
    no done stream               200 events                             | settled 200 - x1 9+10 priced
    usage after finish plain     200 body                               | settled 200 - x1 9+10 priced
    usage after finish stream    200 events done                        | settled 200 - x1 9+10 priced
    usage on choice chunk plain  200 body                               | settled 200 - x1 9+10 priced
    usage on choice chunk stream 200 events done                        | settled 200 - x1 9+10 priced
    cumulative usage plain       200 body                               | settled 200 - x1 9+10 priced
    cumulative usage stream      200 events done                        | settled 200 - x1 9+10 priced
    wrong usage plain            200 body                               | estimated 200 - x1 bounds priced
    wrong usage stream           200 events done                        | estimated 200 - x1 bounds priced
    crlf plain                   200 body                               | settled 200 - x1 9+10 priced
    crlf stream                  200 events done                        | settled 200 - x1 9+10 priced
    comments plain               200 body                               | settled 200 - x1 9+10 priced
    comments stream              200 events done                        | settled 200 - x1 9+10 priced
    tiny chunks plain            200 body                               | settled 200 - x1 9+10 priced
    tiny chunks stream           200 events done                        | settled 200 - x1 9+10 priced
    big plain                    200 body                               | settled 200 - x1 9+10 priced
    big stream                   200 events done                        | settled 200 - x1 9+10 priced
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn responses_under_every_fault() {
    insta::assert_snapshot!(matrix("/v1/responses").await, @"
    ok plain                     200 body                               | settled 200 - x1 9+10 priced
    ok stream                    200 events done usage                  | settled 200 - x1 9+10 priced
    400 plain                    400 invalid_value                      | failed 400 invalid_value x1 0+0 priced
    400 stream                   400 invalid_value                      | failed 400 invalid_value x1 0+0 priced
    401 plain                    401 upstream_error                     | failed 401 invalid_api_key x1 0+0 priced
    401 stream                   401 upstream_error                     | failed 401 invalid_api_key x1 0+0 priced
    403 plain                    403 model_not_found                    | failed 403 model_not_found x1 0+0 priced
    403 stream                   403 model_not_found                    | failed 403 model_not_found x1 0+0 priced
    404 plain                    404 model_not_found                    | failed 404 model_not_found x1 0+0 priced
    404 stream                   404 model_not_found                    | failed 404 model_not_found x1 0+0 priced
    408 plain                    408 body                               | failed 408 timeout x2 0+0 priced
    408 stream                   408 body                               | failed 408 timeout x2 0+0 priced
    409 plain                    409 conflict                           | failed 409 conflict x2 0+0 priced
    409 stream                   409 conflict                           | failed 409 conflict x2 0+0 priced
    422 plain                    422 body                               | failed 422 invalid_request_error x1 0+0 priced
    422 stream                   422 body                               | failed 422 invalid_request_error x1 0+0 priced
    429 plain                    429 rate_limit_exceeded                | failed 429 rate_limit_exceeded x2 0+0 priced
    429 stream                   429 rate_limit_exceeded                | failed 429 rate_limit_exceeded x2 0+0 priced
    429 then ok plain            200 body                               | settled 200 - x2 9+10 priced
    429 then ok stream           200 events done usage                  | settled 200 - x2 9+10 priced
    quota plain                  429 insufficient_quota                 | failed 429 insufficient_quota x1 0+0 priced
    quota stream                 429 insufficient_quota                 | failed 429 insufficient_quota x1 0+0 priced
    500 plain                    500 body                               | failed 500 server_error x2 0+0 priced
    500 stream                   500 body                               | failed 500 server_error x2 0+0 priced
    500 then ok plain            200 body                               | settled 200 - x2 9+10 priced
    500 then ok stream           200 events done usage                  | settled 200 - x2 9+10 priced
    502 plain                    502 body                               | failed 502 server_error x2 0+0 priced
    502 stream                   502 body                               | failed 502 server_error x2 0+0 priced
    503 plain                    503 server_is_overloaded               | failed 503 server_is_overloaded x2 0+0 priced
    503 stream                   503 server_is_overloaded               | failed 503 server_is_overloaded x2 0+0 priced
    504 plain                    504 upstream_error                     | failed 504 - x2 0+0 priced
    504 stream                   504 upstream_error                     | failed 504 - x2 0+0 priced
    html plain                   502 upstream_error                     | failed 502 - x2 0+0 priced
    html stream                  502 upstream_error                     | failed 502 - x2 0+0 priced
    html 200 plain               200 body                               | estimated 200 - x1 bounds priced
    html 200 stream              200 body                               | estimated 200 - x1 bounds priced
    reset plain                  502 upstream_interrupted               | failed null upstream_interrupted x1 0+0 unpriced
    reset stream                 502 upstream_interrupted               | failed null upstream_interrupted x1 0+0 unpriced
    reset mid body plain         502 upstream_interrupted               | failed null upstream_interrupted x1 0+0 unpriced
    reset mid body stream        200 events error usage                 | estimated 200 stream_truncated x1 bounds priced
    hang plain                   504 upstream_timeout                   | failed null upstream_timeout x1 0+0 unpriced
    hang stream                  504 upstream_timeout                   | failed null upstream_timeout x1 0+0 unpriced
    slow plain                   200 body                               | settled 200 - x1 9+10 priced
    slow stream                  200 events done usage                  | settled 200 - x1 9+10 priced
    empty plain                  200 body                               | estimated 200 - x1 bounds priced
    empty stream                 200 events error                       | estimated 200 stream_truncated x1 bounds priced
    truncated plain              200 body                               | estimated 200 - x1 bounds priced
    truncated stream             200 events error usage                 | estimated 200 stream_truncated x1 bounds priced
    truncated mid event plain    200 body                               | estimated 200 - x1 bounds priced
    truncated mid event stream   200 events error usage                 | estimated 200 stream_truncated x1 bounds priced
    bad json plain               200 body                               | estimated 200 - x1 bounds priced
    bad json stream              200 events done usage                  | settled 200 - x1 9+10 priced
    error in stream plain        200 body                               | settled 200 - x1 9+10 priced
    error in stream stream       200 events usage                       | estimated 200 server_error x1 bounds priced
    failed plain                 200 server_error                       | estimated 200 server_error x1 bounds priced
    failed stream                200 events error usage                 | estimated 200 server_error x1 bounds priced
    no usage plain               200 body                               | estimated 200 - x1 bounds priced
    no usage stream              200 events done usage                  | estimated 200 - x1 bounds priced
    no done plain                200 body                               | settled 200 - x1 9+10 priced
    no done stream               200 events done usage                  | settled 200 - x1 9+10 priced
    usage after finish plain     200 body                               | settled 200 - x1 9+10 priced
    usage after finish stream    200 events done usage                  | settled 200 - x1 9+10 priced
    usage on choice chunk plain  200 body                               | settled 200 - x1 9+10 priced
    usage on choice chunk stream 200 events done usage                  | settled 200 - x1 9+10 priced
    cumulative usage plain       200 body                               | settled 200 - x1 9+10 priced
    cumulative usage stream      200 events done usage                  | settled 200 - x1 9+10 priced
    wrong usage plain            200 body                               | estimated 200 - x1 bounds priced
    wrong usage stream           200 events done usage                  | estimated 200 - x1 bounds priced
    crlf plain                   200 body                               | settled 200 - x1 9+10 priced
    crlf stream                  200 events done usage                  | settled 200 - x1 9+10 priced
    comments plain               200 body                               | settled 200 - x1 9+10 priced
    comments stream              200 events done usage                  | settled 200 - x1 9+10 priced
    tiny chunks plain            200 body                               | settled 200 - x1 9+10 priced
    tiny chunks stream           200 events done usage                  | settled 200 - x1 9+10 priced
    big plain                    200 body                               | settled 200 - x1 9+10 priced
    big stream                   200 events done usage                  | settled 200 - x1 9+10 priced
    ");
}
