//! Runs every fault against one endpoint and writes one line for each: what the caller sees, then the ledger row.

use futures_util::{StreamExt, stream};
use mock_provider::{Fault, FaultOutcome, ProviderCall, Usage};
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
    assert_eq!(rows.len(), 1, "{label}: {} {}\n{rows:?}", reply.status, reply.text());
    compare_with_mock(harness, &label, fault, &rows[0]);
    let mut recorded = recorded(&rows[0]);
    if fault == Fault::Reset {
        // Repeated once if it was sent over a kept-alive connection, which depends on the other calls.
        recorded = recorded.replace(" x2 ", " x1 ");
    }
    format!("{:<28} {:<38} | {recorded}", label, seen(&reply, fault))
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

/// Compares the row with the mock's counters of the same call: exact if usage was sent to the caller, otherwise at
/// least what was billed.
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
        // A failed call has tokens only if its unusable answer reported some.
        "settled" | "failed" => {
            assert_eq!(tokens, (sent.input_tokens, sent.output_tokens), "{label}: {calls:?}");
        }
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
        let deformed = matches!(fault, Fault::Infinity | Fault::SingleNewlines | Fault::SplitSurrogates);
        let unreadable = events.iter().filter(|data| !is_json(data)).count();
        assert!(deformed || unreadable == usize::from(fault == Fault::BadJson), "{fault}: {text}");
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

/// Faults without an answer: an error status, or a connection that breaks or hangs.
pub(super) fn refusing() -> Vec<Fault> {
    Fault::ALL.iter().copied().filter(|fault| !is_answered(*fault)).collect()
}

/// Faults of an answer with a success status.
pub(super) fn answering() -> Vec<Fault> {
    Fault::ALL.iter().copied().filter(|fault| is_answered(*fault)).collect()
}

fn is_answered(fault: Fault) -> bool {
    use FaultOutcome::{NoUsage, Usage, WrongUsage};
    matches!(fault.outcome(false), Usage | NoUsage | WrongUsage)
}

pub(super) async fn matrix(path: &str, faults: Vec<Fault>) -> String {
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
    let cases = faults.iter().flat_map(|fault| streams.iter().map(|stream| (*fault, *stream)));
    let lines = cases.map(|(fault, stream)| {
        let router = if fault == Fault::Hang { &impatient } else { &patient };
        line(&harness, router, &key, path, fault, stream)
    });
    // Few at the same time: admission has to end within seconds, on a busy machine too.
    let lines: Vec<String> = stream::iter(lines).buffered(8).collect().await;
    let table = lines.join("\n");
    assert_eq!(harness.open_calls().await, 0);
    // In sum as well: the ledger has exactly the tokens whose usage was sent and is consistent.
    let counted = harness.mock.counters();
    let is_consistent = |call: &ProviderCall| call.fault != Some(Fault::WrongUsage);
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
