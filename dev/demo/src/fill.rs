//! Fills an empty ledger with the story.

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use domain::ids::KeyId;
use domain::keys::KeyHasher;
use ledger::{Database, DatabaseConfig, prices};
use platform::environment::{AwsConfig, Environment, pepper_from_env};
use platform::secrets::Secrets;
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use crate::generator::Generator;
use crate::keys::Keys;
use crate::limits::{BUDGET_ZONE, Limits};
use crate::player::Player;
use crate::story::Story;
use crate::{plan, provider_figures};

/// What became of a request to fill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filled {
    /// This many calls were written.
    Now(u64),
    /// The ledger has the story already.
    Before,
}

/// Fills the ledger of a migrated database that has an admin key.
pub async fn fill(environment: &Environment, seed: u64) -> anyhow::Result<Filled> {
    let client = connect(environment.get("DATABASE_URL")?).await?;
    let has_story = "select exists (select from api_keys where name = 'checkout-bot prod') as it";
    let has_calls = "select exists (select from usage_logs) as it";
    if client.query_one(has_story, &[]).await?.get("it") {
        return Ok(Filled::Before);
    }
    if client.query_one(has_calls, &[]).await?.get("it") {
        bail!("the ledger has calls that are not the demo's: start with an empty database (--fresh)");
    }
    let story = Story::until(now(&client).await?);
    prepare(&client, &story).await?;
    let secrets = Secrets::new(&AwsConfig::from_env(environment)?);
    let hasher = KeyHasher::new(&secrets.resolve(&pepper_from_env(environment)?).await?);
    let database = Database::new(DatabaseConfig::from_env(environment)?, secrets)?;
    let book = prices::load(&database).await?;
    let mut calls = Generator { story: &story, seed }.calls(&book);
    let months = budget_months(&client, &story).await?;
    let budget = plan::fit(&story, &book, &months, &mut calls);
    let mut player = Player {
        admin: admin(&client).await?,
        database,
        client,
        hasher,
        story,
        keys: Keys::default(),
        limits: Limits::default(),
        provider_base: environment.get("OPENAI_API_BASE").unwrap_or("https://api.openai.com/v1").to_owned(),
        dated_entry: 0,
    };
    player.play(&calls, &budget).await?;
    let (sealed, stored) =
        tokio::join!(player.seal(), provider_figures::store(&player.database, &story, &calls));
    sealed?;
    stored?;
    player.finish().await?;
    // For the planner, from a small sample: the server's own vacuum and analysis follow within minutes.
    player.client.batch_execute("set default_statistics_target = 20; analyze").await?;
    Ok(Filled::Now(calls.len() as u64))
}

async fn connect(url: &str) -> anyhow::Result<Client> {
    let (client, connection) =
        tokio_postgres::connect(url, NoTls).await.context("Postgres does not accept connections")?;
    #[expect(clippy::disallowed_methods, reason = "the driver task of the connection")]
    tokio::spawn(connection);
    // Nothing is lost by a crash: an unfinished fill is repeated on an empty database.
    client.batch_execute("set synchronous_commit = off; set jit = off").await?;
    Ok(client)
}

async fn now(client: &Client) -> anyhow::Result<DateTime<Utc>> {
    let clock = "select date_trunc('milliseconds', clock_timestamp()) as now";
    Ok(client.query_one(clock, &[]).await?.get("now"))
}

/// Makes the partitions of earlier months, and lets the sealer begin before the first call: a ledger without calls may
/// have been sealed up to now.
async fn prepare(client: &Client, story: &Story) -> anyhow::Result<()> {
    let months = "select
            format('usage_logs_%s', to_char(month, 'YYYY_MM')) as name,
            month at time zone 'UTC' as starts_at,
            (month + interval '1 month') at time zone 'UTC' as ends_at
        from generate_series(
            date_trunc('month', $1::timestamptz at time zone 'UTC'), $2::timestamptz at time zone 'UTC',
            interval '1 month'
        ) as month
        where to_regclass(format('usage_logs_%s', to_char(month, 'YYYY_MM'))) is null";
    for row in client.query(months, &[&story.start, &story.now]).await? {
        let (name, from, to): (&str, DateTime<Utc>, DateTime<Utc>) =
            (row.get("name"), row.get("starts_at"), row.get("ends_at"));
        let create = format!(
            "create table {name} partition of usage_logs for values from ('{}') to ('{}')",
            from.to_rfc3339(),
            to.to_rfc3339()
        );
        client.batch_execute(&create).await?;
    }
    let begin = "update usage_rollup_state
        set sealed_until = '-infinity', sealing_until = '-infinity', checked_until = '-infinity'";
    Ok(client.batch_execute(begin).await?)
}

/// The key that makes all changes.
async fn admin(client: &Client) -> anyhow::Result<KeyId> {
    let first =
        "select id from api_keys where 'admin' = any(scopes) and user_label is null order by id limit 1";
    let row = client.query_opt(first, &[]).await?;
    let id: Uuid = row.context("no admin key exists: run `local migrate` first")?.get("id");
    Ok(KeyId::from_uuid(id))
}

/// The starts of the months of the checkout bot's budget, the current one last.
async fn budget_months(client: &Client, story: &Story) -> anyhow::Result<Vec<DateTime<Utc>>> {
    let start = "select limit_window_start('month', $1, $2) as starts_at";
    let mut months = Vec::new();
    let mut at = story.now;
    while at > story.start {
        let starts_at: DateTime<Utc> = client.query_one(start, &[&BUDGET_ZONE, &at]).await?.get("starts_at");
        months.push(starts_at);
        at = starts_at - chrono::TimeDelta::microseconds(1);
    }
    months.reverse();
    Ok(months)
}
