//! Bounds on output that are members of the body, or of an object in it: read, and where one of ours goes.

use super::family::BoundPlace;
use crate::json::offset_in;
use crate::wire::edit::Slot;
use crate::wire::members::{Members, RequestError};

/// The bound at a place, and where a bound of ours goes there. `end` is where the body's closing brace is.
pub(super) fn read(
    body: &Members<'_>,
    text: &str,
    end: usize,
    place: BoundPlace,
) -> Result<(Option<u64>, Slot), RequestError> {
    match place {
        BoundPlace::Member(name) => {
            let slot = match body.range_of(name) {
                Some(range) => Slot { range, before: String::new(), after: "" },
                None => Slot::new_member(end, body.is_empty(), &format!("\"{name}\":"), ""),
            };
            Ok((body.count(name)?, slot))
        }
        BoundPlace::Nested(object, name) => in_object(body, text, end, (object, name)),
    }
}

fn in_object(
    body: &Members<'_>,
    text: &str,
    end: usize,
    (object, name): (&'static str, &'static str),
) -> Result<(Option<u64>, Slot), RequestError> {
    let Some(value) = body.value(object) else {
        let slot = match body.range_of(object) {
            // A null.
            Some(range) => Slot { range, before: format!("{{\"{name}\":"), after: "}" },
            None => Slot::new_member(end, body.is_empty(), &format!("\"{object}\":{{\"{name}\":"), "}"),
        };
        return Ok((None, slot));
    };
    let members = Members::parse(value).map_err(|error| match error {
        RequestError::Duplicate { param } => RequestError::Duplicate { param: format!("{object}.{param}") },
        _ => RequestError::WrongType { param: object.into(), expected: "an object" },
    })?;
    let start = offset_in(text, value);
    let slot = if let Some(range) = members.range_of(name) {
        Slot { range: start + range.start..start + range.end, before: String::new(), after: "" }
    } else {
        let end = start + value.len() - 1;
        Slot::new_member(end, members.is_empty(), &format!("\"{name}\":"), "")
    };
    let count = members.count(name).map_err(|_| RequestError::WrongType {
        param: format!("{object}.{name}").into(),
        expected: "a non-negative integer",
    })?;
    Ok((count, slot))
}
