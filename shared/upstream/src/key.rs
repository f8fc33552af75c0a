//! A provider key.

use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

/// What the secret holds after a first deployment (`infra/lib/data-stack.ts`).
const PLACEHOLDER: &str = "put-the-provider-key-here";

/// A provider key that is a valid header value.
#[derive(Clone)]
pub struct ProviderKey {
    key: SecretString,
    /// Marked as sensitive, so that no debug output shows it.
    authorization: HeaderValue,
}

impl ProviderKey {
    /// Trims white space, because editors and shells end secret files with a newline. `None` if nothing is left or a
    /// header cannot hold it.
    pub fn parse(text: &str) -> Option<Self> {
        let key = text.trim();
        if key.is_empty() {
            return None;
        }
        let mut authorization = HeaderValue::try_from(format!("Bearer {key}")).ok()?;
        authorization.set_sensitive(true);
        Some(Self { key: key.into(), authorization })
    }

    pub fn expose_secret(&self) -> &str {
        self.key.expose_secret()
    }

    pub(super) fn is_placeholder(&self) -> bool {
        self.expose_secret() == PLACEHOLDER
    }

    pub(super) fn authorization(&self) -> HeaderValue {
        self.authorization.clone()
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.expose_secret() == other.expose_secret()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_is_trimmed_and_must_be_a_valid_header_value() {
        for text in ["sk-one", "sk-one\n", " \tsk-one\r\n"] {
            let key = ProviderKey::parse(text).unwrap();
            assert_eq!(
                (key.expose_secret(), key.authorization().to_str().unwrap()),
                ("sk-one", "Bearer sk-one")
            );
            assert!(!format!("{:?}", key.authorization()).contains("one"));
        }
        for text in ["", " \n", "sk-one\nsk-two", "sk-\u{7f}", "sk-\0"] {
            assert!(ProviderKey::parse(text).is_none(), "{text:?}");
        }
    }
}
