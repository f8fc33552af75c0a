//! The mock as a separate process, for the local stack and for benchmarks.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::net::{IpAddr, SocketAddr};

use clap::{CommandFactory, FromArgMatches, Parser};
use mock_provider::{Behaviour, Fault, MockProvider};
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};

/// A mock of the APIs of OpenAI, Anthropic, Gemini and Bedrock: real wire formats, faults on demand, exact counters
#[derive(Parser)]
struct Arguments {
    /// Port to listen on; 0 picks a free one
    #[arg(long, env = "PORT", default_value_t = 9000)]
    port: u16,
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// Worker threads; 1 runs everything on the main thread
    #[arg(long, default_value_t = 1)]
    threads: usize,
}

fn main() -> io::Result<()> {
    let matches = Arguments::command().after_long_help(reference()).get_matches();
    let arguments = Arguments::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
    runtime(arguments.threads)?.block_on(serve(SocketAddr::new(arguments.host, arguments.port)))
}

fn runtime(threads: usize) -> io::Result<Runtime> {
    if threads > 1 {
        Builder::new_multi_thread().worker_threads(threads).enable_all().build()
    } else {
        Builder::new_current_thread().enable_all().build()
    }
}

async fn serve(address: SocketAddr) -> io::Result<()> {
    // Registered before the ready line is printed, so that a signal sent right after it is not lost.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mock = MockProvider::bind(address)
        .await
        .map_err(|error| io::Error::new(error.kind(), format!("cannot listen on {address}: {error}")))?;
    writeln!(io::stdout(), "listening on {}", mock.base_url())?;
    io::stdout().flush()?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

/// The list of faults and parameters for `--help`.
fn reference() -> String {
    let mut text =
        String::from("Faults (model `mock-<fault>`, header `x-mock-fault`, metadata `mock_fault`):\n");
    for fault in Fault::ALL.iter().chain(Fault::OF_OTHERS) {
        let _ = writeln!(text, "  {:<24}{}", fault.name(), fault.about());
    }
    text.push_str(
        "\nParameters (header `x-mock-latency-ms`, metadata `mock_latency_ms`, model `gpt-4o?latency_ms=5`):\n",
    );
    for (name, about) in Behaviour::PARAMETERS {
        let _ = writeln!(text, "  {name:<28}{about}");
    }
    text.push_str(
        "\nControl over HTTP: GET /__mock/counters, GET /__mock/requests, POST /__mock/reset, \
         POST /__mock/script, POST /__mock/keys\n",
    );
    text
}
