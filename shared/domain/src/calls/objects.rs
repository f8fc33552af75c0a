//! Objects at the provider: responses, their items, containers.

use crate::ids::{CallId, KeyId};

/// Whose an object is: the key that made it, and every key that is bound to its label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectOwner {
    /// The call that made it.
    pub call_id: CallId,
    /// `None` if the call was paid with the caller's own provider key.
    pub key_id: Option<KeyId>,
    pub user_label: String,
    /// As the call requested it.
    pub model: String,
}
