//! The audit log of changes by administrators.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::ids::KeyId;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $word:literal),+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum $name { $($variant),+ }

        impl $name {
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}
words!(
    /// What kind of change it was.
    AuditAction { Create = "create", Update = "update", Delete = "delete", Revoke = "revoke", Rotate = "rotate" }
);
words!(
    /// What was changed.
    AuditSubject { Key = "key", Limit = "limit", Price = "price" }
);

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
