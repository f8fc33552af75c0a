//! The limits of the story. Windows and events come from the product's own functions, which count the ledger.

use anyhow::Context;
use chrono::{DateTime, Utc};
use domain::change::{Edit, Precondition};
use domain::ids::{KeyId, LimitId};
use domain::limits::{LimitChange, LimitFacts, LimitSubject, Metric, Mode, Period, Unbounded};
use ledger::limits::changes;

use crate::applications::{CHECKOUT_BOT, NIGHTLY_EVALS};
use crate::plan::Budget;
use crate::player::Player;
use crate::story::{RUNAWAY_LIMIT, RUNAWAY_REFUSALS, USD};

/// Opens the windows that have passed since a limit was created, with what the ledger holds of them.
const PAST_WINDOWS: &str = include_str!("limits/past_windows.sql");
/// Opens the current windows, with what the ledger holds of them.
const CURRENT_WINDOWS: &str = "select limit_windows_open_with_history(id) from limits order by id";
/// Dates threshold events to the call that reached them.
const DATE_EVENTS: &str = include_str!("limits/date_events.sql");
const ORDER_EVENTS: &str = include_str!("limits/order_events.sql");
/// Counts refusals in the window that holds $2, as admissions would, and dates their event.
const REFUSE: &str = "select limit_windows_refuse(w.id, true)
    from limit_windows w
    cross join generate_series(1, $3)
    where w.limit_id = $1 and w.starts_at <= $2 and w.ends_at > $2";

#[derive(Debug, Default)]
pub(crate) struct Limits {
    checkout: Option<LimitId>,
    runaway: Option<LimitId>,
}

fn facts(subject: LimitSubject, metric: Metric, period: Period, amount: i64, mode: Mode) -> LimitFacts {
    let (time_zone, unbounded) = ("UTC".to_owned(), Unbounded::default());
    LimitFacts { subject, metric, period, amount, mode, time_zone, unbounded }
}

pub(crate) async fn create(player: &mut Player, budget: &Budget, at: DateTime<Utc>) -> anyhow::Result<()> {
    let label = |label: &str| LimitSubject::Label(label.to_owned());
    let key = |name: &str| player.keys.id_of(name).map(|id| LimitSubject::Key(KeyId::from_uuid(id)));
    let checkout = LimitFacts {
        time_zone: BUDGET_ZONE.to_owned(),
        ..facts(label(CHECKOUT_BOT), Metric::Usd, Period::Month, budget.before, Mode::Hard)
    };
    let runaway = facts(key(NIGHTLY_EVALS)?, Metric::Usd, Period::Day, RUNAWAY_LIMIT, Mode::Hard);
    let others = [
        facts(LimitSubject::Tag(TEAM.to_owned()), Metric::Usd, Period::Month, budget.team, Mode::Soft),
        facts(LimitSubject::Global, Metric::Usd, Period::Month, 1_500 * USD, Mode::Soft),
        facts(key("ci")?, Metric::Concurrency, Period::Total, 8, Mode::Hard),
        facts(label("search-suggest"), Metric::Tokens, Period::Day, 2_000_000, Mode::Hard),
        facts(label("translation"), Metric::Tokens, Period::Month, 12_000_000, Mode::Soft),
        facts(label("*"), Metric::Requests, Period::Day, 5_000, Mode::Hard),
    ];
    player.limits.checkout = Some(add(player, &checkout, at).await?);
    player.limits.runaway = Some(add(player, &runaway, at).await?);
    for facts in &others {
        add(player, facts, at).await?;
    }
    Ok(())
}

/// The zone in which the checkout bot's months begin.
pub(crate) const BUDGET_ZONE: &str = "Europe/Berlin";
/// The team with a soft budget.
const TEAM: &str = "team=support";

async fn add(player: &mut Player, facts: &LimitFacts, at: DateTime<Utc>) -> anyhow::Result<LimitId> {
    let limit = changes::create(&player.database, facts, &player.actor()).await?;
    let set = "update limits set created_at = $2, updated_at = $2 where id = $1";
    player.client.execute(set, &[&limit.id.as_uuid(), &at]).await?;
    player.backdate(at).await?;
    Ok(limit.id)
}

pub(crate) async fn raise_budget(
    player: &mut Player,
    budget: &Budget,
    at: DateTime<Utc>,
) -> anyhow::Result<()> {
    let id = player.limits.checkout.context("the budget does not exist")?;
    // What it was until now: windows keep the cap that they had.
    open_windows(player, id).await?;
    let raise = LimitChange { amount: Edit::Set(budget.amount), ..LimitChange::default() };
    changes::change(&player.database, id, &raise, &Precondition::default(), &player.actor()).await?;
    let set = "update limits set updated_at = $2 where id = $1";
    player.client.execute(set, &[&id.as_uuid(), &at]).await?;
    player.backdate(at).await
}

/// Of one limit: those of all are opened at the end, when sealed sums make it quick.
async fn open_windows(player: &Player, id: LimitId) -> anyhow::Result<()> {
    let only = "select set_config('demo.limit_id', $1::uuid::text, false)";
    player.client.execute(only, &[&id.as_uuid()]).await?;
    player.client.batch_execute(PAST_WINDOWS).await?;
    player.client.batch_execute("reset demo.limit_id").await?;
    let current = "select limit_windows_open_with_history($1)";
    player.client.execute(current, &[&id.as_uuid()]).await?;
    Ok(())
}

pub(crate) async fn finish(player: &Player) -> anyhow::Result<()> {
    let client = &player.client;
    client.batch_execute(PAST_WINDOWS).await?;
    client.batch_execute(CURRENT_WINDOWS).await?;
    client.batch_execute(DATE_EVENTS).await?;
    let id = player.limits.runaway.context("the limit of the runaway key does not exist")?.as_uuid();
    let refused_at = player.story.runaway().end;
    client.execute(REFUSE, &[&id, &refused_at, &RUNAWAY_REFUSALS]).await?;
    let date = "update limit_events set occurred_at = $2 where limit_id = $1 and kind = 'refused'";
    client.execute(date, &[&id, &refused_at]).await?;
    Ok(client.batch_execute(ORDER_EVENTS).await?)
}
