//! The binaries in what they meet in AWS: a database that takes TLS alone and tokens for passwords, and secrets in
//! Secrets Manager. From an empty database to a metered call, as a first deployment goes.

use std::process::{Command, Stdio};

use domain::keys::PlainKey;
use lambda_host::deployed::{ADMIN_KEY, Deployment};
use lambda_host::{Function, HostError};
use serde_json::Value;
use tempfile::NamedTempFile;

use crate::world::{TIMEOUT, binary, event, invoke};

/// Starts a function with the variables that a deployment gives it, and changes.
async fn function(deployment: &Deployment, name: &str, changes: &[(&str, &str)], log: Stdio) -> Function {
    deployment.function(&binary(name), changes, log).await.expect("the binary starts")
}

/// Migrates the database. Returns the admin key that this wrote to its secret.
async fn migrate(deployment: &Deployment) -> String {
    let environment = [("DEFAULT_ACTION", "migrate"), ("FIRST_ADMIN_KEY_SECRET_ARN", ADMIN_KEY)];
    let mut migrate = function(deployment, "maintain", &environment, Stdio::inherit()).await;
    let report = migrate.invoke("", TIMEOUT).await.expect("ready").response().await.expect("a report");
    assert!(report.text().contains("\"admin_key_created\":true"), "{}", report.text());
    deployment.secrets.value(ADMIN_KEY)
}

/// Why `chat` refused a call, and its log.
async fn refusal(deployment: &Deployment, changes: &[(&str, &str)]) -> (u16, String) {
    let log = NamedTempFile::new().expect("a file");
    let output = Stdio::from(log.reopen().expect("the file again"));
    let changes = [changes, &[("RUST_LOG", "info")]].concat();
    let mut chat = function(deployment, "chat", &changes, output).await;
    // Only the database knows that it does not exist.
    let key = PlainKey::generate().expect("randomness");
    let response = invoke(&mut chat, event("chat/plain.json", key.reveal())).await;
    (response.status, std::fs::read_to_string(log.path()).expect("the log"))
}

#[tokio::test]
async fn first_deployment_goes_from_an_empty_database_to_metered_calls() {
    let Some(deployment) = Deployment::start().await else { return };
    let admin_key = migrate(&deployment).await;
    let mut admin = function(&deployment, "admin", &[], Stdio::inherit()).await;
    let created = invoke(&mut admin, event("admin/keys-create.json", &admin_key)).await;
    assert_eq!(created.status, 201, "{}", created.text());
    let created: Value = serde_json::from_str(&created.text()).expect("JSON");
    let key = created["secret"].as_str().expect("a secret");

    let mut chat = function(&deployment, "chat", &[], Stdio::inherit()).await;
    assert_eq!(invoke(&mut chat, event("chat/plain.json", key)).await.status, 200);
    // A thawed environment finds its session gone, and logs in with a new token.
    chat.freeze().await.expect("stopped");
    deployment.database.end_sessions_of("tokenmeter_chat").await;
    chat.thaw().expect("continued");
    let response = invoke(&mut chat, event("chat/stream.json", key)).await;
    assert_eq!(response.status, 200, "{}", response.text());

    let mut summary = function(&deployment, "summary", &[], Stdio::inherit()).await;
    let usage = invoke(&mut summary, event("summary/multi-value-query.json", &admin_key)).await;
    let usage: Value = serde_json::from_str(&usage.text()).expect("JSON");
    assert_eq!(usage[0]["calls"], 2, "{usage}");
    let users = ["admin", "chat", "chat", "summary"].map(|name| format!("tokenmeter_{name}"));
    assert_eq!(deployment.iam.logins(), users.map(Ok));
    assert_eq!(deployment.database.sessions_without_tls().await, 0);
    chat.terminate().expect("signalled");
    chat.exit().await.expect("the function exits");
}

/// As the runbook has it, for rebuilds that take longer than an invocation may. The command reads secrets from another
/// thread of this test.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn rebuild_of_the_command_line_reaches_the_deployed_database() {
    let Some(deployment) = Deployment::start().await else { return };
    migrate(&deployment).await;
    let run = |changes: &[(&str, &str)]| {
        let mut rebuild = Command::new(binary("local"));
        rebuild.args(["rebuild", "--from", "2026-01-01T00:00:00Z"]).env_clear();
        rebuild
            .env("AWS_REGION", "us-east-1")
            .envs(deployment.variables("maintain", changes))
            .output()
            .expect("it runs")
    };
    let rebuilt = run(&[]);
    assert!(rebuilt.status.success(), "{rebuilt:?}");
    // Without the authority of this database, only the public ones and those of RDS are trusted.
    let distrusted = run(&[("DATABASE_CA_FILE", "")]);
    assert!(!distrusted.status.success(), "{distrusted:?}");
    assert!(format!("{distrusted:?}").contains("UnknownIssuer"), "{distrusted:?}");
}

#[tokio::test]
async fn database_that_cannot_be_trusted_gets_no_call_and_the_log_says_why() {
    let Some(deployment) = Deployment::start().await else { return };
    migrate(&deployment).await;
    let plain = format!(
        "postgres://tokenmeter_chat@localhost:{}/tokenmeter?sslmode=disable",
        deployment.database.port()
    );
    let without_parts = [("DATABASE_HOST", ""), ("DATABASE_AUTH", ""), ("DATABASE_URL", plain.as_str())];
    let cases: [(&[(&str, &str)], &str); 4] = [
        // Only the public authorities and those of RDS are left.
        (&[("DATABASE_CA_FILE", "")], "UnknownIssuer"),
        // The certificate names `localhost`.
        (&[("DATABASE_HOST", "127.0.0.1")], "not valid for name"),
        (&[("AWS_SECRET_ACCESS_KEY", "of-another-account")], "authentication failed"),
        (&without_parts, "no encryption"),
    ];
    for (changes, reason) in cases {
        let (status, log) = refusal(&deployment, changes).await;
        assert_eq!(status, 503, "{changes:?}: {log}");
        assert!(log.contains(reason), "{changes:?}: {log}");
    }
    let refused = Err("the signature of tokenmeter_chat differs".to_owned());
    assert!(deployment.iam.logins().iter().all(|login| *login == refused), "{:?}", deployment.iam.logins());
    assert!(deployment.mock.requests().is_empty(), "nothing was sent to the provider");
}

#[tokio::test]
async fn provider_and_aws_of_unknown_authorities_are_not_trusted() {
    let Some(deployment) = Deployment::start().await else { return };
    let key = deployment.migrate_and_create_key().await;
    let changes = [("UPSTREAM_CA_FILE", ""), ("UPSTREAM_MAX_RETRIES", "0")];
    let mut chat = function(&deployment, "chat", &changes, Stdio::inherit()).await;
    assert_eq!(invoke(&mut chat, event("chat/plain.json", &key)).await.status, 502);
    assert!(deployment.mock.requests().is_empty(), "nothing was sent to the provider");

    let log = NamedTempFile::new().expect("a file");
    let output = Stdio::from(log.reopen().expect("the file again"));
    let changes = [("AWS_CA_BUNDLE", ""), ("RUST_LOG", "info")];
    let mut chat = function(&deployment, "chat", &changes, output).await;
    let started = chat.ready().await;
    assert!(matches!(started, Err(HostError::Exited(status)) if !status.success()), "{started:?}");
    let log = std::fs::read_to_string(log.path()).expect("the log");
    assert!(log.contains("cannot read secret") && log.contains("UnknownIssuer"), "{log}");
}
