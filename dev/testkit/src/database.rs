//! A migrated database per test, cloned from a template that is migrated once per schema.

use std::hash::{DefaultHasher, Hash, Hasher};

use domain::ids::RequestId;
use ledger::{Database, DatabaseConfig, migrate};
use platform::environment::{AwsConfig, Environment};
use platform::secrets::Secrets;
use serde_json::Value;
use tokio_postgres::{Client, NoTls};

/// The database of one test, deleted on drop.
pub struct TestDb {
    name: String,
    server_url: String,
}

impl TestDb {
    /// # Panics
    /// If `TEST_DATABASE_URL` is missing or its server does not respond.
    pub async fn create() -> Self {
        let server_url = server_url();
        let admin = connect(&server_url).await;
        let template = format!("tokenmeter_template_{:016x}", schema_fingerprint());
        // One session at a time creates the template. Cloning also needs a template without connections.
        admin.batch_execute("select pg_advisory_lock(7461)").await.expect("the server locks");
        let find_template = "select from pg_database where datname = $1 and datistemplate";
        if admin.query_opt(find_template, &[&template]).await.expect("the server answers").is_none() {
            admin
                .batch_execute(&format!("drop database if exists {template} with (force)"))
                .await
                .expect("drop");
            admin.batch_execute(&format!("create database {template}")).await.expect("create");
            migrate::run(&open(&with_database(&server_url, &template), 4)).await.expect("migrations apply");
            admin.batch_execute(&format!("alter database {template} is_template true")).await.expect("alter");
        }
        let name = format!("test_{}", RequestId::generate().as_uuid().simple());
        clone_template(&admin, &template, &name).await;
        admin.batch_execute("select pg_advisory_unlock(7461)").await.expect("the server unlocks");
        Self { name, server_url }
    }

    /// An empty database, for tests of the migrations themselves.
    pub async fn empty() -> Self {
        let server_url = server_url();
        let name = format!("test_{}", RequestId::generate().as_uuid().simple());
        let admin = connect(&server_url).await;
        admin.batch_execute(&format!("create database {name}")).await.expect("the server makes a database");
        Self { name, server_url }
    }

    /// The superuser's URL.
    pub fn url(&self) -> String {
        with_database(&self.server_url, &self.name)
    }

    /// A URL with the permissions of a function's role.
    pub fn url_as(&self, role: &str) -> String {
        let url = self.url();
        let separator = if url.contains('?') { '&' } else { '?' };
        format!("{url}{separator}options=-c%20role%3D{role}")
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// A connection pool, as the superuser.
    pub fn open(&self) -> Database {
        self.open_with(4)
    }

    /// A pool with at most so many connections.
    pub fn open_with(&self, connections: usize) -> Database {
        open(&self.url(), connections)
    }

    /// A plain connection, as the superuser.
    pub async fn client(&self) -> Client {
        connect(&self.url()).await
    }

    /// Runs a query and returns its rows as JSON objects.
    pub async fn rows(&self, sql: &str) -> Vec<Value> {
        let client = self.client().await;
        let wrapped = format!("select to_json(found)::text from ({sql}) as found");
        let rows = client.query(&wrapped, &[]).await.expect("the query runs");
        rows.iter().map(|row| serde_json::from_str(row.get(0)).expect("a JSON object")).collect()
    }

    /// Runs one or several statements.
    pub async fn execute(&self, sql: &str) {
        self.client().await.batch_execute(sql).await.expect("the statement runs");
    }

    /// A connection to the same server, but not to this database.
    pub async fn admin(&self) -> Client {
        connect(&self.server_url).await
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        let (url, name) = (self.server_url.clone(), self.name.clone());
        // Drop cannot await on the test's runtime, so this runs on another thread.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            if let Ok(runtime) = runtime {
                runtime.block_on(async {
                    let admin = connect(&url).await;
                    let _ =
                        admin.batch_execute(&format!("drop database if exists {name} with (force)")).await;
                });
            }
        });
        let _ = dropping.join();
    }
}

#[expect(clippy::disallowed_methods, reason = "tests have no configuration")]
fn server_url() -> String {
    std::env::var("TEST_DATABASE_URL")
        .expect("TEST_DATABASE_URL is not set: run `cargo xtask test rust-tests`, which starts a server")
}

fn open(url: &str, connections: usize) -> Database {
    let environment: Environment = [("DATABASE_URL", url), ("DATABASE_POOL_SIZE", &connections.to_string())]
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .into_iter()
        .collect();
    let config = DatabaseConfig::from_env(&environment).expect("a database URL");
    Database::new(config, Secrets::new(&AwsConfig::default())).expect("a pool")
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the test server answers");
    #[expect(clippy::disallowed_methods, reason = "the driver task of the connection")]
    tokio::spawn(connection);
    client
}

/// Retries while a session is connected to the template, which happens briefly after its migration.
async fn clone_template(admin: &Client, template: &str, name: &str) {
    for _ in 0..200 {
        match admin.batch_execute(&format!("create database {name} template {template}")).await {
            Ok(()) => return,
            Err(error) if error.code() == Some(&tokio_postgres::error::SqlState::OBJECT_IN_USE) => {
                let pause = std::time::Duration::from_millis(25);
                tokio::time::sleep(pause).await;
            }
            Err(error) => panic!("cloning {template} failed: {error}"),
        }
    }
    panic!("{template} is still in use");
}

/// `url` with the name of another database.
fn with_database(url: &str, name: &str) -> String {
    let (base, query) = url.split_once('?').map_or((url, None), |(base, query)| (base, Some(query)));
    let (server, _) = base.rsplit_once('/').expect("a URL with a database");
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{server}/{name}{query}")
}

/// Each schema has its own template.
fn schema_fingerprint() -> u64 {
    let mut hasher = DefaultHasher::new();
    for (name, sql) in migrate::files() {
        (name, sql).hash(&mut hasher);
    }
    hasher.finish()
}
