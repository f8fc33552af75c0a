//! An admin key, created by anyone who may run the program: the API creates keys only for callers who have one.

use anyhow::Context;
use domain::keys::{KeyHasher, NewKey, PlainKey, Scope};
use ledger::keys::create;
use ledger::{Database, DatabaseConfig};
use platform::environment::{AwsConfig, Environment, pepper_from_env};
use platform::secrets::Secrets;

/// Creates an admin key for all labels. Its secret is stored as a hash only, so this is the one time it is known.
pub async fn create_admin(name: &str, environment: &Environment) -> anyhow::Result<PlainKey> {
    anyhow::ensure!(
        (1..=200).contains(&name.chars().count()),
        "the name of a key must be 1 to 200 characters long"
    );
    let secrets = Secrets::new(&AwsConfig::from_env(environment)?);
    let hasher = KeyHasher::new(&secrets.resolve(&pepper_from_env(environment)?).await?);
    let database = Database::new(DatabaseConfig::from_env(environment)?, secrets)?;
    let key = PlainKey::generate()?;
    let new = NewKey { name, user_label: None, scopes: &[Scope::Admin], models: None, expires_at: None };
    create(&database, &new, &key, hasher.hash(&key)).await?.context("a new secret exists already")?;
    Ok(key)
}
