//! Changes by administrators: who makes one, of which version, and why it may be refused.

use crate::ids::{KeyId, RequestId};

/// Who asks for a change, and with which request.
#[derive(Debug, Clone)]
pub struct Actor {
    pub key_id: KeyId,
    /// The one label the actor may change things of; `None` is all, and what belongs to no label.
    pub user_label: Option<String>,
    pub request_id: RequestId,
}

impl Actor {
    /// Whether what belongs to `label` (to none where that is `None`) is the actor's to change.
    pub fn may_change(&self, label: Option<&str>) -> Result<(), ChangeRefusal> {
        match &self.user_label {
            Some(own) if label != Some(own) => Err(ChangeRefusal::OtherLabel),
            _ => Ok(()),
        }
    }
}

/// The versions that a change was made from; `None` is any.
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

/// What a change does to one property.
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

/// Why nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChangeRefusal {
    #[error("there is no such thing")]
    NotFound,
    #[error("it was changed by someone else meanwhile")]
    Stale,
    #[error("it belongs to another label than the actor's")]
    OtherLabel,
    #[error("the key is revoked")]
    Revoked,
    #[error("the instant lies in the past")]
    InPast,
    #[error("there is one already")]
    Exists,
    #[error("the limit's key does not exist")]
    UnknownKey,
    #[error("the time zone does not exist")]
    UnknownTimeZone,
    #[error("it is in use")]
    InUse,
    #[error("whether it was in use cannot be found out")]
    MaybeInUse,
    #[error("nobody could administrate any more")]
    LastAdmin,
    #[error("the idempotency key came with another request before")]
    OtherRequest,
    #[error("the secret of that idempotency key is no longer valid")]
    Superseded,
    #[error("another correction of prices is still being written")]
    RevisionPending,
    #[error("the correction is undone, or an undoing itself")]
    Undone,
    #[error("a later correction builds upon it")]
    BuiltUpon,
    #[error("there are more calls than one correction may look at")]
    TooManyCalls,
}
