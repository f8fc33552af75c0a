//! The overhead of metered calls over direct ones, and where it comes from.

use std::time::Duration;

use crate::load::{self, CallKind, LoadTarget};
use crate::sample::{Sample, comparison, ms};
use crate::stack::Stack;
use crate::{floor, stream};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Calls per kind, target and round
    #[arg(long, default_value_t = 1000)]
    calls: usize,
    /// Rounds, in which direct and metered calls alternate, so that changes in machine speed affect both alike
    #[arg(long, default_value_t = 5)]
    rounds: usize,
}

#[expect(clippy::print_stdout, reason = "the tables are this command's output")]
pub(crate) async fn run(arguments: &Arguments, threads: usize) -> anyhow::Result<()> {
    let stack = Stack::start(threads).await?;
    print_latency(arguments, &stack).await?;
    println!("\n| floor on the same server, one connection | p50 ms | p99 ms |\n| --- | --- | --- |");
    for (what, sample) in floor::measure(&stack.database_url(), arguments.calls).await? {
        println!("| {what} | {} | {} |", ms(sample.p50), ms(sample.p99));
    }
    print_saturation(&stack).await?;
    println!("\n| memory of the API process | MB |\n| --- | --- |");
    println!(
        "| at rest, after {} calls | {:.1} / {:.1} |",
        stack.calls_made().await?,
        stack.rss_at_start(),
        stack.rss()?
    );
    Ok(())
}

#[expect(clippy::print_stdout, reason = "part of the command's output")]
async fn print_latency(arguments: &Arguments, stack: &Stack) -> anyhow::Result<()> {
    let (direct, metered) = (stack.direct(), stack.metered());
    println!("| calls | clients | direct p50 / p99 ms | metered p50 / p99 ms | added p50 / p99 ms |");
    println!("| --- | --- | --- | --- | --- |");
    let cases = [
        (CallKind::Plain, 1),
        (CallKind::Message, 1),
        (CallKind::Content, 1),
        (CallKind::Converse, 1),
        (CallKind::Routed, 1),
        (CallKind::Plain, 8),
        (CallKind::FirstByte, 1),
        (CallKind::FirstByte, 8),
    ];
    for (kind, clients) in cases {
        let (one, two) = compare(arguments, &direct, &metered, kind, clients).await?;
        println!("| {kind} | {clients} | {} |", comparison(&one, &two));
    }
    let (mut one, mut two) = (Vec::new(), Vec::new());
    for _ in 0..arguments.rounds.max(1) {
        one.extend(stream::event_delays(&direct, arguments.calls / 20).await?);
        two.extend(stream::event_delays(&metered, arguments.calls / 20).await?);
    }
    println!("| stream, each further event | 1 | {} |", comparison(&Sample::of(one), &Sample::of(two)));
    Ok(())
}

#[expect(clippy::print_stdout, reason = "part of the command's output")]
async fn print_saturation(stack: &Stack) -> anyhow::Result<()> {
    println!(
        "\n| plain, at saturation | calls/s | p50 / p99 ms | CPU µs per call: load / mock / API / Postgres |"
    );
    println!("| --- | --- | --- | --- |");
    for clients in [1, 8, 32, 64] {
        let before = stack.processes()?.cpu_time()?;
        let result = load::saturate(&stack.metered(), clients, Duration::from_secs(5)).await?;
        let spent = stack.processes()?.cpu_time()?.per_call(&before, result.calls);
        let spent = spent.map(|time| time.as_micros().to_string()).join(" / ");
        println!("| {clients} clients | {:.0} | {} | {spent} |", result.per_second, result.times.cell());
    }
    Ok(())
}

/// Alternates between the two targets. The first round is a warm-up and is not counted.
async fn compare(
    arguments: &Arguments,
    direct: &LoadTarget,
    metered: &LoadTarget,
    kind: CallKind,
    clients: usize,
) -> anyhow::Result<(Sample, Sample)> {
    let (mut one, mut two) = (Vec::new(), Vec::new());
    for round in 0..=arguments.rounds {
        let direct_times = load::run(direct, kind, clients, arguments.calls).await?;
        let metered_times = load::run(metered, kind, clients, arguments.calls).await?;
        if round > 0 {
            one.extend(direct_times);
            two.extend(metered_times);
        }
    }
    Ok((Sample::of(one), Sample::of(two)))
}
