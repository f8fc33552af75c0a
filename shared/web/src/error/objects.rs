//! Objects at the provider that do not exist for a caller: the provider's own errors for unknown ones.

use http::StatusCode;

use super::ApiError;

/// How much of a caller's id an error repeats.
const MAX_SHOWN_ID_CHARS: usize = 256;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderObject {
    Response,
    PreviousResponse,
    Item,
    Conversation,
    Container,
    Audio,
}

impl ApiError {
    /// There is no such object for the caller.
    pub fn object_not_found(object: ProviderObject, id: &str) -> Self {
        let (name, param) = match object {
            ProviderObject::Response => ("Response", None),
            ProviderObject::PreviousResponse => ("Previous response", Some("previous_response_id")),
            ProviderObject::Item => ("Item", Some("input")),
            ProviderObject::Conversation => ("Conversation", Some("conversation")),
            ProviderObject::Container => ("Container", Some("tools")),
            ProviderObject::Audio => ("Audio", Some("messages")),
        };
        let id: String = id.chars().take(MAX_SHOWN_ID_CHARS).collect();
        let mut message = format!("{name} with id '{id}' not found.");
        if object == ProviderObject::Item {
            message += " Items are not persisted when `store` is set to false. Try again with `store` set to true, or \
                        remove this item from your input.";
        }
        let is_previous = object == ProviderObject::PreviousResponse;
        Self::ObjectNotFound {
            status: if is_previous { StatusCode::BAD_REQUEST } else { StatusCode::NOT_FOUND },
            message,
            param,
            code: is_previous.then_some("previous_response_not_found"),
        }
    }
}
