//! Pages of a list: how many rows, and after which.

use std::str::FromStr;

use domain::ids::{KeyId, LimitId};
use serde::de::{Deserialize, Deserializer, Error};
use utoipa::IntoParams;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};

use crate::Request;
use crate::values::Whole;

const DEFAULT_LIMIT: i64 = 50;
const MAX_LIMIT: i64 = 200;

#[derive(Debug, serde::Deserialize)]
#[serde(bound(deserialize = "C: FromStr"))]
pub struct PageParams<C> {
    limit: Option<Whole<1, MAX_LIMIT>>,
    cursor: Option<PageCursor<C>>,
}

/// Where a page ends, as text.
pub trait Cursor: FromStr {
    const PATTERN: &'static str;
}

impl Cursor for i64 {
    const PATTERN: &'static str = "^(0|[1-9][0-9]{0,17})$";
}

impl Cursor for KeyId {
    const PATTERN: &'static str = "^key_[0-9a-f]{32}$";
}

impl Cursor for LimitId {
    const PATTERN: &'static str = "^lim_[0-9a-f]{32}$";
}

/// Not derived: the derive asks for a schema of `C`, which is text to callers.
impl<C: Cursor> IntoParams for PageParams<C> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let limit = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(1))
            .maximum(Some(MAX_LIMIT))
            .default(Some(DEFAULT_LIMIT.into()));
        let cursor = ObjectBuilder::new().schema_type(Type::String).pattern(Some(C::PATTERN));
        let parameter = |name: &str, description: &str, schema: ObjectBuilder| {
            ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Query)
                .required(Required::False)
                .description(Some(description))
                .schema(Some(schema))
                .build()
        };
        vec![
            parameter("limit", "Page size", limit),
            parameter("cursor", "The `next_cursor` of the previous page", cursor),
        ]
    }
}

impl<C: FromStr> Request for PageParams<C> {}

impl<C: Copy> PageParams<C> {
    /// The row after which the page begins.
    pub fn cursor(&self) -> Option<C> {
        self.cursor.as_ref().map(|cursor| cursor.0)
    }
}

impl<C> PageParams<C> {
    fn limit(&self) -> i64 {
        self.limit.map_or(DEFAULT_LIMIT, |limit| limit.0)
    }

    /// Rows to fetch: one more than the page holds, to know whether another page follows.
    pub fn fetch(&self) -> i64 {
        self.limit() + 1
    }

    /// Splits fetched rows into the page and the cursor of the next one.
    pub fn page<R, V>(
        &self,
        mut rows: Vec<R>,
        cursor: impl Fn(&R) -> String,
        view: impl Fn(R) -> V,
    ) -> (Vec<V>, Option<String>) {
        let size = usize::try_from(self.limit()).unwrap_or(usize::MAX);
        let has_next = rows.len() > size;
        rows.truncate(size);
        let next = rows.last().filter(|_| has_next).map(cursor);
        (rows.into_iter().map(view).collect(), next)
    }
}

#[derive(Debug, Clone, Copy)]
struct PageCursor<C>(C);

impl<'de, C: FromStr> Deserialize<'de> for PageCursor<C> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(|_| D::Error::custom("must be the next_cursor of a page"))
    }
}
