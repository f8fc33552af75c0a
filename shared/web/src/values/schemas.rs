//! Schemas of values for the OpenAPI document, as their types parse them.

use domain::names::{MAX_LABEL_CHARS, MAX_MODEL_CHARS};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::text::MAX_SEARCH_CHARS;
use super::{Date, Label, ModelName, ProviderName, SearchText, Whole};

/// Text without control characters.
const PRINTABLE: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";
/// The same, with a character that is not white space.
const NOT_BLANK: &str =
    r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$";
/// The same, and without the invisible characters that labels may not have.
const VISIBLE: &str = r"^[^\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff0-\ufffb]*[^\s\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb][^\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff0-\ufffb]*$";

/// Derives the schema of a type from an expression.
#[macro_export]
macro_rules! schema {
    ($type:ty, $schema:expr) => {
        impl ::utoipa::PartialSchema for $type {
            fn schema() -> ::utoipa::openapi::RefOr<::utoipa::openapi::Schema> {
                $schema.into()
            }
        }

        impl ::utoipa::ToSchema for $type {}
    };
}

schema!(
    Date,
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
        .examples(["2026-11-01"])
);
schema!(Label, text(VISIBLE, MAX_LABEL_CHARS).examples(["search-team"]));
schema!(ModelName, line(MAX_MODEL_CHARS).examples(["gpt-4o-mini"]));
schema!(ProviderName, pattern(r"^[a-z][a-z0-9-]{0,31}$").examples(["anthropic"]));
schema!(SearchText, text(PRINTABLE, MAX_SEARCH_CHARS));
schema!(QueryText, pattern(PRINTABLE));

/// What the values of all query parameters are.
#[derive(Debug)]
pub struct QueryText;

impl<const MIN: i64, const MAX: i64> PartialSchema for Whole<MIN, MAX> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(MIN)).maximum(Some(MAX)).into()
    }
}

impl<const MIN: i64, const MAX: i64> ToSchema for Whole<MIN, MAX> {}

/// Text of a pattern, which also gives its length.
pub fn pattern(pattern: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern))
}

/// One line of text.
pub fn line(max: usize) -> ObjectBuilder {
    text(NOT_BLANK, max)
}

/// Text of 1 to `max` characters that matches a pattern.
fn text(text: &str, max: usize) -> ObjectBuilder {
    pattern(text).min_length(Some(1)).max_length(Some(max))
}
