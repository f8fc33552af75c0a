//! Objects at the provider: responses, their items, containers.

use super::BackgroundCall;
use crate::ids::{CallId, KeyId};

/// Objects that a request names, by what must be known of them.
#[derive(Debug, Clone, Copy)]
pub struct NamedIds<'a> {
    /// They exist only if a call through this service made them.
    pub own: &'a [String],
    /// They may also be unknown, because the provider did not store them.
    pub sent_back: &'a [String],
    /// They may have been made elsewhere: the first key that uses one becomes its owner.
    pub claimed: &'a [String],
}

/// Who claims objects that were made elsewhere.
#[derive(Debug, Clone, Copy)]
pub struct ObjectClaim<'a> {
    pub call_id: CallId,
    /// The label of the call, unless the key has one.
    pub label: Option<&'a str>,
    pub model: &'a str,
}

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
    /// The registered upstream that has it; `None` is the provider of the environment.
    pub upstream: Option<String>,
}

/// A stored response, as far as its owner may know it.
#[derive(Debug, Clone)]
pub struct StoredResponse {
    pub owner: ObjectOwner,
    /// The call that made it, while the provider works on it.
    pub background: Option<BackgroundCall>,
}
