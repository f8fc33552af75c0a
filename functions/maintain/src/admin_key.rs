//! The first admin key of a deployment. The API creates keys for holders of an admin key only, so the first one is
//! created here and written to a secret, where the operator reads it. It is neither logged nor returned.

use domain::keys::{KeyHasher, PlainKey, RandomError};
use ledger::{Database, DbError, keys};
use platform::environment::{ConfigError, Environment, SecretSource, pepper_from_env};
use platform::secrets::{SecretError, Secrets};
use secrecy::{ExposeSecret, SecretString};

const NAME: &str = "First admin key";

/// Where the key is written to, and the pepper that keys are hashed with.
#[derive(Clone)]
pub struct AdminKeyConfig {
    pub secret_arn: String,
    pub pepper: SecretSource,
}

impl AdminKeyConfig {
    pub fn from_env(environment: &Environment) -> Result<Option<Self>, ConfigError> {
        let Some(arn) = environment.find("FIRST_ADMIN_KEY_SECRET_ARN") else { return Ok(None) };
        Ok(Some(Self { secret_arn: arn.to_owned(), pepper: pepper_from_env(environment)? }))
    }
}

#[derive(Debug, thiserror::Error)]
pub enum AdminKeyError {
    #[error("the admin key could not be created")]
    Db(#[from] DbError),
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(transparent)]
    Random(#[from] RandomError),
    #[error("FIRST_ADMIN_KEY_SECRET_ARN is not set: there is no secret to write an admin key to")]
    NoSecret,
}

/// When to create a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// If the database has no valid admin key for all labels.
    Missing,
    /// In any case.
    Now,
}

/// Creates an admin key and returns whether it did.
///
/// The secret is written first. If the run ends before the key is stored, the next one stores the key that the secret
/// holds, so a key that someone has read works. A key that was revoked or has expired is not stored again.
pub(crate) async fn create(
    config: Option<&AdminKeyConfig>,
    database: &Database,
    secrets: &Secrets,
    when: When,
) -> Result<bool, AdminKeyError> {
    let Some(AdminKeyConfig { secret_arn, pepper }) = config else {
        return if when == When::Now { Err(AdminKeyError::NoSecret) } else { Ok(false) };
    };
    if when == When::Missing && keys::first::has_admin(database).await? {
        return Ok(false);
    }
    let hasher = KeyHasher::new(&secrets.resolve(pepper).await?);
    let provide = async |is_new: bool| -> Result<_, AdminKeyError> {
        let held = if is_new { None } else { key_in(&secrets.read(secret_arn).await?) };
        let key = if let Some(key) = held {
            key
        } else {
            let key = PlainKey::generate()?;
            secrets.write(secret_arn, &SecretString::from(key.reveal())).await?;
            key
        };
        let hash = hasher.hash(&key);
        Ok((key, hash))
    };
    let id = keys::first::create_admin(database, NAME, when == When::Now, provide).await?;
    if let Some(key_id) = id {
        tracing::warn!(%key_id, secret_arn, "Created an admin key; read it from the secret.");
    }
    Ok(id.is_some())
}

/// A deployment creates the secret with other text than a key.
fn key_in(text: &SecretString) -> Option<PlainKey> {
    PlainKey::parse(text.expose_secret().trim()).ok()
}
