//! Every fault of the provider, buffered and streamed: what the caller sees and what the ledger records.

use futures_util::future::join_all;
use mock_openai::{Fault, ProviderCall, Usage};
use serde_json::{Value, json};
use testkit::{Harness, Reply, post};

use crate::router;

/// One line per fault: what the caller got, then the ledger row.
async fn line(
    harness: &Harness,
    router: &axum::Router,
    key: &str,
    path: &str,
    fault: Fault,
    stream: bool,
) -> String {
    let label = label(fault, stream);
    let reply = post(router, path, key, body(path, fault, stream, &label)).await;
    let rows = harness.db.rows(&format!("select * from usage_logs where user_label = '{label}'")).await;
    assert_eq!(rows.len(), 1, "{label}: {rows:?}");
    compare_with_mock(harness, &label, fault, &rows[0]);
    format!("{:<28} {:<38} | {}", label, seen(&reply, fault), recorded(&rows[0]))
}

fn label(fault: Fault, stream: bool) -> String {
    fault.name().replace('-', " ") + if stream { " stream" } else { " plain" }
}

fn body(path: &str, fault: Fault, stream: bool, label: &str) -> Value {
    if path == "/api/llm/chat" {
        // Only the model's name reaches the mock.
        let model = format!(
            "gpt-4o-mini?fault={}&retry_after=0.01&size_bytes=200000&chunk_delay_ms=0&tag={label}",
            fault.name()
        );
        return json!({"user_label": label, "model": model, "prompt": "one two three"});
    }
    // A real model name, so that the price is known; the metadata selects the fault.
    let (model, input) = match path {
        "/v1/embeddings" => ("text-embedding-3-small", json!({"input": "one two three"})),
        "/v1/responses" => ("gpt-4o-mini", json!({"input": "one two three", "stream": stream})),
        _ => (
            "gpt-4o-mini",
            json!({"messages": [{"role": "user", "content": "one two three"}], "stream": stream}),
        ),
    };
    let mut body = json!({
        "model": model,
        "metadata": {"mock_fault": fault.name(), "mock_chunk_delay_ms": "0", "mock_retry_after": "0.01",
            "mock_size_bytes": "200000", "mock_tag": label, "user_label": label},
    });
    body.as_object_mut().unwrap().extend(input.as_object().unwrap().clone());
    body
}

/// Compares the row with the mock's counters of the same call: exact if usage was sent to the caller, otherwise at least
/// what was billed.
fn compare_with_mock(harness: &Harness, label: &str, fault: Fault, row: &Value) {
    let calls = harness.mock.counters().calls.remove(label).unwrap_or_default();
    let (mut sent, mut billed) = (Usage::default(), Usage::default());
    for call in &calls {
        let usage = call.usage.unwrap_or_default();
        billed += usage;
        if is_usage_sent(call) {
            sent += usage;
        }
    }
    let tokens = (row["input_tokens"].as_u64().unwrap(), row["output_tokens"].as_u64().unwrap());
    match row["status"].as_str().unwrap() {
        "settled" => assert_eq!(tokens, (sent.input_tokens, sent.output_tokens), "{label}: {calls:?}"),
        "failed" => assert_eq!((tokens, sent), ((0, 0), Usage::default()), "{label}: {calls:?}"),
        // Contradictory usage is trusted no more than missing usage.
        _ => {
            assert!(fault == Fault::WrongUsage || sent == Usage::default(), "{label}: {calls:?}");
            assert!(tokens.0 >= billed.input_tokens, "{label}: {calls:?}");
        }
    }
}

/// Embeddings have no status that could be `failed`: with that fault they succeed as usual.
fn is_usage_sent(call: &ProviderCall) -> bool {
    call.usage_sent || (call.fault == Some(Fault::ResponseFailed) && call.endpoint == "/v1/embeddings")
}

fn seen(reply: &Reply, fault: Fault) -> String {
    let text = reply.text();
    if reply.header("content-type").is_some_and(|kind| kind.starts_with("text/event-stream")) {
        let events = data_of_events(&text);
        let is_json = |data: &String| data == "[DONE]" || serde_json::from_str::<Value>(data).is_ok();
        let unreadable = events.iter().filter(|data| !is_json(data)).count();
        assert_eq!(unreadable, usize::from(fault == Fault::BadJson), "{fault}: {text}");
        let last = events.last().map(String::as_str).unwrap_or_default();
        let last_event: Value = serde_json::from_str(last).unwrap_or_default();
        let last_kind = last_event["type"].as_str().unwrap_or_default();
        let is_error = last_event["error"].is_object() || matches!(last_kind, "error" | "response.failed");
        let is_done = last == "[DONE]" || last_kind == "response.completed";
        let usage = text.contains("\"usage\":").then_some("usage");
        let marks: Vec<&str> =
            [is_error.then_some("error"), is_done.then_some("done"), usage].into_iter().flatten().collect();
        let events = if events.is_empty() { "nothing" } else { "events" };
        return format!("{} {events} {}", reply.status.as_u16(), marks.join(" "));
    }
    let problem = serde_json::from_str::<Value>(&text).unwrap_or_default();
    let code = problem["error"]["code"].as_str().or_else(|| problem["type"].as_str()?.rsplit(':').next());
    format!("{} {}", reply.status.as_u16(), code.unwrap_or("body"))
}

/// Reads events as clients do: an event ends at a blank line; without one it is not an event.
fn data_of_events(text: &str) -> Vec<String> {
    let text = text.replace("\r\n", "\n");
    let Some((whole, _)) = text.rsplit_once("\n\n") else { return Vec::new() };
    let data = |event: &str| {
        let lines: Vec<&str> = event.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    };
    whole.split("\n\n").filter_map(data).collect()
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
    // Only a hanging provider may reach the deadline, however busy the machine is.
    let (patient, impatient) =
        (router(&harness, &patience("120")).await, router(&harness, &patience("1")).await);
    let key = harness.key().create().await;
    let streams: &[bool] =
        if matches!(path, "/v1/embeddings" | "/api/llm/chat") { &[false] } else { &[false, true] };
    let cases = Fault::ALL.iter().flat_map(|fault| streams.iter().map(|stream| (*fault, *stream)));
    let lines = cases.map(|(fault, stream)| {
        let router = if fault == Fault::Hang { &impatient } else { &patient };
        line(&harness, router, &key, path, fault, stream)
    });
    let table = join_all(lines).await.join("\n");
    assert_eq!(harness.open_calls().await, 0);
    // In sum as well: the ledger has exactly the tokens whose usage was sent and is consistent.
    let counted = harness.mock.counters();
    // The wrong usage of an embedding has no parts that could contradict its total.
    let is_consistent =
        |call: &ProviderCall| call.fault != Some(Fault::WrongUsage) || path == "/v1/embeddings";
    let sent = counted.calls.values().flatten().filter(|call| is_usage_sent(call) && is_consistent(call));
    let sent = sent.filter_map(|call| call.usage);
    let sent = sent.fold((0, 0), |sum, usage| (sum.0 + usage.input_tokens, sum.1 + usage.output_tokens));
    let settled =
        "select coalesce(sum(input_tokens), 0) as i, coalesce(sum(output_tokens), 0) as o from usage_logs
        where status in ('settled', 'failed')";
    let settled = &harness.db.rows(settled).await[0];
    assert_eq!((settled["i"].as_u64().unwrap(), settled["o"].as_u64().unwrap()), sent);
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
    error in stream stream       200 events error usage                 | estimated 200 server_error x1 bounds priced
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

#[tokio::test(flavor = "multi_thread")]
async fn embeddings_under_every_fault() {
    insta::assert_snapshot!(matrix("/v1/embeddings").await, @"
    ok plain                     200 body                               | settled 200 - x1 3+0 priced
    400 plain                    400 invalid_value                      | failed 400 invalid_value x1 0+0 priced
    401 plain                    401 upstream_error                     | failed 401 invalid_api_key x1 0+0 priced
    403 plain                    403 model_not_found                    | failed 403 model_not_found x1 0+0 priced
    404 plain                    404 model_not_found                    | failed 404 model_not_found x1 0+0 priced
    408 plain                    408 body                               | failed 408 timeout x2 0+0 priced
    409 plain                    409 conflict                           | failed 409 conflict x2 0+0 priced
    422 plain                    422 body                               | failed 422 invalid_request_error x1 0+0 priced
    429 plain                    429 rate_limit_exceeded                | failed 429 rate_limit_exceeded x2 0+0 priced
    429 then ok plain            200 body                               | settled 200 - x2 3+0 priced
    quota plain                  429 insufficient_quota                 | failed 429 insufficient_quota x1 0+0 priced
    500 plain                    500 body                               | failed 500 server_error x2 0+0 priced
    500 then ok plain            200 body                               | settled 200 - x2 3+0 priced
    502 plain                    502 body                               | failed 502 server_error x2 0+0 priced
    503 plain                    503 server_is_overloaded               | failed 503 server_is_overloaded x2 0+0 priced
    504 plain                    504 upstream_error                     | failed 504 - x2 0+0 priced
    html plain                   502 upstream_error                     | failed 502 - x2 0+0 priced
    html 200 plain               200 body                               | estimated 200 - x1 bounds priced
    reset plain                  502 upstream_interrupted               | failed null upstream_interrupted x1 0+0 unpriced
    reset mid body plain         502 upstream_interrupted               | failed null upstream_interrupted x1 0+0 unpriced
    hang plain                   504 upstream_timeout                   | failed null upstream_timeout x1 0+0 unpriced
    slow plain                   200 body                               | settled 200 - x1 3+0 priced
    empty plain                  200 body                               | estimated 200 - x1 bounds priced
    truncated plain              200 body                               | estimated 200 - x1 bounds priced
    truncated mid event plain    200 body                               | estimated 200 - x1 bounds priced
    bad json plain               200 body                               | estimated 200 - x1 bounds priced
    error in stream plain        200 body                               | settled 200 - x1 3+0 priced
    failed plain                 200 body                               | settled 200 - x1 3+0 priced
    no usage plain               200 body                               | estimated 200 - x1 bounds priced
    no done plain                200 body                               | settled 200 - x1 3+0 priced
    usage after finish plain     200 body                               | settled 200 - x1 3+0 priced
    usage on choice chunk plain  200 body                               | settled 200 - x1 3+0 priced
    cumulative usage plain       200 body                               | settled 200 - x1 3+0 priced
    wrong usage plain            200 body                               | settled 200 - x1 3+0 priced
    crlf plain                   200 body                               | settled 200 - x1 3+0 priced
    comments plain               200 body                               | settled 200 - x1 3+0 priced
    tiny chunks plain            200 body                               | settled 200 - x1 3+0 priced
    big plain                    200 body                               | settled 200 - x1 3+0 priced
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn llm_chat_under_every_fault() {
    insta::assert_snapshot!(matrix("/api/llm/chat").await, @"
    ok plain                     200 body                               | settled 200 - x1 9+10 priced
    400 plain                    400 upstream_error                     | failed 400 invalid_value x1 0+0 priced
    401 plain                    401 upstream_error                     | failed 401 invalid_api_key x1 0+0 priced
    403 plain                    403 upstream_error                     | failed 403 model_not_found x1 0+0 priced
    404 plain                    404 upstream_error                     | failed 404 model_not_found x1 0+0 priced
    408 plain                    408 upstream_error                     | failed 408 timeout x2 0+0 priced
    409 plain                    409 upstream_error                     | failed 409 conflict x2 0+0 priced
    422 plain                    422 upstream_error                     | failed 422 invalid_request_error x1 0+0 priced
    429 plain                    429 upstream_error                     | failed 429 rate_limit_exceeded x2 0+0 priced
    429 then ok plain            200 body                               | settled 200 - x2 9+10 priced
    quota plain                  429 upstream_error                     | failed 429 insufficient_quota x1 0+0 priced
    500 plain                    500 upstream_error                     | failed 500 server_error x2 0+0 priced
    500 then ok plain            200 body                               | settled 200 - x2 9+10 priced
    502 plain                    502 upstream_error                     | failed 502 server_error x2 0+0 priced
    503 plain                    503 upstream_error                     | failed 503 server_is_overloaded x2 0+0 priced
    504 plain                    504 upstream_error                     | failed 504 - x2 0+0 priced
    html plain                   502 upstream_error                     | failed 502 - x2 0+0 priced
    html 200 plain               502 upstream_malformed                 | failed 200 upstream_malformed x1 0+0 unpriced
    reset plain                  502 upstream_interrupted               | failed null upstream_interrupted x1 0+0 unpriced
    reset mid body plain         502 upstream_interrupted               | failed null upstream_interrupted x1 0+0 unpriced
    hang plain                   504 upstream_timeout                   | failed null upstream_timeout x1 0+0 unpriced
    slow plain                   200 body                               | settled 200 - x1 9+10 priced
    empty plain                  502 upstream_malformed                 | failed 200 upstream_malformed x1 0+0 unpriced
    truncated plain              502 upstream_malformed                 | failed 200 upstream_malformed x1 0+0 unpriced
    truncated mid event plain    502 upstream_malformed                 | failed 200 upstream_malformed x1 0+0 unpriced
    bad json plain               502 upstream_malformed                 | failed 200 upstream_malformed x1 0+0 unpriced
    error in stream plain        200 body                               | settled 200 - x1 9+10 priced
    failed plain                 502 upstream_malformed                 | failed 200 upstream_malformed x1 0+0 unpriced
    no usage plain               200 body                               | estimated 200 - x1 bounds priced
    no done plain                200 body                               | settled 200 - x1 9+10 priced
    usage after finish plain     200 body                               | settled 200 - x1 9+10 priced
    usage on choice chunk plain  200 body                               | settled 200 - x1 9+10 priced
    cumulative usage plain       200 body                               | settled 200 - x1 9+10 priced
    wrong usage plain            200 body                               | estimated 200 - x1 bounds priced
    crlf plain                   200 body                               | settled 200 - x1 9+10 priced
    comments plain               200 body                               | settled 200 - x1 9+10 priced
    tiny chunks plain            200 body                               | settled 200 - x1 9+10 priced
    big plain                    200 body                               | settled 200 - x1 9+10 priced
    ");
}
