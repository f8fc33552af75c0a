//! Whether the ledger loses or doubles a call when the service is killed at random instants.
//!
//! A run keeps callers busy against the functions' local host, kills it with SIGKILL, starts it again on the same
//! database, cuts its database connections, sweeps calls too early, and hangs up on answers. At the end every call of
//! the callers is compared with the mock provider's record of it and with its rows in the ledger.

mod call;
mod database;
mod ledger;
mod load;
mod reconcile;
mod report;
mod rng;
mod rounds;
mod service;

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
    pub callers_of_each_kind: usize,
    pub seed: u64,
    /// The service to kill.
    pub program: PathBuf,
}

/// Runs the plan in a database of its own on the server of `admin_url`. A database whose ledger is wrong is kept.
pub async fn run(plan: &Plan, admin_url: &str) -> anyhow::Result<Report> {
    let started = Instant::now();
    let mut rng = Rng::new(plan.seed);
    let mock = MockOpenAi::start().await;
    // Kept, as the database is, for whoever has to find out what went wrong.
    let folder = tempfile::Builder::new().prefix("chaos").disable_cleanup(true).tempdir()?;
    let name = format!("chaos_{}_{}", std::process::id(), mock.address().port());
    let database = Database::create(admin_url, name).await?;
    let mut service = Service {
        program: plan.program.clone(),
        folder: folder.path().to_owned(),
        database_url: database.url.clone(),
        upstream: mock.base_url(),
        keys: String::new(),
    };
    service.prepare().await?;

    let (whereabouts, receiver) = watch::channel(Whereabouts::Down);
    let load =
        Load::start(plan.callers_of_each_kind, &receiver, &service.key("TOKENMETER_CHAT_KEY")?, &mut rng);
    let mut rounds = Rounds::new(&service, &database, whereabouts, rng);
    rounds.run(plan.kills).await?;
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
    if report.violations.is_empty() {
        database.drop_it().await?;
        std::fs::remove_dir_all(folder.path())?;
    } else {
        report.evidence = Some(format!("database {} and {}", database.name, service.log().display()));
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
