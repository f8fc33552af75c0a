//! The provider key changes in Secrets Manager while the function runs.

use std::collections::VecDeque;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use http::{HeaderMap, StatusCode, header};
use lambda_host::FunctionResponse;
use serde_json::{Value, json};
use testkit::Harness;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::world::{event, invoke, start_logging};

const ARN: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:openai";
const KEYS: [&str; 3] =
    ["sk-first-0123456789abcdef", "sk-second-0123456789abcdef", "sk-third-0123456789abcdef"];

/// Implements only `GetSecretValue`. Each read takes the next value; the last one stays.
pub(crate) struct SecretsManager {
    url: String,
    values: Arc<Mutex<VecDeque<&'static str>>>,
    _server: JoinSet<()>,
}

impl SecretsManager {
    pub(crate) async fn start(values: impl IntoIterator<Item = &'static str>) -> Self {
        let values = Arc::new(Mutex::new(values.into_iter().collect()));
        let router = Router::new().route("/", post(get_secret_value)).with_state(Arc::clone(&values));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await.expect("a server") });
        Self { url, values, _server: server }
    }

    /// The variables of a function whose provider key is in it.
    pub(crate) fn variables(&self) -> [(&str, &str); 5] {
        [
            ("OPENAI_API_KEY", ""),
            ("OPENAI_SECRET_ARN", ARN),
            ("AWS_ENDPOINT_URL", &self.url),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "secret-of-the-platform"),
        ]
    }

    fn values_left(&self) -> usize {
        self.values.lock().expect("no panic elsewhere").len()
    }
}

async fn get_secret_value(
    State(values): State<Arc<Mutex<VecDeque<&'static str>>>>,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, [(header::HeaderName, &'static str); 1], String) {
    let request: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(headers["x-amz-target"], "secretsmanager.GetSecretValue");
    assert_eq!(request["SecretId"], ARN);
    let mut values = values.lock().expect("no panic elsewhere");
    let value = if values.len() > 1 { values.pop_front() } else { values.front().copied() };
    let secret =
        json!({"ARN": ARN, "Name": "openai", "VersionId": "1", "SecretString": value, "CreatedDate": 1.7e9});
    (StatusCode::OK, [(header::CONTENT_TYPE, "application/x-amz-json-1.1")], secret.to_string())
}

#[tokio::test]
async fn refused_provider_key_is_read_again_once_and_never_shown() {
    let harness = Harness::start().await;
    let key = harness.key().create().await;
    let secrets = SecretsManager::start(KEYS).await;
    let mut log = tempfile::NamedTempFile::new().expect("a file");
    let environment = [&secrets.variables()[..], &[("RUST_LOG", "debug")]].concat();
    let output = Stdio::from(log.reopen().expect("the file again"));
    let mut chat = start_logging(&harness, "chat", &environment, output).await;
    let mut responses: Vec<FunctionResponse> = Vec::new();
    let mut call = async || {
        let event = event("chat/plain.json", &key);
        let response = invoke(&mut chat, event).await;
        let status = response.status;
        responses.push(response);
        status
    };

    harness.mock.accept_keys(KEYS);
    assert_eq!((call().await, secrets.values_left()), (200, 2), "read only at start");
    // The first key is revoked: it is refused once, the next key is read, and the call succeeds.
    harness.mock.accept_keys([KEYS[1], KEYS[2]]);
    assert_eq!((call().await, secrets.values_left()), (200, 1));
    assert_eq!((call().await, secrets.values_left()), (200, 1), "the new key stays");
    // The third key is refused too: there is no third attempt. The caller's key is not at fault, and none is shown.
    harness.mock.accept_keys(["sk-none-of-them"]);
    assert_eq!(call().await, 503);

    let rows = harness.ledger().await;
    let rows: Vec<_> = rows.iter().map(|row| (row["attempts"].clone(), row["status"].clone())).collect();
    let expected = [(1, "settled"), (2, "settled"), (1, "settled"), (2, "failed")];
    assert_eq!(rows, expected.map(|(attempts, status)| (json!(attempts), json!(status))));
    let sent: Vec<_> = harness
        .mock
        .requests()
        .iter()
        .map(|request| request.header("authorization").map(str::to_owned))
        .collect();
    let expected = [KEYS[0], KEYS[0], KEYS[1], KEYS[1], KEYS[1], KEYS[2]];
    assert_eq!(sent, expected.map(|key| Some(format!("Bearer {key}"))));

    let mut shown = format!(
        "{:?}",
        responses.iter().map(|response| (&response.headers, response.text())).collect::<Vec<_>>()
    );
    std::io::Read::read_to_string(&mut log, &mut shown).expect("the log");
    assert!(shown.contains("\"level\":\"DEBUG\""), "the log is not empty");
    for key in KEYS {
        // The provider quotes the first characters of a key that it refuses.
        assert!(!shown.contains(&key[..9]), "{shown}");
    }
}
