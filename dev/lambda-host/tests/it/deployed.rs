//! The binaries in what they meet in AWS: a database that takes TLS alone and tokens for passwords, and secrets in
//! Secrets Manager. From an empty database to a metered call, as a first deployment goes.

mod database;
mod iam;
mod ldap;
mod secrets;

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use lambda_host::{DEPLOYED, Function};
use serde_json::Value;
use tempfile::NamedTempFile;
use testkit::Harness;

use self::database::TlsDatabase;
use self::iam::Iam;
use self::secrets::{ADMIN_KEY, OWNER, PEPPER, PROVIDER_KEY, SecretsManager};
use crate::world::{TIMEOUT, binary, event, invoke};

const ACCESS_KEY: [(&str, &str); 2] =
    [("AWS_ACCESS_KEY_ID", iam::KEY_ID), ("AWS_SECRET_ACCESS_KEY", iam::SECRET)];

struct World {
    /// For its mock provider; its database is not used.
    harness: Harness,
    secrets: SecretsManager,
    iam: Iam,
    database: TlsDatabase,
}

impl World {
    /// `None` if the installed Postgres cannot ask for passwords elsewhere.
    async fn start() -> Option<Self> {
        let (harness, secrets, iam) = tokio::join!(Harness::start(), SecretsManager::start(), Iam::start());
        let database = TlsDatabase::start(iam.port).await?;
        Some(Self { harness, secrets, iam, database })
    }

    /// A function with the variables that a deployment gives it, and changes.
    async fn function(&self, name: &str, changes: &[(&str, &str)], log: Stdio) -> Function {
        let variables = self.variables(name, changes);
        Function::start_with_output(&binary(name), variables, log).await.expect("the binary starts")
    }

    fn variables(&self, name: &str, changes: &[(&str, &str)]) -> BTreeMap<String, String> {
        let port = self.database.port().to_string();
        let (user, ca) = (format!("tokenmeter_{name}"), self.database.authority());
        let login = match name {
            "maintain" => [("DATABASE_AUTH", "secret"), ("DATABASE_SECRET_ARN", OWNER)],
            _ => [("DATABASE_AUTH", "iam"), ("DATABASE_USER", user.as_str())],
        };
        let common = [
            ("DATABASE_URL", ""),
            ("DATABASE_HOST", "localhost"),
            ("DATABASE_PORT", port.as_str()),
            ("DATABASE_NAME", "tokenmeter"),
            ("DATABASE_CA_FILE", ca.as_str()),
            ("KEY_PEPPER", ""),
            ("KEY_PEPPER_SECRET_ARN", PEPPER),
            ("OPENAI_API_KEY", ""),
            ("OPENAI_SECRET_ARN", PROVIDER_KEY),
            ("AWS_ENDPOINT_URL", self.secrets.url.as_str()),
        ];
        let variables = [&DEPLOYED[..], &common, &login, &ACCESS_KEY, changes].concat();
        self.harness.variables(name, &variables)
    }

    /// Migrates the database. Returns the admin key that this wrote to its secret.
    async fn migrate(&self) -> String {
        let environment = [("DEFAULT_ACTION", "migrate"), ("FIRST_ADMIN_KEY_SECRET_ARN", ADMIN_KEY)];
        let mut migrate = self.function("maintain", &environment, Stdio::inherit()).await;
        let report = migrate.invoke("", TIMEOUT).await.expect("ready").response().await.expect("a report");
        assert!(report.text().contains("\"admin_key_created\":true"), "{}", report.text());
        self.secrets.value(ADMIN_KEY)
    }

    /// Why `chat` refused a call, and its log.
    async fn refusal(&self, changes: &[(&str, &str)]) -> (u16, String) {
        let log = NamedTempFile::new().expect("a file");
        let output = Stdio::from(log.reopen().expect("the file again"));
        let mut chat = self.function("chat", &[changes, &[("RUST_LOG", "info")]].concat(), output).await;
        let response = invoke(&mut chat, event("chat/plain.json", "tm_none")).await;
        (response.status, std::fs::read_to_string(log.path()).expect("the log"))
    }
}

#[tokio::test]
async fn first_deployment_goes_from_an_empty_database_to_metered_calls() {
    let Some(world) = World::start().await else { return };
    let admin_key = world.migrate().await;
    let mut admin = world.function("admin", &[], Stdio::inherit()).await;
    let created = invoke(&mut admin, event("admin/keys-create.json", &admin_key)).await;
    assert_eq!(created.status, 201, "{}", created.text());
    let created: Value = serde_json::from_str(&created.text()).expect("JSON");
    let key = created["secret"].as_str().expect("a secret");

    let mut chat = world.function("chat", &[], Stdio::inherit()).await;
    assert_eq!(invoke(&mut chat, event("chat/plain.json", key)).await.status, 200);
    // A thawed environment finds its session gone, and logs in with a new token.
    chat.freeze().await.expect("stopped");
    world.database.end_sessions_of("tokenmeter_chat").await;
    chat.thaw().expect("continued");
    let response = invoke(&mut chat, event("chat/stream.json", key)).await;
    assert_eq!(response.status, 200, "{}", response.text());

    let mut summary = world.function("summary", &[], Stdio::inherit()).await;
    let usage = invoke(&mut summary, event("summary/multi-value-query.json", &admin_key)).await;
    let usage: Value = serde_json::from_str(&usage.text()).expect("JSON");
    assert_eq!(usage[0]["calls"], 2, "{usage}");
    let users = ["admin", "chat", "chat", "summary"].map(|name| format!("tokenmeter_{name}"));
    assert_eq!(world.iam.logins(), users.map(Ok));
    assert_eq!(world.database.sessions_without_tls().await, 0);
    chat.terminate().expect("signalled");
    chat.exit().await.expect("the function exits");
}

/// As the runbook has it, for rebuilds that take longer than an invocation may.
#[tokio::test]
async fn rebuild_of_the_command_line_reaches_the_deployed_database() {
    let Some(world) = World::start().await else { return };
    world.migrate().await;
    let run = |changes: &[(&str, &str)]| {
        let mut rebuild = Command::new(binary("local"));
        rebuild.args(["rebuild", "--from", "2026-01-01T00:00:00Z"]).env_clear();
        rebuild.envs(world.variables("maintain", changes)).output().expect("it runs")
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
    let Some(world) = World::start().await else { return };
    world.migrate().await;
    let plain =
        format!("postgres://tokenmeter_chat@localhost:{}/tokenmeter?sslmode=disable", world.database.port());
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
        let (status, log) = world.refusal(changes).await;
        assert_eq!(status, 503, "{changes:?}: {log}");
        assert!(log.contains(reason), "{changes:?}: {log}");
    }
    let refused = Err("the signature of tokenmeter_chat differs".to_owned());
    assert!(world.iam.logins().iter().all(|login| *login == refused), "{:?}", world.iam.logins());
    assert!(world.harness.mock.requests().is_empty(), "nothing was sent to the provider");
}
