//! Changes by administrators: who makes one, of which version, and why it may be refused.

use chrono::{DateTime, Utc};

use crate::ids::{KeyId, RequestId};
use crate::keys::KeyHash;

/// The administrator who makes a change, and the request.
#[derive(Debug, Clone)]
pub struct Actor {
    pub key_id: KeyId,
    /// The only label whose things the actor may change; `None` is every label, and what has none.
    pub user_label: Option<String>,
    /// Globs of the models that the actor's own key may use; `None` is every model.
    pub models: Option<Vec<String>>,
    /// When the actor's key ends, or sooner the secret that it came with.
    pub ends_at: Option<DateTime<Utc>>,
    /// The secret that the request came with.
    pub secret: Option<KeyHash>,
    pub request_id: RequestId,
}

impl Actor {
    /// Whether the actor may change what belongs to `label`, or to no label if that is `None`.
    pub fn may_change(&self, label: Option<&str>) -> Result<(), ChangeRefusal> {
        match &self.user_label {
            Some(own) if label != Some(own) => Err(ChangeRefusal::OtherLabel),
            _ => Ok(()),
        }
    }

    /// Whether what belongs to `label` exists for the actor: bound ones do not learn what other labels have.
    pub fn must_see(&self, label: Option<&str>) -> Result<(), ChangeRefusal> {
        self.may_change(label).map_err(|_| ChangeRefusal::NotFound)
    }
}

/// The versions that the change may be based on; `None` is any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Precondition(pub Option<Vec<i64>>);

impl Precondition {
    pub fn check(&self, version: i64) -> Result<(), ChangeRefusal> {
        match &self.0 {
            Some(versions) if !versions.contains(&version) => Err(ChangeRefusal::Stale),
            _ => Ok(()),
        }
    }
}

/// What a change does to one property: nothing, or set it.
#[derive(Debug, Clone, Default)]
pub enum Edit<T> {
    #[default]
    Keep,
    Set(T),
}

impl<T: Clone> Edit<T> {
    pub fn applied_to(&self, now: &T) -> T {
        match self {
            Self::Keep => now.clone(),
            Self::Set(value) => value.clone(),
        }
    }
}

/// Why a change was refused before what it asks for was looked at. Each subject has reasons of its own besides:
/// `KeyRefusal`, `LimitRefusal`, `PriceRefusal`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChangeRefusal {
    #[error("not found")]
    NotFound,
    #[error("modified since it was read")]
    Stale,
    #[error("it belongs to another label than the actor's")]
    OtherLabel,
}
