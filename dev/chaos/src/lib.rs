//! Checks that the ledger neither loses nor duplicates a call when the service is killed at random instants.
//!
//! A run calls the local host without pause, kills it with SIGKILL and restarts it on the same database. It also cuts
//! database connections, kills every process of the database, sweeps calls too early, and hangs up during responses. At
//! the end, every call is compared with the mock provider's record and with its rows in the ledger.

mod call;
mod callers;
mod database;
mod ledger;
mod random;
mod reconcile;
mod report;
mod rounds;
mod service;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use fastrand::Rng;
use mock_provider::{Counters, MockProvider};
use tokio::sync::watch;

use crate::callers::{Callers, ServiceState};
use crate::database::ChaosDatabase;
use crate::rounds::Rounds;
use crate::service::Service;

pub use report::ChaosReport;
pub use service::find_program;

/// More than the provider needs to end what it was asked to do in the background.
const MAX_POLLS: u32 = 8;

/// What to do. The same seed makes the same random decisions.
#[derive(Debug, Clone)]
pub struct Plan {
    pub kills: u32,
    /// How many of the kills hit the database instead of the service.
    pub database_crashes: u32,
    /// Whether to kill the service together with its database, before it can settle what the crash lost.
    pub kill_both: bool,
    pub callers_of_each_kind: usize,
    pub seed: u64,
    /// The service's program.
    pub program: PathBuf,
}

/// Runs the plan on its own database server. If the ledger is wrong, its data is kept.
pub async fn run(plan: &Plan) -> anyhow::Result<ChaosReport> {
    let started = Instant::now();
    let mut rng = Rng::with_seed(plan.seed);
    let mock = MockProvider::start().await;
    // Kept for analysis after a failure. Other users need access, because the server may run as another user.
    let folder = tempfile::Builder::new()
        .prefix("chaos")
        .permissions(Permissions::from_mode(0o711))
        .disable_cleanup(true)
        .tempdir()?;
    let mut database = ChaosDatabase::start(folder.path()).await?;
    let mut service = Service {
        program: plan.program.clone(),
        folder: folder.path().to_owned(),
        database_url: database.url(),
        upstream: mock.base_url(),
        keys: String::new(),
    };
    service.prepare().await?;

    let (state, receiver) = watch::channel(ServiceState::Down);
    let callers =
        Callers::start(plan.callers_of_each_kind, &receiver, &service.key("TOKENMETER_CHAT_KEY")?, &mut rng);
    let mut rounds = Rounds::new(&service, &mut database, state, rng);
    rounds.run(plan).await?;
    let sent = rounds.finish(callers).await?;
    let counts = rounds.counts;

    database.wait_for_other_connections().await?;
    // Those that are left then are of responses that the provider no longer has.
    for _ in 0..MAX_POLLS {
        if database.ask_about_background_calls().await? == 0 {
            break;
        }
        service.sweep().await?;
    }
    database.expire_open_calls().await?;
    service.sweep().await?;
    let counters = settled_counters(&mock).await?;
    let ledger = ledger::read(&database.client).await?;
    let mut report = reconcile::reconcile(&sent, &counters, &ledger);
    report.rounds = counts;
    report.seconds = started.elapsed().as_secs();
    drop(database);
    if report.violations.is_empty() {
        std::fs::remove_dir_all(folder.path())?;
    } else {
        report.evidence = Some(folder.path().display().to_string());
    }
    Ok(report)
}

/// The mock's counters, once it has noticed that all callers have disconnected.
async fn settled_counters(mock: &MockProvider) -> anyhow::Result<Counters> {
    for _ in 0..200 {
        let counters = mock.counters();
        if counters.in_flight == 0 {
            return Ok(counters);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!("the mock still has requests in progress after all callers have stopped")
}
