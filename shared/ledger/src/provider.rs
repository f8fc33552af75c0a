//! The provider's own figures: the lease of the run that fetches them, the days that are due, and replacing a day.

use chrono::{DateTime, NaiveDate, Utc};
use domain::provider::{Provider, ProviderCost, ProviderUsage, UsageKind};
use domain::words::Word;
use strum::IntoStaticStr;
use uuid::Uuid;

use super::{Database, DbError};
use crate::executor::{Executor, Transaction};
use crate::statement::{Statement, statement};

const CLAIM: Statement = statement!("provider/claim.sql", [TEXT, UUID, BOOL]);
const DUE: Statement = statement!("provider/due.sql", [TEXT, INT4]);
/// Held until the transaction ends: a run that takes over the lease waits for it.
const HOLD: Statement = statement!(
    "provider/hold",
    "select
    from provider_fetches
    where provider = $1 and lease_id = $2 and leased_until > clock_timestamp()
    for update",
    [TEXT, UUID]
);
const RELEASE: Statement = statement!("provider/release.sql", [TEXT, UUID, TEXT, TEXT, FLOAT8]);
/// By the provider's documentation figures may arrive up to a day late: two days after its end a day is final, if it
/// has costs. Without them it is fetched again.
const INSERT_DAY: Statement = statement!(
    "provider/insert_day",
    "insert into provider_days (provider, day, fetched_at, is_final, has_costs)
    values ($1, $2, $3, $4 and $3 at time zone 'UTC' >= $2 + interval '3 days', $4)",
    [TEXT, DATE, TIMESTAMPTZ, BOOL]
);
const INSERT_USAGE: Statement = statement!(
    "provider/insert_usage.sql",
    [
        TEXT, DATE, TEXT_ARRAY, TEXT_ARRAY, TEXT_ARRAY, TEXT_ARRAY, TEXT_ARRAY, INT8_ARRAY, INT8_ARRAY,
        INT8_ARRAY, INT8_ARRAY, INT8_ARRAY, INT8_ARRAY, INT8_ARRAY
    ]
);
const INSERT_COSTS: Statement = statement!(
    "provider/insert_costs",
    "insert into provider_costs (provider, day, line_item, project_id, amount_pico_usd)
    select $1, $2, line_item, project_id, sum(amount::numeric)
    from unnest($3, $4, $5) as billed (line_item, project_id, amount)
    group by line_item, project_id",
    [TEXT, DATE, TEXT_ARRAY, TEXT_ARRAY, TEXT_ARRAY]
);
const DELETE_DAY: Statement = statement!(
    "provider/delete_day",
    "delete from provider_days where provider = $1 and day = $2",
    [TEXT, DATE]
);

pub(crate) const STATEMENTS: &[&[&Statement]] =
    &[&[&CLAIM, &DUE, &HOLD, &RELEASE, &INSERT_DAY, &INSERT_USAGE, &INSERT_COSTS, &DELETE_DAY]];

/// How far back days are fetched. Older days are long final.
const WINDOW_DAYS: i32 = 31;

/// The right to fetch from a provider, until it is released or two minutes have passed.
#[derive(Debug, Clone)]
pub struct Lease {
    provider: Provider,
    id: Uuid,
    /// When it was taken: nothing fetched under it is older.
    pub taken_at: DateTime<Utc>,
}

/// Claims the right to fetch if it is free and a run is due; `now` does not wait until one is due.
pub async fn claim(
    database: &Database,
    provider: Provider,
    id: Uuid,
    now: bool,
) -> Result<Option<Lease>, DbError> {
    let row = database.query_opt(&CLAIM, &[&provider.as_str(), &id, &now]).await?;
    Ok(row.map(|row| Lease { provider, id, taken_at: row.get("taken_at") }))
}

/// Days that were not fetched since the last complete run and may still change, the newest last.
pub async fn due_days(database: &Database, provider: &Provider) -> Result<Vec<NaiveDate>, DbError> {
    let rows = database.query(&DUE, &[&provider.as_str(), &WINDOW_DAYS]).await?;
    Ok(rows.iter().map(|row| row.get("day")).collect())
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum Outcome {
    Complete,
    Incomplete,
    Unauthorised,
    Failed,
}

impl Outcome {
    pub fn as_str(self) -> &'static str {
        self.into()
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

/// Releases the lease. Does nothing if the lease has been lost.
pub async fn release(
    database: &Database,
    lease: &Lease,
    outcome: Outcome,
    error: Option<&str>,
) -> Result<(), DbError> {
    let (status, pause) = (outcome.as_str(), outcome.pause_seconds());
    database.query(&RELEASE, &[&lease.provider.as_str(), &lease.id, &status, &error, &pause]).await.map(drop)
}

/// The provider's figures of a day.
#[derive(Debug, Clone)]
pub struct Day {
    pub day: NaiveDate,
    pub usage: Vec<(UsageKind, ProviderUsage)>,
    /// `None` if it returned no costs.
    pub costs: Option<Vec<ProviderCost>>,
}

/// Replaces the stored figures of a day. Returns `false` if the lease was lost: another run does it.
pub async fn replace_day(database: &Database, lease: &Lease, day: &Day) -> Result<bool, DbError> {
    let provider = lease.provider.as_str();
    let mut client = database.connection().await?;
    let transaction = client.begin().await?;
    if transaction.query(&HOLD, &[&provider, &lease.id]).await?.is_empty() {
        return Ok(false);
    }
    let has_costs = day.costs.is_some();
    transaction.execute(&DELETE_DAY, &[&provider, &day.day]).await?;
    transaction.execute(&INSERT_DAY, &[&provider, &day.day, &lease.taken_at, &has_costs]).await?;
    insert_usage(&transaction, provider, day).await?;
    let costs = day.costs.as_deref().unwrap_or_default();
    let texts = |text: fn(&ProviderCost) -> Option<&str>| costs.iter().map(text).collect::<Vec<_>>();
    let amounts: Vec<String> = costs.iter().map(|cost| cost.amount.as_pico().to_string()).collect();
    transaction
        .execute(
            &INSERT_COSTS,
            &[
                &provider,
                &day.day,
                &texts(|cost| cost.line_item.as_deref()),
                &texts(|cost| cost.project_id.as_deref()),
                &amounts,
            ],
        )
        .await?;
    transaction.commit().await?;
    Ok(true)
}

async fn insert_usage(transaction: &Transaction<'_>, provider: &str, day: &Day) -> Result<(), DbError> {
    let kinds: Vec<&str> = day.usage.iter().map(|(kind, _)| kind.as_str()).collect();
    let texts = |text: fn(&ProviderUsage) -> Option<&str>| {
        day.usage.iter().map(|(_, usage)| text(usage)).collect::<Vec<_>>()
    };
    let counts = |count: fn(&ProviderUsage) -> i64| {
        day.usage.iter().map(|(_, usage)| count(usage)).collect::<Vec<_>>()
    };
    let requests: Vec<Option<i64>> = day.usage.iter().map(|(_, usage)| usage.requests).collect();
    transaction
        .execute(
            &INSERT_USAGE,
            &[
                &provider,
                &day.day,
                &kinds,
                &texts(|usage| usage.model.as_deref()),
                &texts(|usage| usage.project_id.as_deref()),
                &texts(|usage| usage.api_key_id.as_deref()),
                &texts(|usage| usage.service_tier.as_deref()),
                &requests,
                &counts(|usage| usage.input_tokens),
                &counts(|usage| usage.cached_tokens),
                &counts(|usage| usage.cache_write_tokens),
                &counts(|usage| usage.audio_input_tokens),
                &counts(|usage| usage.output_tokens),
                &counts(|usage| usage.audio_output_tokens),
            ],
        )
        .await?;
    Ok(())
}
