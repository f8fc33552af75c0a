//! One key under a budget, called by many at once: how fast a limit's rows let calls through, and that none slips by.

use std::time::Duration;

use anyhow::ensure;
use tokio_postgres::Client;

use crate::load::{self, Throughput};
use crate::ms;
use crate::stack::Stack;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How many callers there are at a time, one after the other.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 2, 4, 8, 16, 32, 64])]
    clients: Vec<usize>,
    /// Seconds at saturation for each number of callers.
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// Calls that are due each second in the paced part.
    #[arg(long, default_value_t = 1000)]
    rate: u32,
    /// Calls of the paced part for each number of callers.
    #[arg(long, default_value_t = 5000)]
    calls: u32,
}

/// What the last callers may still use of the key's requests.
const LEFT: usize = 1000;
/// Hard limits on money and requests of the key, and one on money that all keys share. No call reaches them.
const LIMIT: &str = "insert into limits (id, subject_kind, subject_id, metric, period, amount, mode) \
    select gen_random_uuid(), kind, case kind when 'key' then k.id::text else '' end, metric, period, 1e15::bigint, 'hard' \
    from api_keys k, (values ('key', 'usd', 'month'), ('key', 'requests', 'total'), ('global', 'usd', 'total')) \
        as made (kind, metric, period) \
    where k.name = 'local chat'";
const LEAVE: &str = "update limits l set amount = s.used + $1 from limit_status s \
    where s.id = l.id and l.metric = 'requests' returning l.amount";
/// What is counted must be what the ledger holds, with nothing reserved once all calls are settled.
const COUNTS: &str = "select l.metric, sum(w.settled)::bigint, sum(w.overrun)::bigint, sum(w.reserved)::bigint, \
        (select case l.metric when 'usd' then sum(u.cost_pico_usd) else count(*) end from usage_logs u)::bigint, \
        bool_and(w.settled + w.reserved <= w.cap) \
    from limits l join limit_windows w on w.limit_id = l.id group by l.id, l.metric order by l.metric, l.id";
const UPDATES: &str = "select relname::text, n_tup_upd, n_tup_hot_upd, n_dead_tup from pg_stat_user_tables \
    where relname in ('limit_windows', 'open_calls') order by relname collate \"C\"";

#[expect(clippy::print_stdout, reason = "the tables are this command's output")]
pub(crate) async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let stack = Stack::start().await?;
    let database = stack.connect().await?;
    ensure!(database.execute(LIMIT, &[]).await? == 3, "the limits were not made");
    let (direct, metered) = (stack.direct(), stack.metered());
    load::saturate(&metered, 8, Duration::from_secs(2)).await?;

    println!(
        "| clients that never pause | calls/s | direct p50 / p99 ms | through p50 / p99 ms | added p50 / p99 ms |"
    );
    println!("| --- | --- | --- | --- | --- |");
    for clients in &arguments.clients {
        let time = Duration::from_secs(arguments.seconds);
        let one = load::saturate(&direct, *clients, time / 2).await?;
        let two = load::saturate(&metered, *clients, time).await?;
        println!("| {clients} | {}", row(&one, &two));
    }
    let rate = arguments.rate;
    println!(
        "\n| clients, {rate} calls/s due | calls/s | direct p50 / p99 ms | through p50 / p99 ms | added p50 / p99 ms |"
    );
    println!("| --- | --- | --- | --- | --- |");
    for clients in &arguments.clients {
        let one = load::paced(&direct, *clients, rate, arguments.calls / 2).await?;
        let two = load::paced(&metered, *clients, rate, arguments.calls).await?;
        println!("| {clients} | {}", row(&one, &two));
    }

    let cap: i64 = database.query_one(LEAVE, &[&i64::try_from(LEFT)?]).await?.get(0);
    let (passed, refused) = load::exhaust(&metered, 64, 2 * LEFT).await?;
    println!("\n{LEFT} calls left of {cap}, 64 clients: {passed} let through, {refused} refused");
    ensure!(passed == LEFT, "{passed} calls were let through where {LEFT} were left");
    verify(&database).await?;
    for row in database.query(UPDATES, &[]).await? {
        let (table, updates, within_page, dead): (String, i64, i64, i64) =
            (row.get(0), row.get(1), row.get(2), row.get(3));
        println!(
            "{table}: {updates} updates, {within_page} of them without an index write; {dead} dead rows"
        );
    }
    Ok(())
}

fn row(direct: &Throughput, metered: &Throughput) -> String {
    let (one, two) = (&direct.times, &metered.times);
    format!(
        "{:.0} | {} / {} | {} / {} | **{} / {}** |",
        metered.per_second,
        ms(one.p50),
        ms(one.p99),
        ms(two.p50),
        ms(two.p99),
        ms(two.p50.saturating_sub(one.p50)),
        ms(two.p99.saturating_sub(one.p99)),
    )
}

#[expect(clippy::print_stdout, reason = "part of the command's output")]
async fn verify(database: &Client) -> anyhow::Result<()> {
    for row in database.query(COUNTS, &[]).await? {
        let metric: String = row.get(0);
        let [settled, overrun, reserved, ledger] = [1, 2, 3, 4].map(|at| row.get::<_, i64>(at));
        println!(
            "{metric}: {settled} settled, {overrun} overrun, {reserved} reserved; the ledger has {ledger}"
        );
        ensure!(settled + overrun == ledger && reserved == 0, "a count of {metric} differs from the ledger");
        ensure!(row.get::<_, bool>(5), "a count of {metric} is over its cap");
    }
    Ok(())
}
