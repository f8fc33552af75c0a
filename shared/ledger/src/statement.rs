//! A statement: its text and the types of its parameters, declared once and paired with values at the call.

mod encoded;
mod template;

use tokio_postgres::types::{ToSql, Type};

pub(crate) use self::encoded::{Column, Element, EncodedRow, Grouped};
pub(crate) use self::template::expand;
use crate::DbError;

/// One statement. Its types are sent along with the text, so that it needs no round trip to be prepared first.
#[derive(Debug)]
pub struct Statement {
    /// The file below `src`, or a unique name if the text stands in Rust.
    pub name: &'static str,
    pub(crate) text: Text,
    pub types: &'static [Type],
}

#[derive(Debug)]
pub(crate) enum Text {
    Plain(&'static str),
    /// Names measures, levels and cubes, and is expanded once.
    Template(fn() -> &'static str),
}

/// The values of a statement's parameters, in their order.
pub(crate) type Values<'a> = &'a [&'a (dyn ToSql + Sync)];

impl Statement {
    pub fn sql(&self) -> &'static str {
        match self.text {
            Text::Plain(sql) => sql,
            Text::Template(expanded) => expanded(),
        }
    }

    pub(crate) fn check_count(&self, values: Values<'_>) -> Result<(), DbError> {
        debug_assert_eq!(self.types.len(), values.len(), "values of {}", self.name);
        if self.types.len() == values.len() {
            Ok(())
        } else {
            Err(DbError::Unexpected("the number of values"))
        }
    }

    /// The values with their types, as the driver takes them.
    pub(crate) fn typed<'a>(
        &self,
        values: Values<'a>,
    ) -> Result<Vec<(&'a (dyn ToSql + Sync), Type)>, DbError> {
        self.check_count(values)?;
        Ok(values.iter().copied().zip(self.types.iter().cloned()).collect())
    }
}

/// `statement!("keys/find.sql", [UUID])` reads the file below `src`; `statement!("keys/lock", "select …", [UUID])`
/// holds a text of a few lines. The types are names of [`Type`]'s constants, or one constant for several statements.
/// `statement!(template …)` is a text with names of the module `template`.
macro_rules! statement {
    (template $file:literal, [$($of_type:ident),* $(,)?]) => {
        statement!(template $file, &[$(tokio_postgres::types::Type::$of_type),*])
    };
    (template $name:literal, $sql:literal, [$($of_type:ident),* $(,)?]) => {
        $crate::statement::Statement {
            name: $name,
            text: $crate::statement::expanded!($sql),
            types: &[$(tokio_postgres::types::Type::$of_type),*],
        }
    };
    (template $file:literal, $types:expr) => {
        $crate::statement::Statement {
            name: $file,
            text: $crate::statement::expanded!(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/", $file))),
            types: $types,
        }
    };
    ($file:literal, [$($of_type:ident),* $(,)?]) => {
        statement!($file, &[$(tokio_postgres::types::Type::$of_type),*])
    };
    ($name:literal, $sql:literal, [$($of_type:ident),* $(,)?]) => {
        $crate::statement::Statement {
            name: $name,
            text: $crate::statement::Text::Plain($sql),
            types: &[$(tokio_postgres::types::Type::$of_type),*],
        }
    };
    ($file:literal, $types:expr) => {
        $crate::statement::Statement {
            name: $file,
            text: $crate::statement::Text::Plain(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/", $file))),
            types: $types,
        }
    };
}
pub(crate) use statement;

macro_rules! expanded {
    ($template:expr) => {
        $crate::statement::Text::Template(|| {
            static SQL: std::sync::LazyLock<String> =
                std::sync::LazyLock::new(|| $crate::statement::expand($template));
            &SQL
        })
    };
}
pub(crate) use expanded;

use crate::{
    audit, background, calls, keys, limits, model_routes, objects, partitions, pool, prices, provider,
    reconcile, rollups, upstreams, usage,
};

/// Every statement of this crate, for the test that prepares them all.
pub fn all() -> impl Iterator<Item = &'static Statement> {
    [
        audit::STATEMENTS,
        background::STATEMENTS,
        calls::STATEMENTS,
        keys::STATEMENTS,
        limits::STATEMENTS,
        model_routes::STATEMENTS,
        objects::STATEMENTS,
        partitions::STATEMENTS,
        pool::STATEMENTS,
        prices::STATEMENTS,
        provider::STATEMENTS,
        reconcile::STATEMENTS,
        rollups::STATEMENTS,
        upstreams::STATEMENTS,
        usage::STATEMENTS,
    ]
    .into_iter()
    .flatten()
    .copied()
    .flatten()
    .copied()
}
