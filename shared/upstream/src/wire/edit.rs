//! Changes to a request body as splices of its text.

use std::ops::Range;

use bytes::{Bytes, BytesMut};

#[derive(Debug, Clone)]
pub(super) struct Edit {
    pub range: Range<usize>,
    pub text: String,
}

impl Edit {
    /// A new last member of the object that closes at `end`. There is always a member before it, because a body without
    /// `model` is not parsed.
    pub(super) fn new_member(end: usize, name: &str, value: &str) -> Self {
        Self { range: end..end, text: format!(r#","{name}":{value}"#) }
    }
}

/// Where a value of ours goes, with the text around it.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    pub range: Range<usize>,
    pub before: String,
    pub after: &'static str,
}

impl Slot {
    /// A new last member of the object that closes at `end`. `before` is its name and what else precedes the value.
    pub(super) fn new_member(end: usize, is_only: bool, before: &str, after: &'static str) -> Self {
        let comma = if is_only { "" } else { "," };
        Self { range: end..end, before: format!("{comma}{before}"), after }
    }

    pub(super) fn filled(&self, value: &str) -> Edit {
        Edit { range: self.range.clone(), text: format!("{}{value}{}", self.before, self.after) }
    }
}

/// The body with the edits made; they must not overlap.
pub(super) fn apply(body: &Bytes, mut edits: Vec<&Edit>) -> Bytes {
    if edits.is_empty() {
        return body.clone();
    }
    edits.sort_by_key(|edit| edit.range.start);
    let added: usize = edits.iter().map(|edit| edit.text.len()).sum();
    let mut changed = BytesMut::with_capacity(body.len() + added);
    let mut copied = 0;
    for edit in edits {
        changed.extend_from_slice(&body[copied..edit.range.start]);
        changed.extend_from_slice(edit.text.as_bytes());
        copied = edit.range.end;
    }
    changed.extend_from_slice(&body[copied..]);
    changed.freeze()
}
