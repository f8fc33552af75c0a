//! The audit log of changes by administrators.

use chrono::{DateTime, Utc};
use serde_json::Value;
use strum::{IntoStaticStr, VariantArray};

use crate::ids::KeyId;

crate::word_schemas!(AuditAction, AuditSubject);

/// What kind of change it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum AuditAction {
    Create,
    Update,
    Delete,
    Revoke,
    Rotate,
}

/// What was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "lowercase")]
pub enum AuditSubject {
    Key,
    Limit,
    Price,
    Fee,
    Upstream,
    /// A model route.
    Route,
}

/// A recorded change.
#[derive(Debug, Clone)]
pub struct AuditEntry {
    pub id: i64,
    pub at: DateTime<Utc>,
    pub actor_key_id: KeyId,
    pub actor_name: String,
    pub action: String,
    pub subject_kind: String,
    pub subject_id: String,
    pub user_label: Option<String>,
    pub request_id: String,
    pub before: Option<Value>,
    pub after: Option<Value>,
}

/// Which entries to list: all conditions must hold.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    pub subject: Option<AuditSubject>,
    pub subject_id: Option<String>,
    pub action: Option<AuditAction>,
    pub actor: Option<KeyId>,
    /// Half-open: `from` is inside, `to` is not.
    pub from: Option<DateTime<Utc>>,
    pub to: Option<DateTime<Utc>>,
    pub user_label: Option<String>,
}
