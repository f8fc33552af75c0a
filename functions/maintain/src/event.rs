//! The events of `maintain`.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;

/// What a run should do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Apply migrations, then do the work of each minute.
    All,
    /// Apply migrations, and create an admin key if there is none.
    Migrate,
    /// Do the work of each minute.
    Tick,
    /// Rebuild the rollups of all days in a range from the ledger, then compare all rollups with it.
    Rebuild { from: Option<DateTime<Utc>>, to: Option<DateTime<Utc>> },
    /// Compare all rollups with the ledger.
    Check,
    /// Fetch the provider's own usage and costs now, even if the hourly fetch is not due.
    Reconcile,
    /// Create another admin key, for an operator who has lost all of them.
    CreateAdminKey,
}

const ACTIONS: &str = "all, migrate, tick, check, rebuild, reconcile, create_admin_key";

/// The payload is no event. A typo must not start other work than was meant.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum EventError {
    #[error(r#"expected a JSON object like {{"action": "tick"}}, or no payload"#)]
    NotAnObject,
    #[error("the payload has no `action`: use one of {ACTIONS}, or no payload")]
    NoAction,
    #[error("unknown action {0}: use one of {ACTIONS}")]
    UnknownAction(String),
    #[error("the payload of action `{action}` is invalid: {reason}")]
    Invalid { action: String, reason: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Range {
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
}

impl Event {
    /// Parses an invocation's payload; an empty one, as a deployment sends, is `None`.
    pub fn parse(payload: &[u8]) -> Result<Option<Self>, EventError> {
        if payload.trim_ascii().is_empty() {
            return Ok(None);
        }
        let mut fields = match serde_json::from_slice(payload) {
            Ok(Value::Null) => return Ok(None),
            Ok(Value::Object(fields)) => fields,
            Ok(_) | Err(_) => return Err(EventError::NotAnObject),
        };
        if fields.is_empty() {
            return Ok(None);
        }
        let action = match fields.remove("action") {
            None => return Err(EventError::NoAction),
            Some(Value::String(action)) => action,
            Some(other) => return Err(EventError::UnknownAction(other.to_string())),
        };
        let event = match action.as_str() {
            "all" => Self::All,
            "migrate" => Self::Migrate,
            "tick" => Self::Tick,
            "check" => Self::Check,
            "reconcile" => Self::Reconcile,
            "create_admin_key" => Self::CreateAdminKey,
            "rebuild" => return Self::rebuild(fields).map(Some),
            _ => return Err(EventError::UnknownAction(format!("`{action}`"))),
        };
        match fields.keys().next() {
            None => Ok(Some(event)),
            Some(field) => Err(EventError::Invalid { action, reason: format!("it takes no `{field}`") }),
        }
    }

    fn rebuild(fields: serde_json::Map<String, Value>) -> Result<Self, EventError> {
        let invalid = |reason| EventError::Invalid { action: "rebuild".to_owned(), reason };
        let Range { from, to } =
            serde_json::from_value(Value::Object(fields)).map_err(|error| invalid(error.to_string()))?;
        match (from, to) {
            (Some(start), Some(end)) if start >= end => {
                Err(invalid(format!("`from` ({start}) is not before `to` ({end})")))
            }
            _ => Ok(Self::Rebuild { from, to }),
        }
    }
}
