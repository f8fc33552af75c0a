//! A key as administrators see it: all that is known of it, without its secrets.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{KeyHash, PlainKey, Scope};
use crate::change::Edit;
use crate::ids::KeyId;

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
    /// Whether everything is the key's to change, as long as it is valid.
    pub fn may_administrate_all(&self) -> bool {
        self.user_label.is_none() && self.scopes.contains(&Scope::Admin)
    }
}

/// A key, without any of its secrets.
#[derive(Debug, Clone)]
pub struct Key {
    pub id: KeyId,
    pub version: i64,
    pub facts: KeyFacts,
    /// `active`, `expired` or `revoked`.
    pub status: String,
    pub created_at: DateTime<Utc>,
    pub last_used_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
    /// Of the newest secret: it tells keys apart and opens nothing.
    pub secret_prefix: Option<String>,
    /// Prefixes of older secrets, and until when they work.
    pub retiring: Vec<(String, DateTime<Utc>)>,
}

impl Key {
    pub fn may_administrate_all(&self) -> bool {
        self.status == "active" && self.facts.may_administrate_all()
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

/// Which keys: every part that is given must hold.
#[derive(Debug, Clone, Default)]
pub struct KeyFilter {
    pub user_label: Option<String>,
    pub scope: Option<Scope>,
    pub status: Option<String>,
    /// Anywhere in the name, in whatever case.
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

/// Whether a key that may administrate everything may no longer, or not for as long.
pub fn weakens(before: &KeyFacts, after: &KeyFacts) -> bool {
    let ends_sooner = match (before.expires_at, after.expires_at) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(before), Some(after)) => after < before,
    };
    !after.may_administrate_all() || ends_sooner
}

/// A secret about to be stored, as its hash.
pub struct NewSecret<'a> {
    pub key: &'a PlainKey,
    pub hash: KeyHash,
    /// What was asked, where the secret is derived from an `Idempotency-Key` and may be there already.
    pub request: Option<KeyHash>,
}

/// A key that a secret was made for, now or by an earlier request of the same `Idempotency-Key`.
pub struct Issued {
    pub key: Key,
    pub is_repeat: bool,
}
