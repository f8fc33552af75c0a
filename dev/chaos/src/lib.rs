//! Whether the ledger loses or doubles a call when the service is killed at random instants.
//!
//! A run keeps callers busy against the functions' local host, kills it with SIGKILL, starts it again on the same
//! database, cuts its database connections, kills every process of the database, sweeps calls too early, and hangs up
//! on answers. At the end every call of the callers is compared with the mock provider's record of it and with its rows
//! in the ledger.

mod call;
mod database;
mod ledger;
mod load;
mod reconcile;
mod report;
mod rng;
mod rounds;
mod service;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use mock_openai::{Counters, MockOpenAi};
use tokio::sync::watch;

use crate::database::Database;
use crate::load::{Load, Whereabouts};
use crate::rng::Rng;
use crate::rounds::Rounds;
use crate::service::Service;

pub use report::Report;
pub use service::find_program;

/// What to do, repeatable by its seed.
#[derive(Debug, Clone)]
pub struct Plan {
    pub kills: u32,
    /// How many of the kills hit the database, in place of the service.
    pub database_crashes: u32,
    /// Whether the service may be killed with its database, before it has settled what the crash lost.
    pub kill_both: bool,
    pub callers_of_each_kind: usize,
    pub seed: u64,
    /// The service to kill.
    pub program: PathBuf,
}

/// Runs the plan on a database server of its own. The data of a ledger that is wrong is kept.
pub async fn run(plan: &Plan) -> anyhow::Result<Report> {
    let started = Instant::now();
    let mut rng = Rng::new(plan.seed);
    let mock = MockOpenAi::start().await;
    // Kept for whoever has to find out what went wrong; the server may run as another user, who has to reach its data.
    let folder = tempfile::Builder::new()
        .prefix("chaos")
        .permissions(Permissions::from_mode(0o711))
        .disable_cleanup(true)
        .tempdir()?;
    let mut database = Database::start(folder.path()).await?;
    let mut service = Service {
        program: plan.program.clone(),
        folder: folder.path().to_owned(),
        database_url: database.url(),
        upstream: mock.base_url(),
        keys: String::new(),
    };
    service.prepare().await?;

    let (whereabouts, receiver) = watch::channel(Whereabouts::Down);
    let load =
        Load::start(plan.callers_of_each_kind, &receiver, &service.key("TOKENMETER_CHAT_KEY")?, &mut rng);
    let mut rounds = Rounds::new(&service, &mut database, whereabouts, rng);
    rounds.run(plan).await?;
    let made = rounds.finish(load).await?;
    let tally = rounds.tally;

    database.wait_until_alone().await?;
    database.expire_open_calls().await?;
    service.sweep().await?;
    let counters = settled_counters(&mock).await?;
    let ledger = ledger::read(&database.client).await?;
    let mut report = reconcile::reconcile(&made, &counters, &ledger);
    report.rounds = tally;
    report.seconds = started.elapsed().as_secs();
    drop(database);
    if report.violations.is_empty() {
        std::fs::remove_dir_all(folder.path())?;
    } else {
        report.evidence = Some(folder.path().display().to_string());
    }
    Ok(report)
}

/// The mock's counters, once it has noticed that the callers of its last requests are gone.
async fn settled_counters(mock: &MockOpenAi) -> anyhow::Result<Counters> {
    for _ in 0..200 {
        let counters = mock.counters();
        if counters.in_flight == 0 {
            return Ok(counters);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!("the mock is still answering, long after everybody left")
}
