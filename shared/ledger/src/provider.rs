//! The provider's own figures as they are kept: who fetches them now, which days are due, and a day replaced as a whole.

use chrono::{DateTime, NaiveDate, Utc};
use domain::provider::{ProviderCost, ProviderUsage, UsageKind};
use tokio_postgres::types::Type;
use uuid::Uuid;

use super::{Database, DbError};

pub(super) const CLAIM: &str = include_str!("provider/claim.sql");
pub(super) const CLAIM_TYPES: &[Type] = &[Type::UUID, Type::BOOL];
pub(super) const DUE: &str = include_str!("provider/due.sql");
pub(super) const DUE_TYPES: &[Type] = &[Type::INT4];
pub(super) const HOLD: &str = include_str!("provider/hold.sql");
pub(super) const HOLD_TYPES: &[Type] = &[Type::UUID];
pub(super) const RELEASE: &str = include_str!("provider/release.sql");
pub(super) const RELEASE_TYPES: &[Type] = &[Type::UUID, Type::TEXT, Type::TEXT, Type::FLOAT8];
pub(super) const INSERT_DAY: &str = include_str!("provider/insert_day.sql");
pub(super) const INSERT_DAY_TYPES: &[Type] = &[Type::DATE, Type::TIMESTAMPTZ, Type::BOOL];
pub(super) const INSERT_USAGE: &str = include_str!("provider/insert_usage.sql");
pub(super) const INSERT_USAGE_TYPES: &[Type] = &[
    Type::DATE,
    Type::TEXT_ARRAY,
    Type::TEXT_ARRAY,
    Type::TEXT_ARRAY,
    Type::TEXT_ARRAY,
    Type::TEXT_ARRAY,
    Type::INT8_ARRAY,
    Type::INT8_ARRAY,
    Type::INT8_ARRAY,
    Type::INT8_ARRAY,
    Type::INT8_ARRAY,
    Type::INT8_ARRAY,
    Type::INT8_ARRAY,
];
pub(super) const INSERT_COSTS: &str = include_str!("provider/insert_costs.sql");
pub(super) const INSERT_COSTS_TYPES: &[Type] =
    &[Type::DATE, Type::TEXT_ARRAY, Type::TEXT_ARRAY, Type::TEXT_ARRAY];

/// How far back days are fetched. What is older was final long ago.
const WINDOW_DAYS: i32 = 31;

/// The right to fetch, until it is released or two minutes are over.
#[derive(Debug, Clone, Copy)]
pub struct Lease {
    id: Uuid,
    /// When it was taken: nothing fetched under it is older.
    pub taken_at: DateTime<Utc>,
}

/// Takes the right to fetch where nobody holds it and it is time; `now` does not wait for the time.
pub async fn claim(database: &Database, id: Uuid, now: bool) -> Result<Option<Lease>, DbError> {
    let row = database.query_opt(CLAIM, &[(&id, Type::UUID), (&now, Type::BOOL)]).await?;
    Ok(row.map(|row| Lease { id, taken_at: row.get("taken_at") }))
}

/// Days that were not fetched since the last complete run and may still change, the newest last.
pub async fn due_days(database: &Database) -> Result<Vec<NaiveDate>, DbError> {
    let rows = database.query(DUE, &[(&WINDOW_DAYS, Type::INT4)]).await?;
    Ok(rows.iter().map(|row| row.get("day")).collect())
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Complete,
    Incomplete,
    Unauthorised,
    Failed,
}

impl Outcome {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Incomplete => "incomplete",
            Self::Unauthorised => "unauthorised",
            Self::Failed => "failed",
        }
    }

    /// When the next run is due.
    const fn pause_seconds(self) -> f64 {
        match self {
            Self::Complete | Self::Unauthorised => 3600.0,
            Self::Incomplete => 0.0,
            Self::Failed => 600.0,
        }
    }
}

/// Gives the right back. Whoever lost it meanwhile changes nothing.
pub async fn release(
    database: &Database,
    lease: Lease,
    outcome: Outcome,
    error: Option<&str>,
) -> Result<(), DbError> {
    let (status, pause) = (outcome.as_str(), outcome.pause_seconds());
    let params = [
        (&lease.id as _, Type::UUID),
        (&status as _, Type::TEXT),
        (&error as _, Type::TEXT),
        (&pause as _, Type::FLOAT8),
    ];
    database.query(RELEASE, &params).await.map(drop)
}

/// What the provider said of a day.
#[derive(Debug, Clone)]
pub struct Day {
    pub day: NaiveDate,
    pub usage: Vec<(UsageKind, ProviderUsage)>,
    /// `None` where it said nothing of costs.
    pub costs: Option<Vec<ProviderCost>>,
}

/// Puts a day in place of what is known of it. `false` where the lease was lost: another run does it.
pub async fn replace_day(database: &Database, lease: Lease, day: &Day) -> Result<bool, DbError> {
    let mut client = database.connection().await?;
    let transaction = client.transaction().await?;
    if transaction.query_typed(HOLD, &[(&lease.id, Type::UUID)]).await?.is_empty() {
        return Ok(false);
    }
    let has_costs = day.costs.is_some();
    let params = [
        (&day.day as _, Type::DATE),
        (&lease.taken_at as _, Type::TIMESTAMPTZ),
        (&has_costs as _, Type::BOOL),
    ];
    transaction.execute_typed("delete from provider_days where day = $1", &params[..1]).await?;
    transaction.execute_typed(INSERT_DAY, &params).await?;
    insert_usage(&transaction, day).await?;
    let costs = day.costs.as_deref().unwrap_or_default();
    let texts = |text: fn(&ProviderCost) -> Option<&str>| costs.iter().map(text).collect::<Vec<_>>();
    let amounts: Vec<String> = costs.iter().map(|cost| cost.amount.as_pico().to_string()).collect();
    let params = [
        (&day.day as _, Type::DATE),
        (&texts(|cost| cost.line_item.as_deref()) as _, Type::TEXT_ARRAY),
        (&texts(|cost| cost.project_id.as_deref()) as _, Type::TEXT_ARRAY),
        (&amounts as _, Type::TEXT_ARRAY),
    ];
    transaction.execute_typed(INSERT_COSTS, &params).await?;
    transaction.commit().await?;
    Ok(true)
}

async fn insert_usage(transaction: &tokio_postgres::Transaction<'_>, day: &Day) -> Result<(), DbError> {
    let kinds: Vec<&str> = day.usage.iter().map(|(kind, _)| kind.as_str()).collect();
    let texts = |text: fn(&ProviderUsage) -> Option<&str>| {
        day.usage.iter().map(|(_, usage)| text(usage)).collect::<Vec<_>>()
    };
    let counts = |count: fn(&ProviderUsage) -> i64| {
        day.usage.iter().map(|(_, usage)| count(usage)).collect::<Vec<_>>()
    };
    let params = [
        (&day.day as _, Type::DATE),
        (&kinds as _, Type::TEXT_ARRAY),
        (&texts(|usage| usage.model.as_deref()) as _, Type::TEXT_ARRAY),
        (&texts(|usage| usage.project_id.as_deref()) as _, Type::TEXT_ARRAY),
        (&texts(|usage| usage.api_key_id.as_deref()) as _, Type::TEXT_ARRAY),
        (&texts(|usage| usage.service_tier.as_deref()) as _, Type::TEXT_ARRAY),
        (&counts(|usage| usage.requests) as _, Type::INT8_ARRAY),
        (&counts(|usage| usage.input_tokens) as _, Type::INT8_ARRAY),
        (&counts(|usage| usage.cached_tokens) as _, Type::INT8_ARRAY),
        (&counts(|usage| usage.cache_write_tokens) as _, Type::INT8_ARRAY),
        (&counts(|usage| usage.audio_input_tokens) as _, Type::INT8_ARRAY),
        (&counts(|usage| usage.output_tokens) as _, Type::INT8_ARRAY),
        (&counts(|usage| usage.audio_output_tokens) as _, Type::INT8_ARRAY),
    ];
    transaction.execute_typed(INSERT_USAGE, &params).await?;
    Ok(())
}
