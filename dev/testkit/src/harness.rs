//! A test's world: its database, its provider, and the keys it makes.

use std::time::Duration;

use domain::ids::LimitId;
use domain::keys::{KeyHasher, NewKey, PlainKey, Scope};
use ledger::keys;
use mock_openai::MockOpenAi;
use platform::environment::Environment;
use serde_json::Value;

use crate::TestDb;

pub const PEPPER: &str = "pepper-of-the-tests";

pub struct Harness {
    pub db: TestDb,
    pub mock: MockOpenAi,
}

impl Harness {
    pub async fn start() -> Self {
        let (db, mock) = tokio::join!(TestDb::create(), MockOpenAi::start());
        Self { db, mock }
    }

    /// The environment of a function whose database role is `tokenmeter_<function>`, with changes.
    pub fn environment(&self, function: &str, changes: &[(&str, &str)]) -> Environment {
        let database = self.db.url_as(&format!("tokenmeter_{function}"));
        let base_url = self.mock.base_url();
        let defaults = [
            ("DATABASE_URL", database.as_str()),
            ("DATABASE_POOL_SIZE", "8"),
            ("OPENAI_API_BASE", base_url.as_str()),
            ("OPENAI_API_KEY", "sk-mock-of-the-tests"),
            ("KEY_PEPPER", PEPPER),
            ("ACCEPT_PROVIDER_KEYS", "true"),
            ("UPSTREAM_TIMEOUT_SECONDS", "20"),
        ];
        // Later ones win.
        defaults
            .iter()
            .chain(changes)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    pub fn key(&self) -> KeyBuilder<'_> {
        KeyBuilder {
            harness: self,
            scopes: vec![Scope::Chat],
            user_label: None,
            models: None,
            lifetime: None,
        }
    }

    /// Sets a limit on `global`, `label:<label>` or `key:<id>`; the amount in pico-USD for money. Answers its uuid.
    pub async fn limit(&self, subject: &str, metric: &str, period: &str, amount: i64, mode: &str) -> String {
        let (kind, id) = subject.split_once(':').unwrap_or((subject, ""));
        let limit_id = LimitId::generate().as_uuid();
        self.db
            .execute(&format!(
                "insert into limits (id, subject_kind, subject_id, metric, period, amount, mode)
                values ('{limit_id}', '{kind}', '{id}', '{metric}', '{period}', {amount}, '{mode}')"
            ))
            .await;
        limit_id.to_string()
    }

    /// The windows of all limits, the oldest first.
    pub async fn windows(&self) -> Vec<Value> {
        self.db.rows("select * from limit_windows order by id").await
    }

    /// The ledger, oldest first.
    pub async fn ledger(&self) -> Vec<Value> {
        self.db.rows("select * from usage_logs order by created_at, revision").await
    }

    /// The one row of the ledger.
    ///
    /// # Panics
    /// Where there is none or more than one.
    pub async fn only_row(&self) -> Value {
        let mut rows = self.ledger().await;
        assert_eq!(rows.len(), 1, "{rows:#?}");
        rows.remove(0)
    }

    pub async fn open_calls(&self) -> usize {
        self.db.rows("select id from open_calls").await.len()
    }

    /// Asks again until `condition` holds.
    ///
    /// # Panics
    /// Where it does not within ten seconds.
    pub async fn eventually(&self, what: &str, condition: impl AsyncFn() -> bool) {
        let started = std::time::Instant::now();
        while !condition().await {
            assert!(started.elapsed() < Duration::from_secs(10), "never happened: {what}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Makes a key; by default for chat, unbound, for all models and for ever.
pub struct KeyBuilder<'a> {
    harness: &'a Harness,
    scopes: Vec<Scope>,
    user_label: Option<String>,
    models: Option<Vec<String>>,
    lifetime: Option<&'static str>,
}

impl KeyBuilder<'_> {
    #[must_use]
    pub fn scopes(mut self, scopes: &[Scope]) -> Self {
        self.scopes = scopes.to_vec();
        self
    }

    #[must_use]
    pub fn label(mut self, label: &str) -> Self {
        self.user_label = Some(label.to_owned());
        self
    }

    #[must_use]
    pub fn models(mut self, globs: &[&str]) -> Self {
        self.models = Some(globs.iter().map(|glob| (*glob).to_owned()).collect());
        self
    }

    /// An interval of Postgres from now on; a negative one is over already.
    #[must_use]
    pub fn expires_in(mut self, interval: &'static str) -> Self {
        self.lifetime = Some(interval);
        self
    }

    /// Stores the key and answers its secret.
    pub async fn create(self) -> String {
        let key = PlainKey::generate().expect("randomness");
        let hasher = KeyHasher::new(&PEPPER.into());
        let new = NewKey {
            name: "test",
            user_label: self.user_label.as_deref(),
            scopes: &self.scopes,
            models: self.models.as_deref(),
            expires_at: None,
        };
        let id = keys::create(&self.harness.db.open(), &new, &key, hasher.hash(&key)).await;
        let id = id.expect("the key is stored").expect("the key is new").as_uuid();
        if let Some(lifetime) = self.lifetime {
            let change = format!(
                "update api_keys set expires_at = clock_timestamp() + interval '{lifetime}' where id = '{id}'"
            );
            self.harness.db.execute(&change).await;
        }
        key.reveal().to_owned()
    }
}
