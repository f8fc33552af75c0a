//! Measurements. Without a command: what a call through Tokenmeter costs over a call to the provider, on one machine and
//! in one run (`cargo build --release -p local -p mock-openai && cargo run --release -p bench`).

mod chunks;
mod cpu;
mod fill;
mod floor;
mod hot;
mod load;
mod read;
mod stack;

use std::time::Duration;

use clap::{Parser, Subcommand};
use load::{Kind, Sample, Target};

#[derive(Parser)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// Calls of each kind, target and round.
    #[arg(long, default_value_t = 1000)]
    calls: usize,
    /// Rounds; direct and metered calls alternate, so that a machine whose speed drifts treats both alike.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Worker threads of the API; a function in Lambda has one.
    #[arg(long, global = true, default_value_t = 1)]
    threads: usize,
}

#[derive(Subcommand)]
enum Command {
    /// Fill an empty ledger with realistic rows.
    Fill(fill::Arguments),
    /// Call with one key under hard limits, by more and more callers at once, up to its end.
    Hot(hot::Arguments),
    /// Time every read endpoint of a running API.
    Read(read::Arguments),
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(async {
        match &cli.command {
            None => run(&cli).await,
            Some(Command::Fill(arguments)) => fill::run(arguments).await,
            Some(Command::Hot(arguments)) => hot::run(arguments, cli.threads).await,
            Some(Command::Read(arguments)) => read::run(arguments).await,
        }
    })
}

#[expect(clippy::print_stdout, reason = "the table is this command's output")]
async fn run(cli: &Cli) -> anyhow::Result<()> {
    let stack = stack::Stack::start(cli.threads).await?;
    let (direct, metered) = (stack.direct(), stack.metered());
    println!("| calls | clients | direct p50 / p99 ms | through p50 / p99 ms | added p50 / p99 ms |");
    println!("| --- | --- | --- | --- | --- |");
    for (kind, clients) in [(Kind::Plain, 1), (Kind::Plain, 8), (Kind::FirstByte, 1), (Kind::FirstByte, 8)] {
        let (one, two) = compare(cli, &direct, &metered, kind, clients).await?;
        println!(
            "| {kind} | {clients} | {} / {} | {} / {} | **{} / {}** |",
            ms(one.p50),
            ms(one.p99),
            ms(two.p50),
            ms(two.p99),
            ms(two.p50.saturating_sub(one.p50)),
            ms(two.p99.saturating_sub(one.p99)),
        );
    }
    let (mut one, mut two) = (Vec::new(), Vec::new());
    for _ in 0..cli.rounds.max(1) {
        one.extend(chunks::run(&direct, cli.calls / 20).await?);
        two.extend(chunks::run(&metered, cli.calls / 20).await?);
    }
    let (one, two) = (Sample::of(one), Sample::of(two));
    println!(
        "| stream, each further event | 1 | {} / {} | {} / {} | **{} / {}** |",
        ms(one.p50),
        ms(one.p99),
        ms(two.p50),
        ms(two.p99),
        ms(two.p50.saturating_sub(one.p50)),
        ms(two.p99.saturating_sub(one.p99)),
    );
    println!("\n| floor on the same server, one connection | p50 ms | p99 ms |\n| --- | --- | --- |");
    for (what, sample) in floor::measure(stack.database_url(), cli.calls).await? {
        println!("| {what} | {} | {} |", ms(sample.p50), ms(sample.p99));
    }
    println!(
        "\n| plain, at saturation | calls/s | p50 / p99 ms | processor µs a call: load / mock / API / Postgres |"
    );
    println!("| --- | --- | --- | --- |");
    for clients in [1, 8, 32] {
        let before = stack.processes()?.spent()?;
        let met = load::saturate(&metered, clients, Duration::from_secs(5)).await?;
        let spent =
            stack.processes()?.spent()?.per_call(&before, met.calls).map(|time| time.as_micros().to_string());
        let (p50, p99) = (ms(met.times.p50), ms(met.times.p99));
        println!("| {clients} clients | {:.0} | {p50} / {p99} | {} |", met.per_second, spent.join(" / "));
    }
    println!("\n| memory of the API process | MB |\n| --- | --- |");
    println!(
        "| at rest, after {} calls | {:.1} / {:.1} |",
        stack.calls_made().await?,
        stack.rss_at_start(),
        stack.rss()?
    );
    Ok(())
}

/// Alternates the two targets; the first round warms up and is not counted.
async fn compare(
    cli: &Cli,
    direct: &Target,
    metered: &Target,
    kind: Kind,
    clients: usize,
) -> anyhow::Result<(Sample, Sample)> {
    let (mut one, mut two) = (Vec::new(), Vec::new());
    for round in 0..=cli.rounds {
        let (a, b) = (
            load::run(direct, kind, clients, cli.calls).await?,
            load::run(metered, kind, clients, cli.calls).await?,
        );
        if round > 0 {
            one.extend(a);
            two.extend(b);
        }
    }
    Ok((Sample::of(one), Sample::of(two)))
}

fn ms(duration: Duration) -> String {
    format!("{:.2}", duration.as_secs_f64() * 1000.0)
}
