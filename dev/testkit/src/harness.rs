//! What a test runs with: its database, its provider, keys and limits.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::keys::{KeyHasher, NewKey, PlainKey, Scope};
use domain::limits::Metric;
use ledger::keys;
use mock_provider::MockProvider;
use platform::environment::Environment;
use serde_json::Value;

use crate::{LimitBuilder, TestDb};

pub const PEPPER: &str = "pepper-of-the-tests";

pub struct Harness {
    pub db: TestDb,
    pub mock: MockProvider,
}

impl Harness {
    /// Creates the database and starts the mock provider.
    pub async fn start() -> Self {
        let (db, mock) = tokio::join!(TestDb::create(), MockProvider::start());
        Self { db, mock }
    }

    /// The environment of a function, with changes.
    pub fn environment(&self, function: &str, changes: &[(&str, &str)]) -> Environment {
        self.variables(function, changes).into_iter().collect()
    }

    /// The variables of a function, with changes; an empty value unsets one. A function connects with its own role,
    /// `maintain` as the owner of the schema.
    pub fn variables(&self, function: &str, changes: &[(&str, &str)]) -> BTreeMap<String, String> {
        let database = match function {
            "maintain" => self.db.url(),
            _ => self.db.url_as(&format!("tokenmeter_{function}")),
        };
        variables(&database, &self.mock, changes)
    }

    /// Builds an API key.
    pub fn key(&self) -> KeyBuilder<'_> {
        KeyBuilder {
            harness: self,
            scopes: vec![Scope::Chat],
            user_label: None,
            models: None,
            lifetime: None,
        }
    }

    /// Builds a limit. Amounts of money are in pico-USD.
    pub fn limit(&self, metric: Metric, amount: i64) -> LimitBuilder<'_> {
        LimitBuilder::new(self, metric, amount)
    }

    /// Lets the keys that exist use objects of these ids, as if an earlier call had made them.
    pub async fn own_objects(&self, ids: impl IntoIterator<Item = String>) {
        for id in ids {
            self.db
                .execute(&format!(
                    "insert into provider_objects (object_id, call_id, key_id, user_label, model)
                    select '{id}', gen_random_uuid(), k.id, 'unlabelled', 'gpt-4o-mini' from api_keys k limit 1"
                ))
                .await;
        }
    }

    /// The windows of all limits, oldest first.
    pub async fn windows(&self) -> Vec<Value> {
        self.db.rows("select * from limit_windows order by id").await
    }

    /// The ledger, oldest first.
    pub async fn ledger(&self) -> Vec<Value> {
        self.db.rows("select * from usage_logs order by created_at, revision").await
    }

    /// The only row of the ledger.
    ///
    /// # Panics
    /// If there are none or several.
    pub async fn only_row(&self) -> Value {
        let mut rows = self.ledger().await;
        assert_eq!(rows.len(), 1, "{rows:#?}");
        rows.remove(0)
    }

    /// The number of open calls.
    pub async fn open_calls(&self) -> usize {
        self.db.rows("select id from open_calls").await.len()
    }

    /// Polls until `condition` holds.
    ///
    /// # Panics
    /// If it does not hold within ten seconds.
    pub async fn eventually(&self, what: &str, condition: impl AsyncFn() -> bool) {
        let started = std::time::Instant::now();
        while !condition().await {
            assert!(started.elapsed() < Duration::from_secs(10), "did not happen within 10 s: {what}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// The variables of a function with this database and provider, with changes; an empty value unsets one.
pub fn variables(
    database_url: &str,
    mock: &MockProvider,
    changes: &[(&str, &str)],
) -> BTreeMap<String, String> {
    let base_url = mock.base_url();
    let bedrock = format!("http://{}", mock.address());
    let defaults = [
        ("DATABASE_URL", database_url),
        ("DATABASE_POOL_SIZE", "8"),
        ("OPENAI_API_BASE", base_url.as_str()),
        ("OPENAI_API_KEY", "sk-mock-of-the-tests"),
        ("ANTHROPIC_API_BASE", base_url.as_str()),
        ("ANTHROPIC_API_KEY", "sk-ant-mock-of-the-tests"),
        ("GEMINI_API_BASE", base_url.as_str()),
        ("GEMINI_API_KEY", "gemini-mock-of-the-tests"),
        ("BEDROCK_API_BASE", bedrock.as_str()),
        ("BEDROCK_API_KEY", "bedrock-mock-of-the-tests"),
        ("KEY_PEPPER", PEPPER),
        ("ACCEPT_PROVIDER_KEYS", "true"),
        ("UPSTREAM_TIMEOUT_SECONDS", "20"),
    ];
    // Later values win.
    let variables = defaults.iter().chain(changes);
    let mut variables: BTreeMap<String, String> =
        variables.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    variables.retain(|_, value| !value.is_empty());
    variables
}

/// Builds an API key. Defaults: scope `chat`, all labels, all models, no expiry.
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

    /// A Postgres interval from now; a negative one has expired already.
    #[must_use]
    pub fn expires_in(mut self, interval: &'static str) -> Self {
        self.lifetime = Some(interval);
        self
    }

    /// Stores the key and returns its secret.
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
