//! The lives of the service: each is started, left alone for a random while, troubled now and then, and killed.

use std::time::Duration;

use anyhow::Context;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::Plan;
use crate::call::Made;
use crate::database::Database;
use crate::load::{Load, Whereabouts};
use crate::rng::Rng;
use crate::service::{Process, Service};

/// A life lasts up to this long once it serves.
const LONGEST_LIFE_MS: u64 = 500;
/// A crashed database stays away up to this long before it recovers.
const LONGEST_OUTAGE_MS: u64 = 300;
/// In a row; the service is broken then, and not only killed.
const MOST_FAILED_STARTS: u32 = 10;

/// What was done to the service.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub kills: u32,
    pub kills_while_starting: u32,
    pub database_crashes: u32,
    /// Kills while the database was down.
    pub kills_without_database: u32,
    pub connection_cuts: u32,
    pub early_sweeps: u32,
    pub failed_starts: u32,
}

pub(crate) struct Rounds<'a> {
    service: &'a Service,
    database: &'a mut Database,
    whereabouts: watch::Sender<Whereabouts>,
    rng: Rng,
    pub(crate) tally: Tally,
}

impl<'a> Rounds<'a> {
    pub(crate) fn new(
        service: &'a Service,
        database: &'a mut Database,
        whereabouts: watch::Sender<Whereabouts>,
        rng: Rng,
    ) -> Self {
        Self { service, database, whereabouts, rng, tally: Tally::default() }
    }

    pub(crate) async fn run(&mut self, plan: &Plan) -> anyhow::Result<()> {
        let mut is_limited = false;
        while self.tally.kills < plan.kills {
            if !is_limited && self.tally.kills >= plan.kills / 2 {
                // Between two lives: each call is admitted either before or after.
                self.database.wait_until_alone().await?;
                self.database.limit_calls().await?;
                is_limited = true;
            }
            let process = self.live().await?;
            let lives_left = u64::from(plan.kills - self.tally.kills);
            let crashes_left = plan.database_crashes.saturating_sub(self.tally.database_crashes);
            if self.rng.below(lives_left) < u64::from(crashes_left) {
                self.crash_database(process, plan.kill_both).await?;
            } else {
                self.kill(process).await?;
            }
            if self.rng.chance(25) {
                // What is open now belongs to the dead; the next start sweeps it.
                self.database.expire_open_calls().await?;
            }
        }
        Ok(())
    }

    async fn kill(&mut self, process: Process) -> anyhow::Result<()> {
        process.kill().await?;
        self.whereabouts.send_replace(Whereabouts::Down);
        self.tally.kills += 1;
        Ok(())
    }

    /// The database goes first. The service outlives it, or is killed before or after it is back.
    async fn crash_database(&mut self, process: Process, kill_both: bool) -> anyhow::Result<()> {
        self.database.crash()?;
        self.tally.database_crashes += 1;
        sleep(Duration::from_micros(self.rng.below(LONGEST_OUTAGE_MS * 1000))).await;
        let is_killed_first = kill_both && self.rng.chance(50);
        if is_killed_first {
            self.tally.kills_without_database += 1;
            self.kill(process).await?;
            return self.database.recover().await;
        }
        self.database.recover().await?;
        self.linger().await;
        if kill_both {
            return self.kill(process).await;
        }
        self.whereabouts.send_replace(Whereabouts::Down);
        self.tally.kills += 1;
        process.stop().await
    }

    /// Lets the calls in flight end against a last process, which then ends as well.
    pub(crate) async fn finish(&mut self, load: Load) -> anyhow::Result<Vec<Made>> {
        let process = self.start().await?;
        sleep(Duration::from_millis(200)).await;
        self.whereabouts.send_replace(Whereabouts::Over);
        let made = load.finish().await;
        process.stop().await?;
        Ok(made)
    }

    async fn live(&mut self) -> anyhow::Result<Process> {
        if self.rng.chance(5) {
            let process = self.service.start()?;
            sleep(Duration::from_micros(self.rng.below(400_000))).await;
            self.tally.kills_while_starting += 1;
            return Ok(process);
        }
        let process = self.start().await?;
        self.linger().await;
        if self.rng.chance(15) {
            self.database.terminate_connections().await?;
            self.tally.connection_cuts += 1;
            self.linger().await;
        }
        if self.rng.chance(5) {
            // Calls of a living process: what it settles afterwards corrects what was swept.
            self.database.expire_open_calls().await?;
            self.service.sweep().await?;
            self.tally.early_sweeps += 1;
            self.linger().await;
        }
        Ok(process)
    }

    async fn start(&mut self) -> anyhow::Result<Process> {
        for _ in 0..MOST_FAILED_STARTS {
            let mut process = self.service.start()?;
            if let Some(address) = process.ready().await? {
                self.whereabouts.send_replace(Whereabouts::Up(address));
                return Ok(process);
            }
            self.tally.failed_starts += 1;
        }
        None.with_context(|| format!("the service does not start; see {}", self.service.log().display()))
    }

    async fn linger(&mut self) {
        sleep(Duration::from_micros(self.rng.below(LONGEST_LIFE_MS * 1000))).await;
    }
}
