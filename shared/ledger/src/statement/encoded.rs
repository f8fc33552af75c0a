//! The values of calls, encoded once: those of several calls are sent as arrays to one statement.

use std::collections::HashMap;
use std::error::Error;

use bytes::{BufMut, BytesMut};
use tokio_postgres::types::{IsNull, Kind, ToSql, Type, to_sql_checked};

use super::Values;
use crate::DbError;

/// The values of one call, each as an element of an array: its length, which is -1 for null, and its bytes.
pub(crate) struct EncodedRow {
    bytes: BytesMut,
    starts: Vec<usize>,
}

const NULL: i32 = -1;

impl EncodedRow {
    pub(crate) fn of(types: &[Type], values: Values<'_>) -> Result<Self, DbError> {
        let mut row = Self { bytes: BytesMut::with_capacity(512), starts: Vec::with_capacity(values.len()) };
        for (value, of_type) in values.iter().zip(types) {
            row.push(*value, of_type).map_err(|_| DbError::Unexpected("a value of another type"))?;
        }
        Ok(row)
    }

    fn push(
        &mut self,
        value: &(dyn ToSql + Sync),
        of_type: &Type,
    ) -> Result<(), Box<dyn Error + Sync + Send>> {
        let start = self.bytes.len();
        self.starts.push(start);
        self.bytes.put_i32(NULL);
        let value_start = self.bytes.len();
        if let IsNull::No = value.to_sql_checked(of_type, &mut self.bytes)? {
            let length = i32::try_from(self.bytes.len() - value_start)?;
            self.bytes[start..value_start].copy_from_slice(&length.to_be_bytes());
        }
        Ok(())
    }

    /// Its first columns.
    fn start(&self, columns: usize) -> &[u8] {
        let end = self.starts.get(columns).copied().unwrap_or(self.bytes.len());
        self.bytes.get(..end).unwrap_or_default()
    }

    /// For a statement of this row alone.
    pub(crate) fn elements(&self) -> Vec<Element<'_>> {
        (0..self.starts.len()).map(|column| Element(self.element(column))).collect()
    }

    fn element(&self, column: usize) -> &[u8] {
        let end = self.starts.get(column + 1).copied().unwrap_or(self.bytes.len());
        self.starts.get(column).and_then(|start| self.bytes.get(*start..end)).unwrap_or_default()
    }
}

/// One value of a row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Element<'a>(&'a [u8]);

impl Element<'_> {
    pub(crate) fn values(elements: &[Self]) -> Vec<&(dyn ToSql + Sync)> {
        elements.iter().map(|element| element as &(dyn ToSql + Sync)).collect()
    }
}

impl ToSql for Element<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        let (length, value) = self.0.split_first_chunk().ok_or("not a value")?;
        if i32::from_be_bytes(*length) == NULL {
            return Ok(IsNull::Yes);
        }
        out.put_slice(value);
        Ok(IsNull::No)
    }

    /// [`EncodedRow::of`] has checked the type.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// Rows whose first columns may be the same.
pub(crate) struct Grouped<'a, R> {
    /// The first row of each group.
    pub firsts: Vec<&'a R>,
    /// Of each row, the place of its group among these, from 1.
    pub places: Vec<i32>,
}

impl<'a, R: AsRef<EncodedRow>> Grouped<'a, R> {
    /// Rows are in one group if these columns are the same.
    pub(crate) fn by(rows: &'a [R], columns: usize) -> Result<Self, DbError> {
        let mut known = HashMap::with_capacity(rows.len());
        let mut grouped = Self { firsts: Vec::new(), places: Vec::with_capacity(rows.len()) };
        for row in rows {
            let place = *known.entry(row.as_ref().start(columns)).or_insert_with(|| {
                grouped.firsts.push(row);
                grouped.firsts.len()
            });
            let place = i32::try_from(place).map_err(|_| DbError::Unexpected("the number of calls"))?;
            grouped.places.push(place);
        }
        Ok(grouped)
    }
}

/// One value of each row, as an array.
#[derive(Clone, Copy)]
pub(crate) struct Column<'a, R> {
    rows: &'a [R],
    at: usize,
}

impl<R: AsRef<EncodedRow>> Column<'_, R> {
    pub(crate) fn all(rows: &[R]) -> Vec<Column<'_, R>> {
        let count = rows.first().map_or(0, |row| row.as_ref().starts.len());
        (0..count).map(|at| Column { rows, at }).collect()
    }
}

impl<R: AsRef<EncodedRow> + Sync> Column<'_, R> {
    pub(crate) fn values(columns: &[Self]) -> Vec<&(dyn ToSql + Sync)> {
        columns.iter().map(|column| column as &(dyn ToSql + Sync)).collect()
    }
}

impl<R> std::fmt::Debug for Column<'_, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "column {} of {} rows", self.at, self.rows.len())
    }
}

impl<R: AsRef<EncodedRow>> ToSql for Column<'_, R> {
    fn to_sql(&self, of_type: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        let Kind::Array(element_type) = of_type.kind() else { return Err("not an array".into()) };
        let elements = || self.rows.iter().map(|row| row.as_ref().element(self.at));
        let has_null = elements().any(|element| element.starts_with(&NULL.to_be_bytes()));
        // One dimension, which begins at 1.
        out.put_i32(1);
        out.put_i32(i32::from(has_null));
        out.put_u32(element_type.oid());
        out.put_i32(i32::try_from(self.rows.len())?);
        out.put_i32(1);
        for element in elements() {
            out.put_slice(element);
        }
        Ok(IsNull::No)
    }

    fn accepts(of_type: &Type) -> bool {
        matches!(of_type.kind(), Kind::Array(_))
    }

    to_sql_checked!();
}
