//! Secrets Manager and SNS as moto implements them, an implementation that is not ours. Skipped without `moto_server`
//! (`pip install 'moto[server,secretsmanager,sns]'`), which `.ci/run` installs.

use std::process::Stdio;
use std::time::{Duration, Instant};

use aws_credential_types::Credentials;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Region};
use domain::keys::PlainKey;
use serde_json::Value;
use testkit::{Harness, PEPPER};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::topic::USED_UP;
use crate::world::{TIMEOUT, event, invoke, start_with};

/// A Python program on a busy machine.
const START_TIMEOUT: Duration = Duration::from_mins(2);

struct Moto {
    url: String,
    secrets: aws_sdk_secretsmanager::Client,
    topics: aws_sdk_sns::Client,
    _server: Child,
}

impl Moto {
    /// `None` if it is not installed.
    async fn start() -> Option<Self> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .expect("a free port")
            .local_addr()
            .expect("bound")
            .port();
        let mut command = Command::new("moto_server");
        command.args(["-H", "127.0.0.1", "-p", &port.to_string()]).kill_on_drop(true);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut server = command.spawn().ok()?;
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            // A launcher may exist without the program.
            if server.try_wait().expect("a child").is_some() {
                return None;
            }
            assert!(started.elapsed() < START_TIMEOUT, "moto_server does not listen");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let url = format!("http://127.0.0.1:{port}");
        let credentials = Credentials::new("AKIDEXAMPLE", "secret-of-the-platform", None, None, "test");
        let secrets = aws_sdk_secretsmanager::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(platform::aws::https_client(None))
            .credentials_provider(credentials.clone())
            .region(Region::new("us-east-1"))
            .endpoint_url(&url)
            .build();
        let topics = aws_sdk_sns::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(platform::aws::https_client(None))
            .credentials_provider(credentials)
            .region(Region::new("us-east-1"))
            .endpoint_url(&url)
            .build();
        let (secrets, topics) =
            (aws_sdk_secretsmanager::Client::from_conf(secrets), aws_sdk_sns::Client::from_conf(topics));
        Some(Self { url, secrets, topics, _server: server })
    }

    async fn secret(&self, name: &str, value: &str) -> String {
        let created = self.secrets.create_secret().name(name).secret_string(value).send().await;
        created.expect("a secret").arn.expect("an ARN")
    }

    async fn value(&self, arn: &str) -> String {
        let read = self.secrets.get_secret_value().secret_id(arn).send().await;
        read.expect("the secret").secret_string.expect("text")
    }

    fn variables<'a>(&'a self, more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let common = [
            ("AWS_ENDPOINT_URL", self.url.as_str()),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "secret-of-the-platform"),
        ];
        [&common[..], more].concat()
    }
}

#[tokio::test]
async fn secrets_are_read_and_the_first_admin_key_is_written() {
    let Some(moto) = Moto::start().await else { return };
    let harness = Harness::start().await;
    let key = harness.key().create().await;
    let pepper = moto.secret("pepper", PEPPER).await;
    let provider = moto.secret("provider", "sk-first-0123456789abcdef").await;
    let first = moto.secret("first-admin-key", "written-by-the-first-deployment").await;
    harness.mock.accept_keys(["sk-first-0123456789abcdef"]);

    let variables = moto.variables(&[
        ("KEY_PEPPER", ""),
        ("KEY_PEPPER_SECRET_ARN", &pepper),
        ("DEFAULT_ACTION", "migrate"),
        ("FIRST_ADMIN_KEY_SECRET_ARN", &first),
    ]);
    let mut migrate = start_with(&harness, "maintain", &variables).await;
    let report = migrate.invoke("", TIMEOUT).await.expect("ready").response().await.expect("a report").text();
    assert!(report.contains("\"admin_key_created\":true"), "{report}");
    PlainKey::parse(&moto.value(&first).await).expect("a well-formed key");

    let variables = moto.variables(&[
        ("KEY_PEPPER", ""),
        ("KEY_PEPPER_SECRET_ARN", &pepper),
        ("OPENAI_API_KEY", ""),
        ("OPENAI_SECRET_ARN", &provider),
    ]);
    let mut chat = start_with(&harness, "chat", &variables).await;
    assert_eq!(invoke(&mut chat, event("chat/plain.json", &key)).await.status, 200);
    // Rotated at the provider and in the secret: read again once the old one is rejected.
    harness.mock.accept_keys(["sk-second-0123456789abcdef"]);
    let stored =
        moto.secrets.put_secret_value().secret_id(&provider).secret_string("sk-second-0123456789abcdef");
    stored.send().await.expect("stored");
    assert_eq!(invoke(&mut chat, event("chat/plain.json", &key)).await.status, 200);
}

#[tokio::test]
async fn limit_events_are_published_and_a_missing_topic_is_reported() {
    let Some(moto) = Moto::start().await else { return };
    let harness = Harness::start().await;
    harness.db.execute(USED_UP).await;
    let topic =
        moto.topics.create_topic().name("limits").send().await.expect("a topic").topic_arn.expect("an ARN");
    let missing = topic.replace(":limits", ":missing");
    for (arn, delivered, error) in [(&missing, 0, Some("NotFound")), (&topic, 3, None)] {
        harness.db.execute("delete from limit_event_deliveries").await;
        let variables = moto.variables(&[("LIMIT_EVENTS_TOPIC_ARN", arn)]);
        let mut maintain = start_with(&harness, "maintain", &variables).await;
        let response = invoke(&mut maintain, event("maintain/tick.json", "")).await.text();
        let report: Value = serde_json::from_str(&response).expect("JSON");
        assert_eq!(report["delivered_events"], delivered, "{response}");
        let rows = harness.db.rows("select last_error from limit_event_deliveries").await;
        assert!(rows.len() == 3 && rows.iter().all(|row| row["last_error"].as_str() == error), "{rows:?}");
    }
}
