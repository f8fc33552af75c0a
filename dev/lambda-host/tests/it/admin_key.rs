//! The first admin key of a deployment, written to Secrets Manager by the binary of `maintain`.

use std::fmt::Write as _;
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use domain::keys::{KeyHasher, PlainKey};
use http::{HeaderMap, StatusCode, header};
use lambda_host::{Function, HostError};
use serde_json::{Value, json};
use tempfile::NamedTempFile;
use testkit::{Harness, PEPPER};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::world::{TIMEOUT, start_logging};

const ARN: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:first-admin-key";
const PLACEHOLDER: &str = "written-by-the-first-deployment";

/// Implements `GetSecretValue` and `PutSecretValue` of one secret.
struct SecretsManager {
    url: String,
    secret: Arc<Secret>,
    _server: JoinSet<()>,
}

struct Secret {
    versions: Mutex<Vec<String>>,
    /// Writes are stored, but their response never arrives.
    is_silent: Mutex<bool>,
    written: Notify,
}

impl SecretsManager {
    async fn start() -> Self {
        let secret = Arc::new(Secret {
            versions: Mutex::new(vec![PLACEHOLDER.to_owned()]),
            is_silent: Mutex::new(false),
            written: Notify::new(),
        });
        let router = Router::new().route("/", post(serve)).with_state(Arc::clone(&secret));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await.expect("a server") });
        Self { url, secret, _server: server }
    }

    fn versions(&self) -> Vec<String> {
        self.secret.versions.lock().expect("no panic elsewhere").clone()
    }

    fn set_silent(&self, is_silent: bool) {
        *self.secret.is_silent.lock().expect("no panic elsewhere") = is_silent;
    }
}

async fn serve(
    State(secret): State<Arc<Secret>>,
    headers: HeaderMap,
    body: String,
) -> (StatusCode, [(header::HeaderName, &'static str); 1], String) {
    let request: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(request["SecretId"], ARN);
    let mut response = json!({"ARN": ARN, "Name": "first-admin-key", "VersionId": "1", "CreatedDate": 1.7e9});
    if headers["x-amz-target"] == "secretsmanager.PutSecretValue" {
        let value = request["SecretString"].as_str().expect("text").to_owned();
        secret.versions.lock().expect("no panic elsewhere").push(value);
        secret.written.notify_one();
        if *secret.is_silent.lock().expect("no panic elsewhere") {
            return std::future::pending().await;
        }
    } else {
        assert_eq!(headers["x-amz-target"], "secretsmanager.GetSecretValue");
        let current = secret.versions.lock().expect("no panic elsewhere").last().cloned();
        response["SecretString"] = json!(current);
    }
    (StatusCode::OK, [(header::CONTENT_TYPE, "application/x-amz-json-1.1")], response.to_string())
}

struct World {
    harness: Harness,
    secrets: SecretsManager,
    log: NamedTempFile,
    shown: String,
}

impl World {
    async fn start() -> Self {
        let (harness, secrets) = tokio::join!(Harness::start(), SecretsManager::start());
        Self { harness, secrets, log: NamedTempFile::new().expect("a file"), shown: String::new() }
    }

    /// The function that a deployment invokes.
    async fn migrate(&self) -> Function {
        let environment = [
            ("DEFAULT_ACTION", "migrate"),
            ("FIRST_ADMIN_KEY_SECRET_ARN", ARN),
            ("AWS_ENDPOINT_URL", self.secrets.url.as_str()),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "secret-of-the-platform"),
            ("RUST_LOG", "debug"),
        ];
        let file = std::fs::File::options().append(true).open(self.log.path()).expect("the log");
        start_logging(&self.harness, "maintain", &environment, Stdio::from(file)).await
    }

    /// Invokes a function and returns whether it created a key.
    async fn invoke(&mut self, function: &mut Function, payload: &str) -> bool {
        let invocation = function.invoke(payload.to_owned(), TIMEOUT).await.expect("ready");
        let text = invocation.response().await.expect("a report").text();
        let report: Value = serde_json::from_str(&text).expect("JSON");
        self.shown.push_str(&text);
        report["admin_key_created"].as_bool().expect("a boolean")
    }

    async fn deploy(&mut self) -> bool {
        let mut function = self.migrate().await;
        self.invoke(&mut function, "").await
    }

    /// Names of the keys whose secret is the current value, and that are valid.
    async fn keys_of_secret(&self) -> Vec<Value> {
        let value = self.secrets.versions().pop().expect("a value");
        let key = PlainKey::parse(&value).expect("a well-formed key");
        let hash = KeyHasher::new(&PEPPER.into()).hash(&key);
        let mut hex = String::new();
        for byte in hash.as_bytes() {
            write!(hex, "{byte:02x}").expect("a string");
        }
        let sql = format!(
            "select k.name, k.scopes, k.user_label from api_keys k join api_key_secrets s on s.key_id = k.id
            where s.secret_hash = '\\x{hex}' and k.revoked_at is null and s.expires_at is null"
        );
        self.harness.db.rows(&sql).await
    }

    async fn keys(&self) -> usize {
        self.harness.db.rows("select from api_keys").await.len()
    }

    fn assert_nothing_shown(mut self) {
        std::io::Read::read_to_string(&mut self.log, &mut self.shown).expect("the log");
        assert!(self.shown.contains("\"level\":\"DEBUG\""), "the log is not empty");
        for key in self.secrets.versions() {
            // The random part of the key.
            let part = &key[key.len().min(11)..];
            assert!(key == PLACEHOLDER || !self.shown.contains(part), "{}", self.shown);
        }
    }
}

fn admin(name: &str) -> Vec<Value> {
    vec![json!({"name": name, "scopes": ["admin"], "user_label": null})]
}

#[tokio::test]
async fn first_deployment_writes_one_admin_key_to_its_secret_and_later_ones_none() {
    let mut world = World::start().await;
    assert!(world.deploy().await);
    assert_eq!(world.keys_of_secret().await, admin("First admin key"));
    for _ in 0..2 {
        assert!(!world.deploy().await);
    }
    assert_eq!((world.secrets.versions().len(), world.keys().await), (2, 1));
    let entries = "select action, subject_kind, actor_name, after->>'name' as name from audit_log";
    assert_eq!(
        world.harness.db.rows(entries).await,
        [
            json!({"action": "create", "subject_kind": "key", "actor_name": "First admin key", "name": "First admin key"})
        ]
    );
    world.assert_nothing_shown();
}

#[tokio::test]
async fn deployments_at_the_same_time_create_one_key() {
    let world = World::start().await;
    let (mut one, mut two) = tokio::join!(world.migrate(), world.migrate());
    let deploy = async |function: &mut Function| {
        let invocation = function.invoke("", TIMEOUT).await.expect("ready");
        invocation.response().await.expect("a report").text().contains("\"admin_key_created\":true")
    };
    let (one, two) = tokio::join!(deploy(&mut one), deploy(&mut two));
    assert!(one != two, "{one} {two}");
    assert_eq!(world.keys_of_secret().await, admin("First admin key"));
    assert_eq!((world.secrets.versions().len(), world.keys().await), (2, 1));
}

/// The function is killed after the secret is written and before the key is stored. Someone may have read it by then.
#[tokio::test]
async fn key_that_was_written_and_not_stored_is_stored_by_the_next_deployment() {
    let mut world = World::start().await;
    world.secrets.set_silent(true);
    let mut killed = world.migrate().await;
    let secret = Arc::clone(&world.secrets.secret);
    let invocation = killed.invoke("", TIMEOUT).await.expect("ready");
    secret.written.notified().await;
    drop(invocation);
    killed.kill().await.expect("killed");
    assert_eq!(world.keys().await, 0);
    world.secrets.set_silent(false);
    assert!(world.deploy().await);
    assert_eq!(world.secrets.versions().len(), 2, "not written again");
    assert_eq!(world.keys_of_secret().await, admin("First admin key"));
    world.assert_nothing_shown();
}

#[tokio::test]
async fn deleted_key_does_not_come_back() {
    let mut world = World::start().await;
    assert!(world.deploy().await);
    let other = world.harness.key().scopes(&[domain::keys::Scope::Admin]).create().await;
    world.harness.db.execute("update api_keys set revoked_at = now() where name = 'First admin key'").await;
    assert!(!world.deploy().await, "there is another admin key");
    assert_eq!(world.keys_of_secret().await, Vec::<Value>::new());
    // Without any admin key no request could create one: a new one is written.
    world.harness.db.execute("update api_keys set expires_at = now() where revoked_at is null").await;
    let revoked = world.secrets.versions().pop();
    assert!(world.deploy().await);
    assert!(world.secrets.versions().pop() != revoked && world.secrets.versions().pop() != Some(other));
    assert_eq!(world.keys_of_secret().await, admin("First admin key"));
    world.assert_nothing_shown();
}

#[tokio::test]
async fn operator_without_any_key_gets_another_one() {
    let mut world = World::start().await;
    assert!(world.deploy().await);
    let first = world.secrets.versions().pop();
    let mut function = world.migrate().await;
    assert!(world.invoke(&mut function, r#"{"action": "create_admin_key"}"#).await);
    assert!(world.secrets.versions().pop() != first);
    assert_eq!(world.keys_of_secret().await, admin("First admin key"));
    assert_eq!(world.keys().await, 2, "the other key stays until it is revoked");
    world.assert_nothing_shown();

    let harness = Harness::start().await;
    let mut without = crate::world::start(&harness, "maintain").await;
    let refused =
        without.invoke(r#"{"action": "create_admin_key"}"#, TIMEOUT).await.expect("ready").response().await;
    let Err(HostError::Failed(failure)) = refused else { panic!("{refused:?}") };
    assert!(
        failure.error_message.contains("FIRST_ADMIN_KEY_SECRET_ARN is not set"),
        "{}",
        failure.error_message
    );
}
