//! The queue of events that targets are to be told of: at least once each, by one function at a time.

use chrono::{DateTime, Utc};
use domain::limits::LimitEvent;
use tokio_postgres::Row;

use super::events::event_of_row;
use crate::executor::Executor;
use crate::statement::{Statement, statement};
use crate::{Database, DbError};

const ENQUEUE: Statement = statement!("limits/enqueue.sql", [TEXT_ARRAY]);
const DUE: Statement = statement!("limits/due.sql", [TEXT_ARRAY]);
const CLAIM: Statement = statement!("limits/claim.sql", [TEXT_ARRAY, INT8]);
const RECORD: Statement = statement!("limits/record.sql", [INT8_ARRAY, TEXT_ARRAY, TEXT_ARRAY, INT2]);

pub(crate) const STATEMENTS: &[&Statement] = &[&ENQUEUE, &DUE, &CLAIM, &RECORD];

/// After this many a delivery is given up. The pauses between them double from a minute to six hours: a day and a half.
pub const MAX_ATTEMPTS: i16 = 14;

/// Who is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    Webhook,
    Sns,
}

impl Target {
    const ALL: [Self; 2] = [Self::Webhook, Self::Sns];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Sns => "sns",
        }
    }

    fn from_row(row: &Row) -> Result<Self, DbError> {
        let name: &str = row.get("target");
        let known = Self::ALL.into_iter().find(|target| target.as_str() == name);
        known.ok_or(DbError::Unexpected("an unknown target"))
    }
}

/// A delivery taken for one attempt, the `attempt`th.
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

/// Adds the events that `targets` were not told of yet, and answers which of them have something due.
pub async fn enqueue(database: &Database, targets: &[Target]) -> Result<Vec<Target>, DbError> {
    let names = names(targets);
    database.query(&ENQUEUE, &[&names]).await?;
    database.query(&DUE, &[&names]).await?.iter().map(Target::from_row).collect()
}

/// Takes at most `limit` deliveries that are due. Not taken again before a minute has passed.
pub async fn claim(database: &Database, targets: &[Target], limit: i64) -> Result<Vec<Claim>, DbError> {
    // Not repeated over a new connection: what a lost one took is due again after its pause.
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

/// Writes down what came of attempts: an error, or nothing where it was delivered.
pub async fn record(database: &Database, outcomes: &[(&Claim, Option<String>)]) -> Result<(), DbError> {
    let events: Vec<i64> = outcomes.iter().map(|(claim, _)| claim.event.row_id).collect();
    let targets: Vec<&str> = outcomes.iter().map(|(claim, _)| claim.target.as_str()).collect();
    let errors: Vec<Option<&str>> = outcomes.iter().map(|(_, error)| error.as_deref()).collect();
    database.query(&RECORD, &[&events, &targets, &errors, &MAX_ATTEMPTS]).await.map(drop)
}

fn names(targets: &[Target]) -> Vec<&'static str> {
    targets.iter().map(|target| target.as_str()).collect()
}
