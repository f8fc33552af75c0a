//! A key as administrators see it: everything but its secrets.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Grant, KeyHash, KeyStatus, PlainKey, Scope};
use crate::change::Edit;
use crate::ids::KeyId;
use crate::words::Word;

/// What administrators decide about a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFacts {
    pub name: String,
    pub user_label: Option<String>,
    pub scopes: Vec<Scope>,
    /// Globs; `None` is every model.
    pub models: Option<Vec<String>>,
    pub expires_at: Option<DateTime<Utc>>,
}

impl KeyFacts {
    /// Whether it is an unrestricted admin key, as long as it is valid.
    pub fn is_unrestricted_admin(&self) -> bool {
        self.user_label.is_none() && self.scopes.contains(&Scope::Admin)
    }
}

/// A key, without any of its secrets.
#[derive(Debug, Clone)]
pub struct Key {
    pub id: KeyId,
    pub version: i64,
    pub facts: KeyFacts,
    pub status: KeyStatus,
    pub created_at: DateTime<Utc>,
    pub last_used_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
    /// Of the newest secret: identifies a key and grants nothing.
    pub secret_prefix: Option<String>,
    /// Prefixes of older secrets, and until when they work.
    pub retiring: Vec<(String, DateTime<Utc>)>,
}

impl Key {
    pub fn is_unrestricted_admin(&self) -> bool {
        self.status == KeyStatus::Active && self.facts.is_unrestricted_admin()
    }

    pub fn audited(&self) -> Value {
        json!({
            "name": self.facts.name,
            "user_label": self.facts.user_label,
            "scopes": self.facts.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>(),
            "models": self.facts.models,
            "expires_at": self.facts.expires_at,
            "revoked_at": self.revoked_at,
        })
    }
}

/// Which keys to list: all conditions must hold.
#[derive(Debug, Clone, Default)]
pub struct KeyFilter {
    pub user_label: Option<String>,
    pub scope: Option<Scope>,
    pub status: Option<KeyStatus>,
    /// Anywhere in the name, case-insensitive.
    pub name: Option<String>,
}

/// What to change about a key.
#[derive(Debug, Clone, Default)]
pub struct KeyChange {
    pub name: Edit<String>,
    pub user_label: Edit<Option<String>>,
    pub scopes: Edit<Vec<Scope>>,
    pub models: Edit<Option<Vec<String>>>,
    pub expires_at: Edit<Option<DateTime<Utc>>>,
}

impl KeyChange {
    pub fn applied_to(&self, now: &KeyFacts) -> KeyFacts {
        KeyFacts {
            name: self.name.applied_to(&now.name),
            user_label: self.user_label.applied_to(&now.user_label),
            scopes: self.scopes.applied_to(&now.scopes),
            models: self.models.applied_to(&now.models),
            expires_at: self.expires_at.applied_to(&now.expires_at),
        }
    }
}

/// Why a change of a key was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefusal {
    #[error("the key is revoked")]
    Revoked,
    #[error("the expiry is in the past")]
    ExpiresInPast,
    #[error("the label of a key cannot change")]
    LabelFixed,
    #[error("a bound administrator cannot change its own key")]
    OwnKey,
    #[error("the key may do more than the actor's own")]
    Stronger,
    #[error("the actor's own key does not have what it would grant: {0:?}")]
    Exceeds(Grant),
    #[error("it is the last unrestricted admin key")]
    LastAdmin,
    #[error("the last unrestricted admin key needs a grace period")]
    LastAdminGrace,
    #[error("the idempotency key was used with a different request")]
    IdempotencyKeyReused,
    #[error("the secret of the idempotency key is no longer valid")]
    IdempotencyKeyExpired,
}

/// Whether an unrestricted admin key would be restricted, or expire sooner.
pub fn weakens(before: &KeyFacts, after: &KeyFacts) -> bool {
    let ends_sooner = match (before.expires_at, after.expires_at) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(before), Some(after)) => after < before,
    };
    !after.is_unrestricted_admin() || ends_sooner
}

/// A secret about to be stored, as its hash.
pub struct NewSecret<'a> {
    pub key: &'a PlainKey,
    pub hash: KeyHash,
    /// Hash of the request, if the secret is derived from an `Idempotency-Key` and may exist already.
    pub request: Option<KeyHash>,
}

/// A key with a new secret, issued now or by an earlier request with the same `Idempotency-Key`.
pub struct Issued {
    pub key: Key,
    pub is_repeat: bool,
}
