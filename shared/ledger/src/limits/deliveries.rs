//! The queue of limit event deliveries: at least once to each target, by one function at a time.

use chrono::{DateTime, Utc};
use domain::limits::LimitEvent;
use strum::{EnumString, IntoStaticStr};
use tokio_postgres::Row;

use super::events::event_of_row;
use super::parsed;
use crate::executor::Executor;
use crate::statement::{Statement, statement};
use crate::{Database, DbError};

const ENQUEUE: Statement = statement!("limits/enqueue.sql", [TEXT_ARRAY]);
const DUE: Statement = statement!("limits/due.sql", [TEXT_ARRAY]);
const CLAIM: Statement = statement!("limits/claim.sql", [TEXT_ARRAY, INT8]);
const RECORD: Statement = statement!("limits/record.sql", [INT8_ARRAY, TEXT_ARRAY, TEXT_ARRAY, INT2]);

pub(crate) const STATEMENTS: &[&Statement] = &[&ENQUEUE, &DUE, &CLAIM, &RECORD];

/// A delivery fails permanently after this many attempts, about a day and a half: pauses double from a minute to six
/// hours.
pub const MAX_ATTEMPTS: i16 = 14;

/// Where events are delivered to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum Target {
    Webhook,
    Sns,
}

impl Target {
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    fn from_row(row: &Row) -> Result<Self, DbError> {
        parsed(row, "target").ok_or(DbError::Unexpected("an unknown target"))
    }
}

/// A delivery claimed for attempt number `attempt`.
#[derive(Debug)]
pub struct Claim {
    pub event: LimitEvent,
    pub target: Target,
    pub attempt: i16,
    /// The database's clock.
    pub attempted_at: DateTime<Utc>,
}

impl Claim {
    pub const fn is_last(&self) -> bool {
        self.attempt >= MAX_ATTEMPTS
    }
}

/// Queues events not yet delivered to `targets` and returns the targets with due deliveries.
pub async fn enqueue(database: &Database, targets: &[Target]) -> Result<Vec<Target>, DbError> {
    let names = names(targets);
    database.query(&ENQUEUE, &[&names]).await?;
    database.query(&DUE, &[&names]).await?.iter().map(Target::from_row).collect()
}

/// Claims at most `limit` due deliveries. None is claimed again within a minute.
pub async fn claim(database: &Database, targets: &[Target], limit: i64) -> Result<Vec<Claim>, DbError> {
    // Not repeated over a new connection: what a lost connection claimed is due again after its pause.
    let rows = database.connection().await?.query(&CLAIM, &[&names(targets), &limit]).await?;
    let claim = |row: &Row| {
        Ok(Claim {
            event: event_of_row(row)?,
            target: Target::from_row(row)?,
            attempt: row.get("attempts"),
            attempted_at: row.get("attempted_at"),
        })
    };
    rows.iter().map(claim).collect()
}

/// Records the outcomes of attempts: an error, or `None` if delivered.
pub async fn record(database: &Database, outcomes: &[(&Claim, Option<String>)]) -> Result<(), DbError> {
    let events: Vec<i64> = outcomes.iter().map(|(claim, _)| claim.event.row_id).collect();
    let targets: Vec<&str> = outcomes.iter().map(|(claim, _)| claim.target.as_str()).collect();
    let errors: Vec<Option<&str>> = outcomes.iter().map(|(_, error)| error.as_deref()).collect();
    database.query(&RECORD, &[&events, &targets, &errors, &MAX_ATTEMPTS]).await.map(drop)
}

fn names(targets: &[Target]) -> Vec<&'static str> {
    targets.iter().map(|target| target.as_str()).collect()
}
