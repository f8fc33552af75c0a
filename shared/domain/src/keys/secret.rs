//! Keys of callers: `tm_` + 8 characters of public id + 43 of secret (256 random bits) + 6 of CRC32, all base62.
//!
//! The checksum lets a typo or a guess be answered without asking the database, and secret scanners be sure.

use std::fmt;

use ring::rand::SecureRandom;
use ring::{hmac, rand};
use secrecy::{ExposeSecret, SecretString};

const PREFIX: &str = "tm_";
const PUBLIC_ID: usize = 8;
const SECRET: usize = 43;
const CHECKSUM: usize = 6;
/// Keeps digests that become keys apart from all others.
const DERIVED_KEY: &[u8] = b"tokenmeter derived key";
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The system's source of randomness failed.
#[derive(Debug, thiserror::Error)]
#[error("the system's random number generator failed")]
pub struct RandomError;

/// The text is not a key: wrong length, alphabet or checksum.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a well-formed key")]
pub struct MalformedKey;

/// A key as its owner knows it. It has no `Debug` and no `Serialize`; only its hash is stored.
pub struct PlainKey(SecretString);

impl PlainKey {
    pub fn generate() -> Result<Self, RandomError> {
        let rng = rand::SystemRandom::new();
        Self::from_blocks(|| {
            let mut bytes = [0u8; 64];
            rng.fill(&mut bytes).map_err(|_| RandomError)?;
            Ok(bytes)
        })
    }

    /// The key that these parts always make under the deployment's pepper. A request repeated with its
    /// `Idempotency-Key` is answered with the same key, though no key is stored anywhere.
    ///
    /// As HMAC is a pseudorandom function, such a key cannot be distinguished from a random one without the pepper.
    pub fn derive(hasher: &KeyHasher, parts: &[&[u8]]) -> Self {
        let mut counter = 0_u64;
        let seed = hasher.digest(&[&[DERIVED_KEY], parts].concat());
        let derived = Self::from_blocks(|| -> Result<_, std::convert::Infallible> {
            counter += 1;
            Ok(hasher.digest(&[DERIVED_KEY, seed.as_bytes(), &counter.to_le_bytes()]).0)
        });
        match derived {
            Ok(key) => key,
            Err(never) => match never {},
        }
    }

    /// Public id and secret out of as many blocks of uniform bytes as it takes, and the checksum.
    fn from_blocks<const N: usize, E>(mut block: impl FnMut() -> Result<[u8; N], E>) -> Result<Self, E> {
        let mut text = String::with_capacity(PREFIX.len() + PUBLIC_ID + SECRET + CHECKSUM);
        text.push_str(PREFIX);
        while text.len() < PREFIX.len() + PUBLIC_ID + SECRET {
            let bytes = block()?;
            // 248 = 4 × 62: dropping the rest keeps every character equally likely.
            let fitting = bytes.iter().filter(|b| **b < 248).map(|b| BASE62[usize::from(b % 62)] as char);
            text.extend(fitting.take(PREFIX.len() + PUBLIC_ID + SECRET - text.len()));
        }
        let sum = checksum(&text);
        text.push_str(&sum);
        Ok(Self(SecretString::from(text)))
    }

    /// Parses a key from a request and verifies its checksum; whether it exists, only the database knows.
    pub fn parse(text: &str) -> Result<Self, MalformedKey> {
        let body = text.strip_prefix(PREFIX).ok_or(MalformedKey)?;
        let right_length = body.len() == PUBLIC_ID + SECRET + CHECKSUM;
        if !right_length || !body.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err(MalformedKey);
        }
        let (signed, sum) = text.split_at(text.len() - CHECKSUM);
        if checksum(signed) != sum {
            return Err(MalformedKey);
        }
        Ok(Self(SecretString::from(text)))
    }

    /// Whether the text means to be one of our keys, well-formed or not.
    pub fn is_ours(text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    /// The part that may be shown: it identifies a key and grants nothing.
    pub fn public_prefix(&self) -> &str {
        &self.0.expose_secret()[..PREFIX.len() + PUBLIC_ID]
    }

    /// The key itself, for the one response that shows it to its owner.
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }
}

fn checksum(text: &str) -> String {
    let mut rest = crc32fast::hash(text.as_bytes());
    let mut digits = [b'0'; CHECKSUM];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(rest % 62) as usize];
        rest /= 62;
    }
    digits.iter().map(|b| *b as char).collect()
}

/// HMAC-SHA256 of a key under the pepper: what the database knows of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyHash([u8; 32]);

impl KeyHash {
    pub(super) const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash(***)")
    }
}

/// Hashes keys with the deployment's pepper.
#[derive(Clone)]
pub struct KeyHasher(hmac::Key);

impl KeyHasher {
    pub fn new(pepper: &SecretString) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, pepper.expose_secret().as_bytes()))
    }

    pub fn hash(&self, key: &PlainKey) -> KeyHash {
        self.digest(&[key.reveal().as_bytes()])
    }

    /// A keyed digest of several parts, each with its length, so that no two lists of parts collide.
    pub fn digest(&self, parts: &[&[u8]]) -> KeyHash {
        let mut context = hmac::Context::with_key(&self.0);
        if let [only] = parts {
            context.update(only);
        } else {
            for part in parts {
                context.update(&(part.len() as u64).to_le_bytes());
                context.update(part);
            }
        }
        let mut hash = [0; 32];
        hash.copy_from_slice(context.sign().as_ref());
        KeyHash(hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_keys_parse_and_differ() {
        let (one, two) = (PlainKey::generate().unwrap(), PlainKey::generate().unwrap());
        assert_ne!(one.reveal(), two.reveal());
        assert_eq!(one.reveal().len(), 60);
        assert!(PlainKey::parse(one.reveal()).is_ok());
        assert_eq!(one.public_prefix().len(), 11);
    }

    #[test]
    fn any_single_changed_character_is_noticed() {
        let key = PlainKey::generate().unwrap();
        for at in 3..key.reveal().len() {
            let mut bytes = key.reveal().as_bytes().to_vec();
            bytes[at] = if bytes[at] == b'a' { b'b' } else { b'a' };
            assert!(PlainKey::parse(std::str::from_utf8(&bytes).unwrap()).is_err(), "position {at}");
        }
        assert!(PlainKey::parse("tm_é").is_err());
        assert!(PlainKey::parse("").is_err());
    }

    #[test]
    fn derived_keys_parse_and_depend_on_every_part_and_the_pepper() {
        let hasher = KeyHasher::new(&"pepper one".into());
        let key = PlainKey::derive(&hasher, &[b"rotate", b"key", b"once"]);
        assert!(PlainKey::parse(key.reveal()).is_ok());
        assert_eq!(key.reveal(), PlainKey::derive(&hasher, &[b"rotate", b"key", b"once"]).reveal());
        for parts in
            [&[&b"rotate"[..], b"key", b"twice"][..], &[b"create", b"key", b"once"], &[b"rotatekey", b"once"]]
        {
            assert_ne!(key.reveal(), PlainKey::derive(&hasher, parts).reveal());
        }
        let other = KeyHasher::new(&"pepper two".into());
        assert_ne!(key.reveal(), PlainKey::derive(&other, &[b"rotate", b"key", b"once"]).reveal());
    }

    #[test]
    fn hash_depends_on_key_and_pepper() {
        let key = PlainKey::generate().unwrap();
        let (one, two) = (KeyHasher::new(&"pepper one".into()), KeyHasher::new(&"pepper two".into()));
        assert_eq!(one.hash(&key), one.hash(&key));
        assert_ne!(one.hash(&key), two.hash(&key));
        assert_ne!(one.digest(&[b"ab", b"c"]), one.digest(&[b"a", b"bc"]));
    }
}
