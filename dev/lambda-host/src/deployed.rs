//! What functions meet in AWS, on this machine: a database that takes TLS alone and tokens for passwords, secrets in
//! Secrets Manager, and a provider; all of them behind TLS, with certificates of an authority of this deployment.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "without its parts there is no deployment to test or measure"
)]

mod authority;
mod database;
mod iam;
mod ldap;
mod secrets;
mod tls_front;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use domain::keys::{KeyHasher, NewKey, PlainKey, Scope};
use ledger::{Database, DatabaseConfig, keys, migrate};
use mock_provider::MockProvider;
use platform::environment::{AwsConfig, Environment};
use platform::secrets::Secrets;
use tempfile::NamedTempFile;

pub use self::database::TlsDatabase;
pub use self::iam::{Iam, Login};
pub use self::secrets::{ADMIN_KEY, SecretsManager};
use self::secrets::{OWNER, PEPPER, PEPPER_VALUE, PROVIDER_KEY};
use self::tls_front::TlsFront;
use crate::{DEPLOYED, Function, HostError};

const ACCESS_KEY: [(&str, &str); 2] =
    [("AWS_ACCESS_KEY_ID", iam::KEY_ID), ("AWS_SECRET_ACCESS_KEY", iam::SECRET)];

/// Providers that a deployment need not have.
const OTHER_PROVIDERS: [(&str, &str); 6] = [
    ("ANTHROPIC_API_BASE", ""),
    ("ANTHROPIC_API_KEY", ""),
    ("GEMINI_API_BASE", ""),
    ("GEMINI_API_KEY", ""),
    ("BEDROCK_API_BASE", ""),
    ("BEDROCK_API_KEY", ""),
];

/// A deployment whose database is empty.
pub struct Deployment {
    pub mock: MockProvider,
    pub secrets: SecretsManager,
    pub iam: Iam,
    pub database: TlsDatabase,
    authority: NamedTempFile,
    provider_front: TlsFront,
    aws_front: TlsFront,
}

impl Deployment {
    /// `None` if the installed Postgres cannot ask for passwords elsewhere.
    ///
    /// # Panics
    /// If a part of it cannot be started.
    pub async fn start() -> Option<Self> {
        let (authority_pem, certificate) = authority::certificates();
        let mut authority = NamedTempFile::new().expect("a file");
        authority.write_all(authority_pem.as_bytes()).expect("written");
        let (mock, secrets, iam) = tokio::join!(MockProvider::start(), SecretsManager::start(), Iam::start());
        let (provider_front, aws_front) = tokio::join!(
            TlsFront::start(&certificate, mock.address()),
            TlsFront::start(&certificate, secrets.address)
        );
        let database = TlsDatabase::start(iam.port, &certificate).await?;
        Some(Self { mock, secrets, iam, database, authority, provider_front, aws_front })
    }

    /// Starts a function with the variables that a deployment gives it, and changes.
    pub async fn function(
        &self,
        binary: &Path,
        changes: &[(&str, &str)],
        log: Stdio,
    ) -> Result<Function, HostError> {
        let name = binary.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        Function::start_with_output(binary, self.variables(name, changes), log).await
    }

    /// The variables of a function, with changes; an empty value unsets one.
    pub fn variables(&self, name: &str, changes: &[(&str, &str)]) -> BTreeMap<String, String> {
        let port = self.database.port().to_string();
        let (user, ca) = (format!("tokenmeter_{name}"), self.authority.path().to_str().expect("UTF-8"));
        let (provider, aws) = (format!("{}/v1", self.provider_front.url()), self.aws_front.url());
        let login = match name {
            "maintain" => [("DATABASE_AUTH", "secret"), ("DATABASE_SECRET_ARN", OWNER)],
            _ => [("DATABASE_AUTH", "iam"), ("DATABASE_USER", user.as_str())],
        };
        let common = [
            ("DATABASE_HOST", "localhost"),
            ("DATABASE_PORT", port.as_str()),
            ("DATABASE_NAME", "tokenmeter"),
            ("DATABASE_CA_FILE", ca),
            ("KEY_PEPPER", ""),
            ("KEY_PEPPER_SECRET_ARN", PEPPER),
            ("OPENAI_API_BASE", provider.as_str()),
            ("OPENAI_API_KEY", ""),
            ("OPENAI_SECRET_ARN", PROVIDER_KEY),
            ("UPSTREAM_CA_FILE", ca),
            ("AWS_ENDPOINT_URL", aws.as_str()),
            ("AWS_CA_BUNDLE", ca),
        ];
        let changes = [&DEPLOYED[..], &OTHER_PROVIDERS, &common, &login, &ACCESS_KEY, changes].concat();
        testkit::variables("", &self.mock, &changes)
    }

    /// Migrates the database and creates a key for calls.
    ///
    /// # Panics
    /// If the database refuses either.
    pub async fn migrate_and_create_key(&self) -> String {
        let url = format!(
            "postgres://{}:{}@localhost:{}/tokenmeter?sslmode=require",
            postgres_dev::USER,
            postgres_dev::PASSWORD,
            self.database.port()
        );
        let changes = [("DATABASE_URL", url.as_str()), ("DATABASE_HOST", "")];
        let environment: Environment = self.variables("maintain", &changes).into_iter().collect();
        let config = DatabaseConfig::from_env(&environment).expect("a database");
        let database = Database::new(config, Secrets::new(&AwsConfig::default())).expect("a pool");
        migrate::run(&database).await.expect("migrations apply");
        let key = PlainKey::generate().expect("randomness");
        let scopes = &[Scope::Chat];
        let new = NewKey { name: "measured", user_label: None, scopes, models: None, expires_at: None };
        let hash = KeyHasher::new(&PEPPER_VALUE.into()).hash(&key);
        keys::create(&database, &new, &key, hash).await.expect("stored").expect("a new key");
        key.reveal().to_owned()
    }
}
