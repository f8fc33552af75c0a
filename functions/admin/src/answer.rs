//! Answers: a version with each thing that has one, and pages that say where the next begins.

use axum::Json;
use axum::response::{IntoResponse, Response};
use domain::change::Precondition;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::params::Paging;

/// The body with the version that a change of it can name in `If-Match`.
pub(crate) fn versioned(status: StatusCode, version: i64, body: impl Serialize) -> Response {
    with_version(version, (status, Json(body)).into_response())
}

pub(crate) fn with_version(version: i64, mut response: Response) -> Response {
    if let Ok(tag) = HeaderValue::try_from(format!("\"{version}\"")) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// The versions of `If-Match`. One that is not ours, or weak, matches none.
pub(crate) fn if_match(headers: &HeaderMap) -> Precondition {
    let mut tags = headers.get_all(header::IF_MATCH).iter().peekable();
    if tags.peek().is_none() {
        return Precondition::default();
    }
    let tags: Vec<&str> =
        tags.flat_map(|value| value.to_str().unwrap_or_default().split(',')).map(str::trim).collect();
    if tags.contains(&"*") {
        return Precondition::default();
    }
    let version = |tag: &str| tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok();
    Precondition(Some(tags.into_iter().filter_map(version).collect()))
}

impl<C> Paging<C> {
    /// One row more than the page holds, to know whether another follows.
    pub(crate) fn fetch(&self) -> i64 {
        self.limit + 1
    }

    /// The rows of the page and the cursor of the next, out of one row more where there is one.
    pub(crate) fn page<R, V>(
        &self,
        mut rows: Vec<R>,
        cursor: impl Fn(&R) -> String,
        view: impl Fn(R) -> V,
    ) -> (Vec<V>, Option<String>) {
        let size = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let has_next = rows.len() > size;
        rows.truncate(size);
        let next = rows.last().filter(|_| has_next).map(cursor);
        (rows.into_iter().map(view).collect(), next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn if_match_names_versions_and_what_is_no_version_matches_none() {
        let parse = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::IF_MATCH, HeaderValue::from_static(value));
            if_match(&headers).0
        };
        assert_eq!(if_match(&HeaderMap::new()).0, None);
        assert_eq!(parse("*"), None);
        assert_eq!(parse("\"3\""), Some(vec![3]));
        assert_eq!(parse("\"3\", \"4\""), Some(vec![3, 4]));
        assert_eq!(parse("W/\"3\""), Some(vec![]));
        assert_eq!(parse("3"), Some(vec![]));
        assert_eq!(parse("\"\""), Some(vec![]));
    }
}
