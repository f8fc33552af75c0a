//! The metric filters of the deployment, applied to lines that the functions really write: a message or a field that is
//! renamed on one side alone is a metric without values, and an alarm that never fires.

mod pattern;

use std::collections::BTreeMap;
use std::process::Stdio;

use serde_json::{Value, json};
use tempfile::NamedTempFile;
use testkit::Harness;

use self::pattern::{Pattern, select};
use crate::secrets::SecretsManager;
use crate::world::{event, invoke, repository, start_logging};

/// The namespace in the template.
const NAMESPACE: &str = "Tokenmeter/tokenmeter-app";
/// What the secret of the provider's key has before an operator stores one.
const NO_KEY_YET: &str = "put-the-provider-key-here";

const CALL_IN_THE_SEALED_PAST: &str = "
    insert into usage_logs (id, created_at, started_at, user_label, model, endpoint, status, stream, attempts,
        input_tokens, uncached_tokens, cached_tokens, cache_write_tokens, audio_input_tokens, output_tokens,
        reasoning_tokens, audio_output_tokens)
    select gen_random_uuid(), at, at, 'a', 'm', 'e', 'settled', false, 1, 1, 1, 0, 0, 0, 1, 0, 0
    from (select now() - interval '1 hour' as at) as past";

struct Filter {
    metric: String,
    pattern: Pattern,
    value: String,
}

/// The synthesised template of the app stack; a test in `infra/` keeps it current.
fn template() -> Value {
    let path = repository().join("infra/test/golden/app.template.json");
    serde_json::from_str(&std::fs::read_to_string(path).expect("the template")).expect("JSON")
}

fn resources<'a>(template: &'a Value, kind: &'a str) -> impl Iterator<Item = &'a Value> {
    let resources = template["Resources"].as_object().expect("resources").values();
    resources.filter(move |each| each["Type"] == kind).map(|each| &each["Properties"])
}

/// The filters on the log of a function.
fn filters(template: &Value, log: &str) -> Vec<Filter> {
    let of_log = |filter: &&Value| filter["LogGroupName"]["Ref"].as_str().is_some_and(|id| id.contains(log));
    let filter = |filter: &Value| {
        let pattern = filter["FilterPattern"].as_str().expect("a pattern");
        let transformation = &filter["MetricTransformations"][0];
        let text = |member: &str| transformation[member].as_str().expect(member).to_owned();
        assert_eq!(text("MetricNamespace"), NAMESPACE);
        Filter {
            metric: text("MetricName"),
            pattern: Pattern::parse(pattern)
                .unwrap_or_else(|| panic!("extend `pattern.rs` by what {pattern} uses")),
            value: text("MetricValue"),
        }
    };
    resources(template, "AWS::Logs::MetricFilter").filter(of_log).map(filter).collect()
}

/// What the filters add up to over a log; without a match, a metric has no value.
fn metrics(filters: &[Filter], log: &NamedTempFile) -> BTreeMap<String, f64> {
    let text = std::fs::read_to_string(log.path()).expect("the log");
    let mut sums = BTreeMap::new();
    for filter in filters {
        for line in text.lines().filter(|line| filter.pattern.matches(line)) {
            let line: Value = serde_json::from_str(line).expect("JSON");
            let value = match filter.value.parse() {
                Ok(constant) => constant,
                Err(_) => select(&line, &filter.value).and_then(Value::as_f64).expect("a number"),
            };
            *sums.entry(filter.metric.clone()).or_default() += value;
        }
    }
    sums
}

fn of<const N: usize>(metrics: [(&str, f64); N]) -> BTreeMap<String, f64> {
    metrics.map(|(name, value)| (name.to_owned(), value)).into()
}

/// What `chat` logs in a world that `prepare` makes, for one call. The level is that of a deployment.
async fn log_of_call(
    harness: &Harness,
    key: &str,
    changes: &[(&str, &str)],
    expected_status: u16,
) -> NamedTempFile {
    let log = NamedTempFile::new().expect("a file");
    let output = Stdio::from(log.reopen().expect("the file again"));
    let level_and_metrics = [("RUST_LOG", "info"), ("METRICS_NAMESPACE", NAMESPACE)];
    let changes = [&level_and_metrics[..], changes].concat();
    let mut chat = start_logging(harness, "chat", &changes, output).await;
    let response = invoke(&mut chat, event("chat/plain.json", key)).await;
    assert_eq!(response.status, expected_status, "{}", response.text());
    log
}

#[tokio::test]
async fn lines_of_calls_have_what_the_filters_count() {
    let filters = filters(&template(), "ChatLog");
    let harness = Harness::start().await;
    let key = harness.key().create().await;

    let settled = log_of_call(&harness, &key, &[], 200).await;
    assert_eq!(metrics(&filters, &settled), of([]));
    let refused = log_of_call(&harness, "tm_none", &[], 401).await;
    assert_eq!(metrics(&filters, &refused), of([("refusals", 1.0)]));
    let secrets = SecretsManager::start([NO_KEY_YET]).await;
    let no_key = log_of_call(&harness, &key, &secrets.variables(), 503).await;
    assert_eq!(metrics(&filters, &no_key), of([("provider-key-missing", 1.0)]));
    // Nothing listens there.
    let away = [("DATABASE_URL", "postgres://chat@127.0.0.1:1/tokenmeter")];
    let unavailable = log_of_call(&harness, &key, &away, 503).await;
    assert_eq!(metrics(&filters, &unavailable), of([("database-unavailable", 1.0)]));
    harness.mock.accept_keys(["sk-another"]);
    let rejected = log_of_call(&harness, &key, &[], 503).await;
    assert_eq!(metrics(&filters, &rejected), of([("provider-key-rejected", 1.0)]));
    harness.mock.accept_keys(["sk-mock-of-the-tests"]);
    // Refused at once, as by a database that lacks a migration.
    harness.db.execute("revoke execute on function calls_settle from tokenmeter_chat").await;
    let lost = log_of_call(&harness, &key, &[], 200).await;
    assert_eq!(metrics(&filters, &lost), of([("failed-settlements", 1.0)]));

    let tried = ["refusals", "provider-key-missing", "database-unavailable", "provider-key-rejected"];
    let tried = [&tried[..], &["failed-settlements"]].concat();
    for filter in &filters {
        assert!(tried.contains(&filter.metric.as_str()), "{} needs a line in this test", filter.metric);
    }
}

#[tokio::test]
async fn lines_of_maintenance_have_what_the_filters_count() {
    let filters = filters(&template(), "MaintainLog");
    let harness = Harness::start().await;
    let key = harness.key().create().await;
    let run = async |action: &str| {
        let log = NamedTempFile::new().expect("a file");
        let output = Stdio::from(log.reopen().expect("the file again"));
        let mut maintain = start_logging(&harness, "maintain", &[("RUST_LOG", "info")], output).await;
        let response = invoke(&mut maintain, json!({"action": action}).to_string()).await;
        (response, metrics(&filters, &log))
    };
    let sums =
        |abandoned, differences| of([("abandoned-calls", abandoned), ("rollup-differences", differences)]);
    assert_eq!(run("tick").await.1, sums(0.0, 0.0));

    harness.db.execute("revoke execute on function calls_settle from tokenmeter_chat").await;
    log_of_call(&harness, &key, &[], 200).await;
    harness.db.execute("update open_calls set deadline_at = clock_timestamp() - interval '1 second'").await;
    assert_eq!(run("tick").await.1, sums(1.0, 0.0));
    harness.db.execute(CALL_IN_THE_SEALED_PAST).await;
    let (_, found) = run("check").await;
    assert!(found["rollup-differences"] > 0.0, "{found:?}");
    assert_eq!(filters.len(), found.len(), "each filter is tried");
}

/// Metrics of the deployment's own namespace in alarms and on the dashboard: counted by a filter, or declared by the line
/// of a call.
#[tokio::test]
async fn alarms_and_dashboard_read_metrics_that_exist() {
    let template = template();
    let harness = Harness::start().await;
    let key = harness.key().create().await;
    let failed = [("UPSTREAM_MAX_RETRIES", "0"), ("OPENAI_API_BASE", "http://127.0.0.1:1/v1")];
    let log = log_of_call(&harness, &key, &failed, 502).await;
    let text = std::fs::read_to_string(log.path()).expect("the log");
    let line = text.lines().find(|line| line.contains("\"_aws\"")).expect("the line of the call");
    let line: Value = serde_json::from_str(line).expect("JSON");
    let directives = line["_aws"]["CloudWatchMetrics"].as_array().expect("directives").iter();
    let declared = directives.flat_map(|each| each["Metrics"].as_array().expect("metrics"));
    let mut known: Vec<String> =
        declared.map(|each| each["Name"].as_str().expect("a name").to_owned()).collect();
    for log in ["ChatLog", "MaintainLog"] {
        known.extend(filters(&template, log).into_iter().map(|filter| filter.metric));
    }

    let of_alarms = resources(&template, "AWS::CloudWatch::Alarm")
        .filter(|alarm| alarm["Namespace"] == NAMESPACE)
        .map(|alarm| alarm["MetricName"].as_str().expect("a name").to_owned());
    let board = resources(&template, "AWS::CloudWatch::Dashboard").next().expect("a dashboard").to_string();
    // Its body is JSON in a string.
    let mention = format!("{NAMESPACE}\\\",\\\"");
    let of_board =
        board.split(&mention).skip(1).map(|rest| rest.split('\\').next().unwrap_or_default().to_owned());
    let read: Vec<String> = of_alarms.chain(of_board).collect();
    assert!(read.len() > 15, "{read:?}");
    for name in read {
        assert!(known.contains(&name), "{name}: only {known:?} have values");
    }
}
