//! Keys of callers: their secrets, what they may do, and what administrators decide about them.

mod details;
mod glob;
mod grants;
mod link;
mod secret;

use chrono::{DateTime, Utc};
use strum::{EnumString, IntoStaticStr, VariantArray};

pub use details::{Issued, Key, KeyChange, KeyFacts, KeyFilter, KeyRefusal, NewSecret, weakens};
pub use grants::Grant;
pub use link::LinkGrant;
pub use secret::{KeyHash, KeyHasher, MalformedKey, PlainKey, RandomError};

use crate::ids::KeyId;

crate::word_schemas!(Scope, KeyStatus);

/// What a key may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum Scope {
    Chat,
    #[strum(serialize = "usage:read")]
    UsageRead,
    Admin,
}
/// Whether a key can be used now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum KeyStatus {
    Active,
    Expired,
    Revoked,
}

/// A caller whose key exists, is not expired and not revoked.
#[derive(Debug, Clone)]
pub struct Caller {
    pub key_id: KeyId,
    pub name: String,
    /// The only label that the key may write and read; `None` is all.
    pub user_label: Option<String>,
    pub models: Option<Vec<String>>,
    pub scopes: Vec<Scope>,
    pub expires_at: Option<DateTime<Utc>>,
    /// The secret they used.
    pub secret: KeyHash,
    /// When that secret expires, after a rotation.
    pub secret_expires_at: Option<DateTime<Utc>>,
    /// The database's clock.
    pub authenticated_at: DateTime<Utc>,
}

impl Caller {
    /// `admin` includes all scopes.
    pub fn has(&self, scope: Scope) -> bool {
        self.scopes.iter().any(|held| [scope, Scope::Admin].contains(held))
    }

    /// Whether the caller may know of what belongs to `label`, or to no label if that is `None`.
    pub fn sees(&self, label: Option<&str>) -> bool {
        self.user_label.is_none() || self.user_label.as_deref() == label
    }

    /// As admission decides it: one glob of the allow-list matches the whole name, or there is no list.
    pub fn may_use(&self, model: &str) -> bool {
        self.models.as_ref().is_none_or(|globs| globs.iter().any(|glob| glob::matches(glob, model)))
    }
}

/// What a new key may do.
pub struct NewKey<'a> {
    pub name: &'a str,
    pub user_label: Option<&'a str>,
    pub scopes: &'a [Scope],
    pub models: Option<&'a [String]>,
    pub expires_at: Option<DateTime<Utc>>,
}
