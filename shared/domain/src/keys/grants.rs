//! What an administrator who is bound to a label may grant to a key: nothing that its own key does not have. Otherwise
//! it could rid itself of its restrictions by way of a second key.
//!
//! Scopes need no check, since `admin` includes them all. An administrator without a label is unrestricted.

use super::{Key, KeyFacts, KeyRefusal, glob};
use crate::change::Actor;

/// A property of a key that grants something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    Models,
    Expiry,
}

impl Actor {
    /// Refuses facts that grant more than the actor's own key has.
    pub fn may_grant(&self, facts: &KeyFacts) -> Result<(), KeyRefusal> {
        if self.user_label.is_none() {
            return Ok(());
        }
        if !includes(self.models.as_deref(), facts.models.as_deref()) {
            return Err(KeyRefusal::Exceeds(Grant::Models));
        }
        match (self.ends_at, facts.expires_at) {
            (Some(own), granted) if granted.is_none_or(|granted| granted > own) => {
                Err(KeyRefusal::Exceeds(Grant::Expiry))
            }
            _ => Ok(()),
        }
    }

    /// Refuses keys that may do more than the actor's own: a new secret of one would hand over what it may do.
    pub fn may_manage(&self, key: &Key) -> Result<(), KeyRefusal> {
        self.may_grant(&key.facts).map_err(|_| KeyRefusal::Stronger)
    }
}

/// Whether each of the `granted` globs matches only models that one of `own` matches.
///
/// A glob includes another if it matches its text: an asterisk in that text is matched only by an asterisk, which then
/// matches whatever the other one stands for.
fn includes(own: Option<&[String]>, granted: Option<&[String]>) -> bool {
    let Some(own) = own else { return true };
    granted.is_some_and(|granted| {
        granted.iter().all(|inner| own.iter().any(|outer| glob::matches(outer, inner)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_include_narrower_ones_only() {
        for (own, granted, expected) in [
            (&["gpt-4o*"][..], &["gpt-4o", "gpt-4o-mini", "gpt-4o*", "gpt-4o-*"][..], true),
            (&["gpt-4o*"], &["gpt-4o", "gpt-5"], false),
            (&["gpt-4o*"], &["gpt-4*"], false),
            (&["gpt-4o*"], &["*"], false),
            (&["gpt-4o"], &["gpt-4o*"], false),
            (&["*"], &["*", "a*b"], true),
            (&["a*c"], &["a*b*c"], true),
            (&["a*b*c"], &["a*c"], false),
            (&["*mini", "gpt-4o"], &["gpt-*-mini", "gpt-4o"], true),
        ] {
            let globs = |of: &[&str]| of.iter().map(|glob| (*glob).to_owned()).collect::<Vec<_>>();
            let (own, granted) = (globs(own), globs(granted));
            assert_eq!(includes(Some(&own), Some(&granted)), expected, "{own:?} includes {granted:?}");
            assert!(includes(None, Some(&granted)) && !includes(Some(&own), None));
        }
    }
}
