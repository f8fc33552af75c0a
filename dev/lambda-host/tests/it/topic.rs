//! The binary publishes limit events to an SNS topic, with Lambda's credentials.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Query, State};
use axum::http::Uri;
use axum::routing::post;
use http::{HeaderMap, StatusCode, header};
use serde_json::Value;
use testkit::Harness;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::world::{event, invoke, start_logging};

type Fields = BTreeMap<String, String>;
type Published = Arc<Mutex<Vec<(Fields, String)>>>;

/// Implements only `Publish`. A topic named `missing` does not exist.
async fn publish(
    State(published): State<Published>,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, [(header::HeaderName, &'static str); 1], String) {
    let uri: Uri = format!("/?{body}").parse().expect("a form");
    let Query(fields) = Query::<Fields>::try_from_uri(&uri).expect("a form");
    let is_missing = fields["TopicArn"].ends_with(":missing");
    let signature = headers[header::AUTHORIZATION].to_str().expect("ASCII").to_owned();
    published.lock().expect("no panic elsewhere").push((fields, signature));
    let (status, xml) = if is_missing {
        let error =
            "<Error><Type>Sender</Type><Code>NotFound</Code><Message>Topic does not exist</Message></Error>";
        (StatusCode::NOT_FOUND, format!("<ErrorResponse>{error}<RequestId>1</RequestId></ErrorResponse>"))
    } else {
        let result = "<PublishResult><MessageId>1</MessageId></PublishResult>";
        (StatusCode::OK, format!("<PublishResponse>{result}</PublishResponse>"))
    };
    (status, [(header::CONTENT_TYPE, "text/xml")], xml)
}

async fn start_sns() -> (String, Published, JoinSet<()>) {
    let published = Published::default();
    let router = Router::new().route("/", post(publish)).with_state(Arc::clone(&published));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let mut server = JoinSet::new();
    server.spawn(async move { axum::serve(listener, router).await.expect("a server") });
    (url, published, server)
}

/// A label with an exhausted budget, which reaches three thresholds.
pub(crate) const USED_UP: &str = "
    insert into limits (id, subject_kind, subject_id, metric, period, amount, mode)
    values ('0198c0de-0000-7000-8000-0000000000b1', 'label', 'search & co', 'usd', 'total', 1000000000000, 'hard');
    select limit_windows_open(id, now()) from limits;
    update limit_windows set settled = 1000000000000;
    select limit_windows_announce(id) from limit_windows";

#[tokio::test]
async fn events_are_published_in_the_region_of_the_topic() {
    let harness = Harness::start().await;
    harness.db.execute(USED_UP).await;
    let (url, published, _server) = start_sns().await;
    let mut log = tempfile::NamedTempFile::new().expect("a file");
    let mut groups = Vec::new();
    for (topic, delivered, error) in
        [("missing", 0, Some("NotFound")), ("limits", 3, None), ("limits.fifo", 3, None)]
    {
        harness.db.execute("delete from limit_event_deliveries").await;
        let arn = format!("arn:aws:sns:eu-central-1:111122223333:{topic}");
        let environment = [
            ("LIMIT_EVENTS_TOPIC_ARN", arn.as_str()),
            ("AWS_ENDPOINT_URL", url.as_str()),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "secret-of-the-platform"),
            ("RUST_LOG", "debug"),
        ];
        // Appended to: a second process that wrote from the beginning would overwrite the log of the first.
        let file = std::fs::File::options().append(true).open(log.path()).expect("the file again");
        let output = Stdio::from(file);
        let mut maintain = start_logging(&harness, "maintain", &environment, output).await;
        let response = invoke(&mut maintain, event("maintain/tick.json", "")).await.text();
        let report: Value = serde_json::from_str(&response).expect("JSON");
        assert_eq!(report["delivered_events"], delivered, "{response}");
        let rows = harness.db.rows("select attempts, last_error from limit_event_deliveries").await;
        assert!(
            rows.iter().all(|row| row["attempts"] == 1 && row["last_error"].as_str() == error),
            "{rows:?}"
        );
        let sent = std::mem::take(&mut *published.lock().expect("no panic elsewhere"));
        assert_eq!(sent.len(), 3, "a refused event is not retried immediately");
        for (fields, signature) in &sent {
            assert!(signature.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"), "{signature}");
            assert!(signature.contains("/eu-central-1/sns/aws4_request"), "{signature}");
            assert_eq!((&fields["Action"][..], &fields["TopicArn"]), ("Publish", &arn));
            assert_eq!(fields["MessageAttributes.entry.1.Value.StringValue"], "limit.threshold");
            let message: Value = serde_json::from_str(&fields["Message"]).expect("JSON");
            assert_eq!(message["data"]["subject"]["id"], "search & co");
            let group = fields.get("MessageGroupId").map(String::as_str);
            assert_eq!(group == message["data"]["limit_id"].as_str(), topic == "limits.fifo");
            let once = fields.get("MessageDeduplicationId").map(String::as_str);
            assert_eq!(once == message["data"]["id"].as_str(), topic == "limits.fifo");
            groups.extend(group.map(str::to_owned));
        }
    }
    assert_eq!(groups.len(), 3);
    let mut shown = String::new();
    std::io::Read::read_to_string(&mut log, &mut shown).expect("the log");
    assert!(shown.contains("Limit event delivery failed; will retry."), "{shown}");
    assert!(!shown.contains("secret-of-the-platform"));
}
