//! Secrets Manager, as far as functions use it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

pub(super) const OWNER: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:owner";
pub(super) const PEPPER: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:pepper";
pub(super) const PROVIDER_KEY: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:provider";
pub const ADMIN_KEY: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:first-admin-key";

/// What keys are hashed with.
pub(super) const PEPPER_VALUE: &str = "pepper-of-the-deployment";

type Values = Arc<Mutex<HashMap<String, String>>>;

pub struct SecretsManager {
    pub(super) address: SocketAddr,
    values: Values,
    _server: JoinSet<()>,
}

impl SecretsManager {
    /// With the secrets that a deployment has before its first migration.
    pub(super) async fn start() -> Self {
        let owner = json!({"username": postgres_dev::USER, "password": postgres_dev::PASSWORD}).to_string();
        let values = [
            (OWNER, owner.as_str()),
            (PEPPER, PEPPER_VALUE),
            (PROVIDER_KEY, "sk-provider-0123456789abcdef"),
            (ADMIN_KEY, "written-by-the-first-deployment"),
        ];
        let values = values.map(|(arn, value)| (arn.to_owned(), value.to_owned()));
        let values: Values = Arc::new(Mutex::new(values.into()));
        let router = Router::new().route("/", post(serve)).with_state(Arc::clone(&values));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await.expect("a server") });
        Self { address, values, _server: server }
    }

    /// The current value of a secret.
    pub fn value(&self, arn: &str) -> String {
        self.values.lock().expect("no panic elsewhere")[arn].clone()
    }
}

async fn serve(State(values): State<Values>, headers: HeaderMap, body: String) -> (StatusCode, String) {
    let request: Value = serde_json::from_str(&body).expect("JSON");
    let arn = request["SecretId"].as_str().expect("an ARN").to_owned();
    let mut values = values.lock().expect("no panic elsewhere");
    if headers["x-amz-target"] == "secretsmanager.PutSecretValue" {
        values.insert(arn.clone(), request["SecretString"].as_str().expect("text").to_owned());
    }
    let found = json!({
        "ARN": arn, "Name": "name", "VersionId": "1", "SecretString": values.get(&arn), "CreatedDate": 1.7e9
    });
    (StatusCode::OK, found.to_string())
}
