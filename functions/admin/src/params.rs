//! Query parameters: each may be given once, those nobody knows are named, and all that is wrong is said together.

use axum::extract::Query;
use axum::extract::rejection::QueryRejection;
use web::{ApiError, FieldError};

use crate::read::Read;

pub(crate) type RawParams = Result<Query<Vec<(String, String)>>, QueryRejection>;

const DEFAULT_LIMIT: i64 = 50;
const MAX_LIMIT: i64 = 200;

pub(crate) struct Params {
    rest: Vec<(String, String)>,
    errors: Vec<FieldError>,
}

/// How many rows, and after which.
pub(crate) struct Paging<C> {
    pub limit: i64,
    pub cursor: Option<C>,
}

impl Params {
    pub(crate) fn new(raw: RawParams) -> Result<Self, ApiError> {
        let Query(rest) =
            raw.map_err(|error| ApiError::InvalidRequest { message: error.body_text(), param: None })?;
        Ok(Self { rest, errors: Vec::new() })
    }

    pub(crate) fn take<T>(&mut self, name: &str, read: impl Fn(&str) -> Read<T>) -> Option<T> {
        let (values, rest) = std::mem::take(&mut self.rest).into_iter().partition(|(given, _)| given == name);
        self.rest = rest;
        let values: Vec<(String, String)> = values;
        let value = match values.as_slice() {
            [] => return None,
            [(_, value)] => read(value),
            _ => Err("may be given once".to_owned()),
        };
        value.map_err(|message| self.refuse(name, message)).ok()
    }

    pub(crate) fn refuse(&mut self, name: &str, message: impl Into<String>) {
        self.errors.push(FieldError::new(name, message));
    }

    /// `limit` and `cursor`; a cursor is what an earlier page gave as its `next_cursor`.
    pub(crate) fn paging<C: std::str::FromStr>(&mut self) -> Paging<C> {
        let limit = self.take("limit", |text| {
            let limit = text.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
            limit.ok_or_else(|| format!("must be a whole number from 1 to {MAX_LIMIT}"))
        });
        let cursor = self
            .take("cursor", |text| text.parse().map_err(|_| "must be the next_cursor of a page".to_owned()));
        Paging { limit: limit.unwrap_or(DEFAULT_LIMIT), cursor }
    }

    pub(crate) fn finish(mut self) -> Result<(), ApiError> {
        for (name, _) in std::mem::take(&mut self.rest) {
            self.refuse(&name, "is not a parameter of this endpoint");
        }
        if self.errors.is_empty() { Ok(()) } else { Err(ApiError::Validation(self.errors)) }
    }
}
