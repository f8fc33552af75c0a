//! The database hangs: it neither answers nor closes connections. Callers get a 503 long before their deadline.

use std::path::Path;
use std::time::{Duration, Instant};

use axum::Router;
use chat::{ChatState, Config};
use domain::keys::{KeyHasher, NewKey, PlainKey, Scope};
use http::StatusCode;
use ledger::{Database, DatabaseConfig, keys, migrate};
use mock_provider::MockProvider;
use platform::environment::{AwsConfig, Environment};
use platform::secrets::Secrets;
use postgres_dev::Server;
use serde_json::json;
use testkit::{Harness, PEPPER, post};
use tokio::task::block_in_place;
use tokio_postgres::NoTls;

use crate::router;

const PATH: &str = "/v1/chat/completions";

/// Far below the 20 s that the provider has in these tests, and far above the 5 s after which admission gives up.
const TOO_LONG: Duration = Duration::from_secs(14);

async fn assert_unavailable(router: &Router, key: &str) {
    let started = Instant::now();
    let body = json!({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}]});
    let reply = post(router, PATH, key, body).await;
    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE, "{}", reply.text());
    assert_eq!(reply.json()["error"]["code"], "database_unavailable");
    assert!(reply.headers.contains_key("retry-after"));
    assert!(started.elapsed() < TOO_LONG, "{:?}", started.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_server_is_an_outage_within_seconds() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.dev");
    let server = block_in_place(|| Server::temporary(&home, &|_| {})).unwrap();
    let (url, mock) = (server.url(), MockProvider::start().await);
    let environment: Environment = [("DATABASE_URL".to_owned(), url.clone())].into_iter().collect();
    let config = DatabaseConfig::from_env(&environment).unwrap();
    let owner = Database::new(config, Secrets::new(&AwsConfig::default())).unwrap();
    migrate::run(&owner).await.unwrap();
    let key = PlainKey::generate().unwrap();
    let new =
        NewKey { name: "test", user_label: None, scopes: &[Scope::Chat], models: None, expires_at: None };
    keys::create(&owner, &new, &key, KeyHasher::new(&PEPPER.into()).hash(&key)).await.unwrap().unwrap();
    // As deployed: a login of the function's own role, whose settings apply to its sessions.
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    #[expect(clippy::disallowed_methods, reason = "the driver task of the connection")]
    tokio::spawn(connection);
    client.batch_execute("alter role tokenmeter_chat password 'chat'").await.unwrap();
    let login = url.replace("tokenmeter:tokenmeter@", "tokenmeter_chat:chat@");
    let base_url = mock.base_url();
    let variables = [
        ("DATABASE_URL", login.as_str()),
        ("DATABASE_POOL_SIZE", "1"),
        ("OPENAI_API_BASE", base_url.as_str()),
        ("OPENAI_API_KEY", "sk-mock-of-the-tests"),
        ("KEY_PEPPER", PEPPER),
        ("UPSTREAM_TIMEOUT_SECONDS", "20"),
    ];
    let environment = || {
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        variables.into_iter().collect::<Environment>()
    };
    let connected = ChatState::new(Config::from_env(&environment()).unwrap()).await.unwrap();
    connected.warm_up().await;
    let new = ChatState::new(Config::from_env(&environment()).unwrap()).await.unwrap();
    let (connected, new) = (chat::router(connected), chat::router(new));

    server.freeze().unwrap();
    // One has a session that hangs; the other's login hangs.
    tokio::join!(assert_unavailable(&connected, key.reveal()), assert_unavailable(&new, key.reveal()));
    assert_eq!(mock.counters().total.requests, 0);
    server.thaw().unwrap();
    let body = json!({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}]});
    for router in [&connected, &new] {
        let reply = post(router, PATH, key.reveal(), body.clone()).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    }
    let settings = "select string_agg(setting, ' ' order by name) from pg_settings
        where name in ('statement_timeout', 'idle_session_timeout', 'idle_in_transaction_session_timeout')";
    let (role, connection) = tokio_postgres::connect(&login, NoTls).await.unwrap();
    #[expect(clippy::disallowed_methods, reason = "the driver task of the connection")]
    tokio::spawn(connection);
    let shown: String = role.query_one(settings, &[]).await.unwrap().get(0);
    assert_eq!(shown, "15000 120000 15000");
    block_in_place(|| drop(server));
}

#[tokio::test]
async fn held_lock_is_an_outage_within_seconds() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let locker = harness.db.client().await;
    for table in ["open_calls", "api_keys"] {
        locker.batch_execute(&format!("begin; lock table {table} in access exclusive mode")).await.unwrap();
        assert_unavailable(&router, &key).await;
        locker.batch_execute("commit").await.unwrap();
    }
    assert_eq!(harness.mock.counters().total.requests, 0);
}

/// Sessions of the previous version fill the database for a moment after a deployment.
#[tokio::test]
async fn full_database_has_room_again_and_the_call_is_admitted() {
    let harness = Harness::start().await;
    let (router, key) = (router(&harness, &[]).await, harness.key().create().await);
    let limit = async |sessions: i32| {
        let name = harness.db.name();
        harness.db.execute(&format!("alter database \"{name}\" connection limit {sessions}")).await;
    };
    limit(0).await;
    let body = json!({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Hello"}]});
    let make_room = async {
        // The call's first login comes before, as a rule; one that comes later is admitted too.
        tokio::time::sleep(Duration::from_millis(300)).await;
        limit(-1).await;
    };
    let (reply, ()) = tokio::join!(post(&router, PATH, &key, body), make_room);
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert_eq!(harness.only_row().await["status"], "settled");
}
