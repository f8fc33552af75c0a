//! One key under hard limits with many concurrent clients: how many calls the limit's rows can admit, and that no call
//! exceeds the limit. Optionally compared with more keys, each with its own limits, where clients do not share rows.

use std::time::Duration;

use anyhow::ensure;
use tokio_postgres::Client;

use crate::load::{self, LoadTarget, Throughput};
use crate::sample::comparison;
use crate::stack::Stack;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Numbers of clients to measure, one after the other
    #[arg(long, value_delimiter = ',', default_values_t = [1, 2, 4, 8, 16, 32, 64])]
    clients: Vec<usize>,
    /// Seconds at saturation for each number of clients
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// Numbers of clients in the paced part
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 32, 64])]
    paced_clients: Vec<usize>,
    /// Number of keys for the comparison, each with its own limits; 1 measures only the shared key
    #[arg(long, default_value_t = 1)]
    keys: usize,
    /// Calls per second in the paced part
    #[arg(long, default_value_t = 1000)]
    rate: u32,
    /// Calls in the paced part for each number of clients
    #[arg(long, default_value_t = 5000)]
    calls: u32,
}

/// How many requests the key has left in the last part.
const LEFT: usize = 1000;
/// Names of the key that all clients share, and of the keys for the comparison.
const HOT: &str = "local chat";
const SPREAD: &str = "spread chat";
/// Three hard limits per key on money and requests, too high to reach. Keys share no limit.
const LIMIT: &str = "insert into limits (id, subject_kind, subject_id, metric, period, amount, mode) \
    select gen_random_uuid(), 'key', k.id::text, metric, period, 1e15::bigint, 'hard' \
    from api_keys k, (values ('usd', 'month'), ('requests', 'total'), ('usd', 'total')) as made (metric, period) \
    where k.name in ($1, $2)";
const LEAVE: &str = "update limits l set amount = s.used + $1 from limit_status s, api_keys k \
    where s.id = l.id and l.metric = 'requests' and l.subject_id = k.id::text and k.name = $2 returning l.amount";
/// The counts must equal the ledger's, with nothing reserved once all calls are settled. Checked per limit, shown per
/// metric and period.
const COUNTS: &str = "with counts as ( \
        select l.metric, l.period, sum(w.settled) as settled, sum(w.overrun) as overrun, sum(w.reserved) as reserved, \
            (select coalesce(case l.metric when 'usd' then sum(u.cost_pico_usd) else count(*) end, 0) \
                from usage_logs u where u.key_id::text = l.subject_id) as ledger, \
            bool_and(w.settled + w.reserved <= w.cap) as is_within \
        from limits l join limit_windows w on w.limit_id = l.id group by l.id) \
    select metric, sum(settled)::bigint, sum(overrun)::bigint, sum(reserved)::bigint, sum(ledger)::bigint, \
        bool_and(is_within), bool_and(settled + overrun = ledger and reserved = 0), count(*) \
    from counts group by metric, period order by metric, period";
const UPDATES: &str = "select relname::text, n_tup_upd, n_tup_hot_upd, n_dead_tup from pg_stat_user_tables \
    where relname in ('limit_windows', 'open_calls') order by relname collate \"C\"";

pub(crate) async fn run(arguments: &Arguments, threads: usize) -> anyhow::Result<()> {
    let stack = Stack::start(threads).await?;
    let database = stack.connect().await?;
    let mut targets = vec![(1, stack.metered())];
    if arguments.keys > 1 {
        targets.push((arguments.keys, stack.metered_by(arguments.keys, SPREAD).await?));
    }
    let keys: usize = targets.iter().map(|(keys, _)| keys).sum();
    let limits = database.execute(LIMIT, &[&HOT, &SPREAD]).await?;
    ensure!(limits == 3 * u64::try_from(keys)?, "the limits were not created");
    let direct = stack.direct();
    for (_, metered) in &targets {
        load::saturate(metered, 8, Duration::from_secs(2)).await?;
    }

    print_saturation(arguments, &direct, &targets).await?;
    print_paced(arguments, &direct, &targets).await?;
    exhaust(&database, &targets[0].1).await?;
    verify(&database).await?;
    print_updates(&database).await
}

#[expect(clippy::print_stdout, reason = "part of the command's output")]
async fn print_saturation(
    arguments: &Arguments,
    direct: &LoadTarget,
    targets: &[(usize, LoadTarget)],
) -> anyhow::Result<()> {
    println!(
        "| clients without pause | keys | calls/s | direct p50 / p99 ms | metered p50 / p99 ms | added p50 / p99 ms |"
    );
    println!("| --- | --- | --- | --- | --- | --- |");
    for clients in &arguments.clients {
        let time = Duration::from_secs(arguments.seconds);
        let one = load::saturate(direct, *clients, time / 2).await?;
        for (keys, metered) in targets {
            let two = load::saturate(metered, *clients, time).await?;
            println!("| {clients} | {keys} | {}", row(&one, &two));
        }
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "part of the command's output")]
async fn print_paced(
    arguments: &Arguments,
    direct: &LoadTarget,
    targets: &[(usize, LoadTarget)],
) -> anyhow::Result<()> {
    let rate = arguments.rate;
    println!(
        "\n| clients, {rate} calls/s | keys | calls/s | direct p50 / p99 ms | metered p50 / p99 ms | added p50 / p99 ms |"
    );
    println!("| --- | --- | --- | --- | --- | --- |");
    for clients in &arguments.paced_clients {
        let one = load::paced(direct, *clients, rate, arguments.calls / 2).await?;
        for (keys, metered) in targets {
            let two = load::paced(metered, *clients, rate, arguments.calls).await?;
            println!("| {clients} | {keys} | {}", row(&one, &two));
        }
    }
    Ok(())
}

/// Lets many clients use up what is left of the hot key's requests.
#[expect(clippy::print_stdout, reason = "part of the command's output")]
async fn exhaust(database: &Client, hot: &LoadTarget) -> anyhow::Result<()> {
    let cap: i64 = database.query_one(LEAVE, &[&i64::try_from(LEFT)?, &HOT]).await?.get(0);
    let (accepted, refused) = load::exhaust(hot, 64, 2 * LEFT).await?;
    println!("\n{LEFT} calls left of {cap}, 64 clients: {accepted} accepted, {refused} refused");
    ensure!(accepted == LEFT, "{accepted} calls were accepted, but {LEFT} were left");
    Ok(())
}

#[expect(clippy::print_stdout, reason = "part of the command's output")]
async fn print_updates(database: &Client) -> anyhow::Result<()> {
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
    format!("{:.0} | {} |", metered.per_second, comparison(&direct.times, &metered.times))
}

#[expect(clippy::print_stdout, reason = "part of the command's output")]
async fn verify(database: &Client) -> anyhow::Result<()> {
    for row in database.query(COUNTS, &[]).await? {
        let metric: String = row.get(0);
        let [settled, overrun, reserved, ledger] = [1, 2, 3, 4].map(|at| row.get::<_, i64>(at));
        println!(
            "{metric}, {} limits: {settled} settled, {overrun} overrun, {reserved} reserved; {ledger} in the ledger",
            row.get::<_, i64>(7),
        );
        ensure!(row.get::<_, bool>(6), "a count of {metric} differs from the ledger");
        ensure!(row.get::<_, bool>(5), "a count of {metric} exceeds its cap");
    }
    Ok(())
}
