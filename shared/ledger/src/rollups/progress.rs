//! How far a rebuild or a comparison of all rollups is.

use chrono::{DateTime, TimeDelta, Utc};

use crate::statement::{Statement, statement};
use crate::{Database, DbError};

const CALLS_OF_DAY: Statement = statement!(
    template "rollups/calls_of_day",
    "select coalesce(sum(calls), 0)::bigint as calls
    from usage_rollups
    where level = {day_level} and cube = {whole_cube} and bucket_at = $1",
    [TIMESTAMPTZ]
);

pub(crate) const STATEMENTS: &[&Statement] = &[&CALLS_OF_DAY];

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    pub days: u64,
    pub total_days: u64,
    pub calls: u64,
}

/// Called with what is done so far.
pub type Watch<'a> = &'a mut (dyn FnMut(Done) + Send);

impl Done {
    pub(super) async fn add_day(&mut self, database: &Database, day: DateTime<Utc>) -> Result<(), DbError> {
        let calls: i64 = database.query_one(&CALLS_OF_DAY, &[&day]).await?.get("calls");
        self.days += 1;
        self.calls += calls.unsigned_abs();
        Ok(())
    }
}

/// The days that begin in a range.
pub(super) fn days(from: DateTime<Utc>, to: DateTime<Utc>) -> u64 {
    let range = (to - from).max(TimeDelta::zero());
    let whole = u64::try_from(range.num_days()).unwrap_or_default();
    whole + u64::from(range > TimeDelta::days(range.num_days()))
}
