//! The provider key of this deployment, and how it is replaced while the function runs.

use std::sync::{Arc, PoisonError, RwLock};

use platform::environment::SecretSource;
use platform::secrets::Secrets;
use secrecy::ExposeSecret;

use super::ClientError;
use crate::ProviderKey;

/// Cloning shares the key.
#[derive(Clone)]
pub(super) struct OwnKey {
    /// `None` until the secret holds one.
    key: Arc<RwLock<Option<ProviderKey>>>,
    source: SecretSource,
    secrets: Secrets,
}

impl OwnKey {
    /// `name` is the variable of the key. A secret without a key is not an error, because it is filled in after the
    /// first deployment.
    pub(super) async fn read(
        source: SecretSource,
        name: &'static str,
        secrets: Secrets,
    ) -> Result<Self, ClientError> {
        let key = secrets.resolve(&source).await.map_err(ClientError::Key)?;
        let key = parse(key.expose_secret());
        match (&key, &source) {
            (None, SecretSource::Value(_)) => return Err(ClientError::MalformedKey(name)),
            (None, SecretSource::Arn(_)) => {
                tracing::error!(
                    "The secret of {name} holds no provider key. Calls are refused until it does."
                );
            }
            (Some(_), _) => {}
        }
        Ok(Self { key: Arc::new(RwLock::new(key)), source, secrets })
    }

    /// A key whose secret is read when it is first needed.
    pub(super) fn unread(source: SecretSource, secrets: Secrets) -> Self {
        let key = match &source {
            SecretSource::Value(value) => parse(value.expose_secret()),
            SecretSource::Arn(_) => None,
        };
        Self { key: Arc::new(RwLock::new(key)), source, secrets }
    }

    fn current(&self) -> Option<ProviderKey> {
        self.key.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Without a key, the secret is read again, once a call.
    pub(super) async fn current_or_reread(&self, was_reread: &mut bool) -> Option<ProviderKey> {
        if self.current().is_none() && !std::mem::replace(was_reread, true) {
            self.has_other(None).await;
        }
        self.current()
    }

    /// Whether there is a key other than the one the provider refused, or any if there was none. If several calls were
    /// refused together, one of them rereads the secret and the others find the new key in place.
    pub(super) async fn has_other(&self, refused: Option<&ProviderKey>) -> bool {
        let SecretSource::Arn(_) = &self.source else { return false };
        let is_other = |key: &ProviderKey| refused.is_none_or(|refused| !key.is_same(refused));
        if self.current().as_ref().is_some_and(is_other) {
            return true;
        }
        let fresh = match self.secrets.resolve(&self.source).await {
            Ok(fresh) => fresh,
            Err(error) => {
                tracing::error!(%error, "Rereading the secret of the provider key failed.");
                return false;
            }
        };
        let Some(fresh) = parse(fresh.expose_secret()) else {
            tracing::error!("The secret holds no valid provider key.");
            return false;
        };
        let is_other = is_other(&fresh);
        *self.key.write().unwrap_or_else(PoisonError::into_inner) = Some(fresh);
        is_other
    }
}

fn parse(text: &str) -> Option<ProviderKey> {
    ProviderKey::parse(text).filter(|key| !key.is_placeholder())
}

#[cfg(test)]
mod tests {
    use platform::environment::AwsConfig;

    use super::*;

    /// A key whose secret cannot be read.
    fn own_key(current: Option<&str>) -> OwnKey {
        let nowhere = Some("http://127.0.0.1:1".to_owned());
        let region = Some("us-east-1".to_owned());
        let aws = AwsConfig { region, endpoint_url: nowhere, ..AwsConfig::default() };
        OwnKey {
            key: Arc::new(RwLock::new(current.and_then(parse))),
            source: SecretSource::Arn("arn:of-the-key".to_owned()),
            secrets: Secrets::new(&aws),
        }
    }

    #[tokio::test]
    async fn refused_call_uses_the_key_that_another_call_has_already_reread() {
        let own_key = own_key(Some("sk-fresh"));
        let (stale, fresh) =
            (ProviderKey::parse("sk-stale").unwrap(), ProviderKey::parse("sk-fresh").unwrap());
        assert!(own_key.has_other(Some(&stale)).await, "the secret was not read: reading it fails here");
        assert!(!own_key.has_other(Some(&fresh)).await);
    }

    #[tokio::test]
    async fn missing_key_is_looked_for_once_a_call() {
        let own_key = own_key(Some("put-the-provider-key-here"));
        let mut was_reread = false;
        assert!(own_key.current_or_reread(&mut was_reread).await.is_none());
        assert!(was_reread);
        *own_key.key.write().unwrap() = parse("sk-fresh");
        assert!(own_key.current_or_reread(&mut was_reread).await.is_some());
    }
}
