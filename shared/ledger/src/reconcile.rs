//! Both sides of a reconciliation: the ledger's sums per UTC day, and the provider's figures of the same days.

mod fragments;
pub mod stated;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use domain::money::PicoUsdSum;
use domain::provider::Provider;
use domain::reconcile::{
    FetchedDay, LedgerLine, LedgerSums, ProviderLine, ProviderSums, ReconcileInput, ReportedFigures,
    billed_item, fee_item,
};
use tokio_postgres::Row;

pub(crate) use self::fragments::names;
use super::{Database, DbError};
use crate::statement::{Statement, Values, statement};

const LEDGER_DAYS: Statement = statement!(template "reconcile/ledger_days.sql", [TIMESTAMPTZ_ARRAY, TEXT]);
const LEDGER_MODELS: Statement =
    statement!(template "reconcile/ledger_models.sql", [TIMESTAMPTZ, TIMESTAMPTZ, TEXT]);
const MOVED: Statement = statement!(template "reconcile/moved.sql", [TIMESTAMPTZ_ARRAY, TEXT]);
/// How many sealed calls were settled within an hour after one of the midnights $1: the rows that moved.sql reads.
const MOVED_ROWS: Statement = statement!(
    template "reconcile/moved_rows",
    "select coalesce(sum(calls), 0)::bigint as calls
    from usage_rollups
    where level = {hour_level} and cube = {whole_cube} and bucket_at = any($1)",
    [TIMESTAMPTZ_ARRAY]
);
const USAGE: Statement =
    statement!("reconcile/usage.sql", [TEXT, DATE, DATE, BOOL, BOOL, TEXT_ARRAY, TEXT_ARRAY]);
/// What the provider $1 billed per day; by line item where $4.
const COSTS: Statement = statement!(
    "reconcile/costs",
    "select
        day,
        case when $4 then line_item end as line_item,
        sum(amount_pico_usd)::text as cost_pico_usd
    from provider_costs
    where provider = $1 and day >= $2 and day < $3 and ($5::text[] is null or project_id = any($5))
    group by 1, 2",
    [TEXT, DATE, DATE, BOOL, TEXT_ARRAY]
);
const DAYS: Statement = statement!(
    "reconcile/days",
    "select day, fetched_at, is_final, has_costs
    from provider_days
    where provider = $1 and day >= $2 and day < $3",
    [TEXT, DATE, DATE]
);
const SYNC: Statement = statement!(
    "reconcile/sync",
    "select
        coalesce(fetched.status, 'never') as status, fetched.attempted_at, fetched.succeeded_at, fetched.error,
        (now() at time zone 'UTC')::date as today
    from (values ($1)) as asked (provider)
    left join provider_fetches fetched using (provider)",
    [TEXT]
);

pub(crate) const STATEMENTS: &[&[&Statement]] =
    &[&[&LEDGER_DAYS, &LEDGER_MODELS, &MOVED, &MOVED_ROWS, &USAGE, &COSTS, &DAYS, &SYNC], stated::STATEMENTS];

/// What to compare.
#[derive(Debug, Clone)]
pub struct ReconcileQuery {
    /// Whose figures the ledger's calls of this provider are compared with.
    pub provider: Provider,
    pub from: NaiveDate,
    /// The first day after.
    pub to: NaiveDate,
    pub by_model: bool,
    pub by_key: bool,
    /// Only what the provider counts under these of its projects and keys.
    pub project_ids: Option<Vec<String>>,
    pub api_key_ids: Option<Vec<String>>,
}

impl ReconcileQuery {
    fn instants(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        (midnight(self.from), midnight(self.to))
    }

    /// First instants of all days, without that of `to`.
    fn midnights(&self) -> Vec<DateTime<Utc>> {
        self.from.iter_days().take_while(|day| *day < self.to).map(midnight).collect()
    }

    fn all_midnights(&self) -> Vec<DateTime<Utc>> {
        let mut midnights = self.midnights();
        midnights.push(midnight(self.to));
        midnights
    }
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

/// About how many ledger rows are read to find the calls that crossed a midnight of the range.
pub async fn moved_rows(database: &Database, query: &ReconcileQuery) -> Result<u64, DbError> {
    let midnights = query.all_midnights();
    let row = database.query_one(&MOVED_ROWS, &[&midnights]).await?;
    Ok(u64::try_from(row.get::<_, i64>("calls")).unwrap_or_default())
}

/// The figures of a range, on both sides.
pub async fn read(database: &Database, query: &ReconcileQuery) -> Result<ReconcileInput, DbError> {
    let provider = query.provider.as_str();
    let ledger = if query.by_model {
        let (from, to) = query.instants();
        database.query(&LEDGER_MODELS, &[&from, &to, &provider]).await?
    } else {
        database.query(&LEDGER_DAYS, &[&query.midnights(), &provider]).await?
    };
    let moved = database.query(&MOVED, &[&query.all_midnights(), &provider]).await?;
    let usage: Values<'_> = &[
        &provider,
        &query.from,
        &query.to,
        &query.by_model,
        &query.by_key,
        &query.project_ids,
        &query.api_key_ids,
    ];
    let usage = database.query(&USAGE, usage).await?;
    // The provider does not bill by key.
    let bills_by_key = query.by_key || query.api_key_ids.is_some();
    let costs: Values<'_> = &[&provider, &query.from, &query.to, &query.by_model, &query.project_ids];
    let costs = if bills_by_key { Vec::new() } else { database.query(&COSTS, costs).await? };
    let known = database.query(&DAYS, &[&provider, &query.from, &query.to]).await?;
    Ok(ReconcileInput {
        reported: ReportedFigures::of(&query.provider),
        ledger: ledger.iter().map(ledger_line).collect::<Result<_, _>>()?,
        moved: moved.iter().map(ledger_line).collect::<Result<_, _>>()?,
        usage: usage.iter().map(provider_line).collect(),
        costs: costs
            .iter()
            .map(|row| {
                let item = row.get::<_, Option<&str>>("line_item").map(|item| billed_item(item).to_owned());
                Ok((row.get("day"), item, money(row)?.unwrap_or(PicoUsdSum::ZERO)))
            })
            .collect::<Result<_, DbError>>()?,
        days: known
            .iter()
            .map(|row| {
                let has_costs = row.get::<_, bool>("has_costs") && !bills_by_key;
                let (fetched_at, is_final) = (row.get("fetched_at"), row.get("is_final"));
                (row.get("day"), FetchedDay { fetched_at, is_final, has_costs })
            })
            .collect::<BTreeMap<_, _>>(),
    })
}

fn ledger_line(row: &Row) -> Result<LedgerLine, DbError> {
    Ok(LedgerLine {
        day: row.get("day"),
        model: row
            .get::<_, Option<&str>>("tool")
            .map(|tool| fee_item(tool).to_owned())
            .or_else(|| row.get("model")),
        service_tier: row.get("service_tier"),
        sums: LedgerSums {
            calls: row.get("calls"),
            failed_calls: row.get("failed_calls"),
            estimated_calls: row.get("estimated_calls"),
            unpriced_calls: row.get("unpriced_calls"),
            attempts: row.get("attempts"),
            input_tokens: row.get("input_tokens"),
            cached_tokens: row.get("cached_tokens"),
            output_tokens: row.get("output_tokens"),
            cost: money(row)?,
        },
    })
}

fn money(row: &Row) -> Result<Option<PicoUsdSum>, DbError> {
    let text: Option<&str> = row.get("cost_pico_usd");
    let parse =
        |text| PicoUsdSum::from_pico_text(text).map_err(|_| DbError::Unexpected("a cost out of range"));
    text.map(parse).transpose()
}

fn provider_line(row: &Row) -> ProviderLine {
    ProviderLine {
        day: row.get("day"),
        model: row.get("model"),
        api_key_id: row.get("api_key_id"),
        service_tier: row.get("service_tier"),
        sums: ProviderSums {
            calls: row.get::<_, Option<i64>>("requests").unwrap_or_default(),
            input_tokens: row.get("input_tokens"),
            cached_tokens: row.get("cached_tokens"),
            output_tokens: row.get("output_tokens"),
            cost: None,
        },
    }
}

/// The state of fetching from a provider.
#[derive(Debug, Clone)]
pub struct Sync {
    pub status: String,
    pub attempted_at: Option<DateTime<Utc>>,
    pub succeeded_at: Option<DateTime<Utc>>,
    pub error: Option<String>,
    pub today: NaiveDate,
}

pub async fn sync(database: &Database, provider: &Provider) -> Result<Sync, DbError> {
    let row = database.query_one(&SYNC, &[&provider.as_str()]).await?;
    Ok(Sync {
        status: row.get("status"),
        attempted_at: row.get("attempted_at"),
        succeeded_at: row.get("succeeded_at"),
        error: row.get("error"),
        today: row.get("today"),
    })
}
