//! A provider key.

use http::{HeaderName, HeaderValue, header};
use secrecy::{ExposeSecret, SecretString};

/// What the secret holds after a first deployment (`infra/lib/data-stack.ts`).
const PLACEHOLDER: &str = "put-the-provider-key-here";

/// How a provider expects its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Auth {
    /// `Authorization: Bearer …`
    Bearer,
    /// The key alone, in a header of this name.
    Header(&'static str),
    /// Each request is signed with the platform's credentials, and no key is sent.
    SigV4,
    /// Each request is signed with the access key that the key is, which is not sent.
    AccessKey,
    /// The server takes none.
    None,
}

/// A provider key that is a valid header value.
#[derive(Clone)]
pub struct ProviderKey {
    key: SecretString,
    /// With `Bearer`. Marked as sensitive, as all header values of it, so that no debug output shows it.
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

    /// The header that a request carries it in.
    pub(super) fn header(&self, auth: Auth) -> Option<(HeaderName, HeaderValue)> {
        Some(match auth {
            Auth::None | Auth::SigV4 | Auth::AccessKey => return None,
            Auth::Bearer => (header::AUTHORIZATION, self.authorization.clone()),
            Auth::Header(name) => {
                let bearer = self.authorization.as_bytes();
                let key = bearer.strip_prefix(b"Bearer ").unwrap_or(bearer);
                // Part of a valid value is one.
                let mut key = HeaderValue::from_bytes(key).unwrap_or_else(|_| self.authorization.clone());
                key.set_sensitive(true);
                (HeaderName::from_static(name), key)
            }
        })
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
                (key.expose_secret(), key.header(Auth::Bearer).unwrap().1.to_str().unwrap()),
                ("sk-one", "Bearer sk-one")
            );
            for auth in [Auth::None, Auth::SigV4, Auth::AccessKey] {
                assert_eq!(key.header(auth), None);
            }
            let (name, value) = key.header(Auth::Header("x-api-key")).unwrap();
            assert_eq!((name.as_str(), value.to_str().unwrap()), ("x-api-key", "sk-one"));
            for auth in [Auth::Bearer, Auth::Header("x-api-key")] {
                assert!(!format!("{:?}", key.header(auth)).contains("one"));
            }
        }
        for text in ["", " \n", "sk-one\nsk-two", "sk-\u{7f}", "sk-\0"] {
            assert!(ProviderKey::parse(text).is_none(), "{text:?}");
        }
    }
}
