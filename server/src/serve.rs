//! The routers on a port, with maintenance beside them, until the process gets a signal to end.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use maintain::{Event, Maintain};
use platform::environment::Environment;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::host;

const TICK: Duration = Duration::from_mins(1);

#[derive(Debug, Clone, Copy)]
pub struct Settings {
    pub address: SocketAddr,
    /// How long calls in flight may take after SIGTERM. Those that take longer are recorded at their bounds.
    pub drain: Duration,
}

/// Serves a migrated database.
pub async fn serve(settings: Settings, maintain: &Maintain, environment: &Environment) -> anyhow::Result<()> {
    let chat = chat::ChatState::new(chat::Config::from_env(environment)?).await?;
    let summary = summary::SummaryState::new(summary::Config::from_env(environment)?).await?;
    let admin = admin::AdminState::new(admin::Config::from_env(environment)?).await?;
    chat.warm_up().await;
    let router = crate::router(chat, summary, admin);
    let address = settings.address;
    let listener =
        TcpListener::bind(address).await.with_context(|| format!("listening on {address} failed"))?;
    announce(listener.local_addr()?);
    tokio::select! {
        () = host::serve(listener, router) => {}
        () = tick(maintain) => {}
        ended = shutdown_signal() => ended?,
    }
    // As in Lambda, calls in flight are settled, not cut.
    host::drain(settings.drain).await;
    Ok(())
}

/// Runs maintenance every minute, for functions that run elsewhere.
pub async fn schedule(maintain: &Maintain) -> anyhow::Result<()> {
    tokio::select! {
        () = tick(maintain) => Ok(()),
        ended = shutdown_signal() => ended,
    }
}

/// Handles one event, and fails if rollups differ from the ledger.
pub async fn maintain(event: Event, environment: &Environment) -> anyhow::Result<()> {
    let report = Maintain::new(maintain::Config::from_env(environment)?)?.handle(event).await?;
    anyhow::ensure!(report.differences() == 0, "{} rollups differ from the ledger", report.differences());
    Ok(())
}

/// Waits for SIGTERM or SIGINT.
async fn shutdown_signal() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a parent process waits for this line")]
fn announce(address: SocketAddr) {
    println!("listening on http://{address}");
}

async fn tick(maintain: &Maintain) {
    loop {
        tokio::time::sleep(TICK).await;
        if let Err(error) = maintain.handle(Event::Tick).await {
            tracing::error!(%error, "Maintenance failed; will retry in a minute.");
        }
    }
}
