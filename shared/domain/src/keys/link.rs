//! Links that stand in for a key: for one kind of request with one query, until an instant.
//!
//! A browser's download cannot send a header. Its link holds what the database knows of the secret, encrypted: no one
//! but this deployment can read or change it, and it grants nothing else.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};

use super::secret::{KeyHash, KeyHasher, RandomError};

/// Keeps the key that links are encrypted with apart from all other digests.
const LINK_KEY: &[u8] = b"tokenmeter link key";
const SECONDS: usize = 8;

/// Who a link speaks for, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkGrant {
    pub secret: KeyHash,
    pub expires_at: DateTime<Utc>,
}

impl LinkGrant {
    /// The token of a link for `purpose` with exactly these query parameters, in any order.
    pub fn seal(
        &self,
        hasher: &KeyHasher,
        purpose: &str,
        query: &[(String, String)],
    ) -> Result<String, RandomError> {
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).map_err(|_| RandomError)?;
        let mut text = self.expires_at.timestamp().to_le_bytes().to_vec();
        text.extend_from_slice(self.secret.as_bytes());
        let bound = Aad::from(bound(purpose, query));
        let sealed = sealing_key(hasher)?.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            bound,
            &mut text,
        );
        sealed.map_err(|_| RandomError)?;
        Ok(URL_SAFE_NO_PAD.encode([&nonce[..], &text].concat()))
    }

    /// What a token grants; `None` if it was made for something else, changed, or made by somebody else.
    pub fn open(hasher: &KeyHasher, purpose: &str, query: &[(String, String)], token: &str) -> Option<Self> {
        let token = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (nonce, text) = token.split_at_checked(NONCE_LEN)?;
        let mut text = text.to_vec();
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let bound = Aad::from(bound(purpose, query));
        let opened = sealing_key(hasher).ok()?.open_in_place(nonce, bound, &mut text).ok()?;
        let (seconds, secret) = opened.split_at_checked(SECONDS)?;
        let seconds = i64::from_le_bytes(seconds.try_into().ok()?);
        Some(Self {
            secret: KeyHash::from_bytes(secret.try_into().ok()?),
            expires_at: DateTime::from_timestamp(seconds, 0)?,
        })
    }
}

fn sealing_key(hasher: &KeyHasher) -> Result<LessSafeKey, RandomError> {
    let key = hasher.digest(&[LINK_KEY, b"v1"]);
    UnboundKey::new(&AES_256_GCM, key.as_bytes()).map(LessSafeKey::new).map_err(|_| RandomError)
}

/// Purpose and parameters as bytes, each with its length. Sorted, since a gateway may change their order.
fn bound(purpose: &str, query: &[(String, String)]) -> Vec<u8> {
    let mut sorted: Vec<&(String, String)> = query.iter().collect();
    sorted.sort_unstable();
    let parts = sorted.into_iter().flat_map(|(name, value)| [name, value]);
    let mut bytes = Vec::new();
    for part in std::iter::once(purpose).chain(parts.map(String::as_str)) {
        bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::super::PlainKey;
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        let pair = |pair: &str| pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
        text.split('&').filter_map(pair).collect()
    }

    #[test]
    fn link_opens_for_its_purpose_and_query_only() {
        let hasher = KeyHasher::new(&"pepper".into());
        let secret = hasher.hash(&PlainKey::generate().unwrap());
        let grant = LinkGrant { secret, expires_at: DateTime::from_timestamp(1_800_000_000, 0).unwrap() };
        let token = grant.seal(&hasher, "export", &pairs("format=csv&model=a")).unwrap();
        let open =
            |purpose: &str, query: &str, token: &str| LinkGrant::open(&hasher, purpose, &pairs(query), token);
        assert_eq!(open("export", "format=csv&model=a", &token), Some(grant));
        assert_eq!(open("export", "model=a&format=csv", &token), Some(grant));
        for query in ["format=csv", "format=csv&model=b", "format=csv&model=a&model=a", "format=csvmodel=a"] {
            assert_eq!(open("export", query, &token), None, "{query}");
        }
        assert_eq!(open("exports", "format=csv&model=a", &token), None);
        let other = KeyHasher::new(&"other pepper".into());
        assert_eq!(LinkGrant::open(&other, "export", &pairs("format=csv&model=a"), &token), None);
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(open("export", "format=csv&model=a", &changed), None, "position {at}");
        }
        assert_eq!(open("export", "format=csv&model=a", ""), None);
    }

    #[test]
    fn two_links_never_have_the_same_text() {
        let hasher = KeyHasher::new(&"pepper".into());
        let secret = hasher.hash(&PlainKey::generate().unwrap());
        let grant = LinkGrant { secret, expires_at: DateTime::UNIX_EPOCH };
        assert_ne!(grant.seal(&hasher, "export", &[]).unwrap(), grant.seal(&hasher, "export", &[]).unwrap());
    }
}
