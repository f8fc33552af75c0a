//! Keys: who is calling, and making new ones.

pub mod changes;
pub mod details;

use chrono::{DateTime, Utc};
use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::{Database, DbError};
use crate::auth::{KeyHash, PlainKey};
use crate::ids::KeyId;

pub(super) const AUTHENTICATE: &str = include_str!("keys/authenticate.sql");
pub(super) const CREATE: &str = include_str!("keys/create.sql");
pub(super) const AUTHENTICATE_TYPES: &[Type] = &[Type::BYTEA];
pub(super) const CREATE_TYPES: &[Type] = &[
    Type::BYTEA,
    Type::UUID,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT,
    Type::TEXT_ARRAY,
    Type::TEXT_ARRAY,
    Type::TIMESTAMPTZ,
];

/// What a key may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Chat,
    UsageRead,
    Admin,
}

impl Scope {
    pub const ALL: &[Self] = &[Self::Chat, Self::UsageRead, Self::Admin];

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|scope| scope.as_str() == text)
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::UsageRead => "usage:read",
            Self::Admin => "admin",
        }
    }
}

/// A caller whose key exists, is not expired and not revoked.
#[derive(Debug, Clone)]
pub struct Caller {
    pub key_id: KeyId,
    pub name: String,
    /// The one label the key may write and read; `None` is all.
    pub user_label: Option<String>,
    pub models: Option<Vec<String>>,
    pub scopes: Vec<Scope>,
    pub expires_at: Option<DateTime<Utc>>,
    /// When the secret ends that they came with, after a rotation.
    pub secret_expires_at: Option<DateTime<Utc>>,
    /// The database's clock.
    pub authenticated_at: DateTime<Utc>,
}

impl Caller {
    fn from_row(row: &Row) -> Self {
        let scopes: Vec<&str> = row.get("scopes");
        Self {
            key_id: KeyId::from_uuid(row.get("id")),
            name: row.get("name"),
            user_label: row.get("user_label"),
            models: row.get("models"),
            // A check of the table admits no others.
            scopes: scopes.into_iter().filter_map(Scope::parse).collect(),
            expires_at: row.get("expires_at"),
            secret_expires_at: row.get("secret_expires_at"),
            authenticated_at: row.get("authenticated_at"),
        }
    }

    /// `admin` is everything.
    pub fn has(&self, scope: Scope) -> bool {
        self.scopes.iter().any(|held| [scope, Scope::Admin].contains(held))
    }

    /// As admission decides it: one glob of the allow-list matches the whole name, or there is no list.
    pub fn may_use(&self, model: &str) -> bool {
        self.models.as_ref().is_none_or(|globs| globs.iter().any(|glob| matches(glob, model)))
    }
}

/// Whether `glob`, in which `*` is any run of characters, matches all of `text`.
///
/// An earlier star need never take more once a later one is reached, so only the last one is gone back to: the time is
/// the product of the two lengths at most, whatever an administrator wrote and a caller asks for.
fn matches(glob: &str, text: &str) -> bool {
    // Whole characters are compared by their bytes; no part of one is ever a star.
    let (glob, text) = (glob.as_bytes(), text.as_bytes());
    let (mut at, mut reached) = (0, 0);
    let mut star = None;
    while reached < text.len() {
        if glob.get(at) == Some(&b'*') {
            star = Some((at, reached));
            at += 1;
        } else if glob.get(at) == text.get(reached) {
            at += 1;
            reached += 1;
        } else if let Some((star_at, taken_to)) = star {
            star = Some((star_at, taken_to + 1));
            at = star_at + 1;
            reached = taken_to + 1;
        } else {
            return false;
        }
    }
    glob[at..].iter().all(|rest| *rest == b'*')
}

/// The caller of a secret, if it is valid now by the database's clock.
pub async fn authenticate(database: &Database, hash: KeyHash) -> Result<Option<Caller>, DbError> {
    let row = database.query_opt(AUTHENTICATE, &[(&hash.as_bytes(), Type::BYTEA)]).await?;
    Ok(row.as_ref().map(Caller::from_row))
}

/// What a new key may do.
pub struct NewKey<'a> {
    pub name: &'a str,
    pub user_label: Option<&'a str>,
    pub scopes: &'a [Scope],
    pub models: Option<&'a [String]>,
    pub expires_at: Option<DateTime<Utc>>,
}

/// Stores a key under a new id; answers `None` where its secret is stored already.
pub async fn create(
    database: &Database,
    new: &NewKey<'_>,
    key: &PlainKey,
    hash: KeyHash,
) -> Result<Option<KeyId>, DbError> {
    let scopes: Vec<&str> = new.scopes.iter().map(|scope| scope.as_str()).collect();
    let row = database
        .query_opt(
            CREATE,
            &[
                (&hash.as_bytes(), Type::BYTEA),
                (&KeyId::generate().as_uuid(), Type::UUID),
                (&key.public_prefix(), Type::TEXT),
                (&new.name, Type::TEXT),
                (&new.user_label, Type::TEXT),
                (&scopes, Type::TEXT_ARRAY),
                (&new.models, Type::TEXT_ARRAY),
                (&new.expires_at, Type::TIMESTAMPTZ),
            ],
        )
        .await?;
    Ok(row.map(|row| KeyId::from_uuid(row.get("id"))))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert_eq, proptest};

    use super::matches;

    /// What a star is, without regard for time.
    fn naive(glob: &[char], text: &[char]) -> bool {
        match glob.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => (0..=text.len()).any(|taken| naive(rest, &text[taken..])),
            Some((one, rest)) => {
                text.split_first().is_some_and(|(first, text)| one == first && naive(rest, text))
            }
        }
    }

    proptest! {
        #[test]
        fn stars_match_as_defined(glob in "[ab*é]{0,8}", text in "[abé*]{0,8}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(matches(&glob, &text), naive(&chars(&glob), &chars(&text)));
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        let text = "a".repeat(10_000);
        assert!(!matches(&format!("{}b", "*a".repeat(14)), &text));
        assert!(matches(&"*a".repeat(14), &text));
    }

    #[test]
    fn only_a_star_is_wild_and_the_whole_name_counts() {
        for (glob, text, expected) in [
            ("gpt-4o", "gpt-4o", true),
            ("gpt-4o", "gpt-4o-mini", false),
            ("gpt-4o*", "gpt-4o", true),
            ("gpt-4o*", "gpt-4o-mini", true),
            ("*-mini", "gpt-4o-mini", true),
            ("*-mini", "gpt-4o-mini-2024", false),
            ("gpt-*-mini*", "gpt-4.1-mini-2025", true),
            ("text_embedding", "text-embedding", false),
            ("gpt-4%", "gpt-4o", false),
            ("*", "", true),
        ] {
            assert_eq!(matches(glob, text), expected, "{glob} {text}");
        }
    }
}
