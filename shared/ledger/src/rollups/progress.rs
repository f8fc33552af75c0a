//! How far a rebuild or a comparison of all rollups is.

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{Stream, stream};

use crate::DbError;
use crate::executor::{Executor, Transaction};
use crate::statement::{Statement, statement};

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

/// Days that are worked on at the same time, if there is a connection for each: a database has at least two cores.
pub(super) const CONCURRENT_DAYS: usize = 2;

impl Done {
    /// After a day of so many calls.
    pub(super) fn add(&mut self, calls: u64) {
        self.days += 1;
        self.calls += calls;
    }
}

pub(super) async fn calls_of_day(transaction: &Transaction<'_>, day: DateTime<Utc>) -> Result<u64, DbError> {
    let calls: i64 = transaction.query_one(&CALLS_OF_DAY, &[&day]).await?.get("calls");
    Ok(calls.unsigned_abs())
}

/// The days that begin in a range, in order.
pub(super) fn each_day(from: DateTime<Utc>, to: DateTime<Utc>) -> impl Stream<Item = DateTime<Utc>> {
    stream::iter(
        std::iter::successors(Some(from), |day| Some(*day + TimeDelta::days(1)))
            .take_while(move |day| *day < to),
    )
}

/// How many they are.
pub(super) fn days(from: DateTime<Utc>, to: DateTime<Utc>) -> u64 {
    let range = (to - from).max(TimeDelta::zero());
    let whole = u64::try_from(range.num_days()).unwrap_or_default();
    whole + u64::from(range > TimeDelta::days(range.num_days()))
}
