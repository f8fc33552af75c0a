//! The rounds of a run. In each, the service is started, runs for a random time, is sometimes disturbed, and is killed.

use std::time::Duration;

use anyhow::Context;
use fastrand::Rng;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::Plan;
use crate::call::SentCall;
use crate::callers::{Callers, ServiceState};
use crate::database::ChaosDatabase;
use crate::random::{below, chance};
use crate::service::{Service, ServiceProcess};

/// The longest that the service runs undisturbed.
const MAX_UPTIME: Duration = Duration::from_millis(500);
/// The longest that a crashed database stays down.
const MAX_OUTAGE: Duration = Duration::from_millis(300);
/// The longest that a service is left to start before it is killed.
const MAX_START: Duration = Duration::from_millis(400);
/// After this many failed starts in a row, the service itself is broken.
const MAX_FAILED_STARTS: u32 = 10;

/// What was done to the service and its database.
#[derive(Clone, Copy, Debug, Default)]
pub struct RoundCounts {
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
    database: &'a mut ChaosDatabase,
    state: watch::Sender<ServiceState>,
    rng: Rng,
    pub(crate) counts: RoundCounts,
}

impl<'a> Rounds<'a> {
    pub(crate) fn new(
        service: &'a Service,
        database: &'a mut ChaosDatabase,
        state: watch::Sender<ServiceState>,
        rng: Rng,
    ) -> Self {
        Self { service, database, state, rng, counts: RoundCounts::default() }
    }

    pub(crate) async fn run(&mut self, plan: &Plan) -> anyhow::Result<()> {
        let mut is_limited = false;
        while self.counts.kills < plan.kills {
            if !is_limited && self.counts.kills >= plan.kills / 2 {
                // While the service is down, so that each call is admitted either before or after.
                self.database.wait_for_other_connections().await?;
                self.database.limit_calls().await?;
                is_limited = true;
            }
            let process = self.run_once().await?;
            let rounds_left = u64::from(plan.kills - self.counts.kills);
            let crashes_left = plan.database_crashes.saturating_sub(self.counts.database_crashes);
            if self.rng.u64(..rounds_left) < u64::from(crashes_left) {
                self.crash_database(process, plan.kill_both).await?;
            } else {
                self.kill(process).await?;
            }
            if chance(&mut self.rng, 25) {
                // Open calls now belong to killed processes; the next start sweeps them.
                self.database.expire_open_calls().await?;
            }
            if chance(&mut self.rng, 25) {
                // The next start settles those that have ended.
                self.database.ask_about_background_calls().await?;
            }
        }
        Ok(())
    }

    async fn kill(&mut self, process: ServiceProcess) -> anyhow::Result<()> {
        process.kill().await?;
        self.state.send_replace(ServiceState::Down);
        self.counts.kills += 1;
        Ok(())
    }

    /// Crashes the database. The service survives, or is killed before or after the database recovers.
    async fn crash_database(&mut self, process: ServiceProcess, kill_both: bool) -> anyhow::Result<()> {
        self.database.crash()?;
        self.counts.database_crashes += 1;
        sleep(below(&mut self.rng, MAX_OUTAGE)).await;
        let kill_first = kill_both && chance(&mut self.rng, 50);
        if kill_first {
            self.counts.kills_without_database += 1;
            self.kill(process).await?;
            return self.database.recover().await;
        }
        self.database.recover().await?;
        self.linger().await;
        if kill_both {
            return self.kill(process).await;
        }
        self.state.send_replace(ServiceState::Down);
        self.counts.kills += 1;
        process.stop().await
    }

    /// Starts a last process so that the calls in flight can end, and stops it.
    pub(crate) async fn finish(&mut self, callers: Callers) -> anyhow::Result<Vec<SentCall>> {
        let process = self.start().await?;
        sleep(Duration::from_millis(200)).await;
        self.state.send_replace(ServiceState::Finished);
        let calls = callers.finish().await;
        process.stop().await?;
        Ok(calls)
    }

    /// Starts the service and disturbs it at random.
    async fn run_once(&mut self) -> anyhow::Result<ServiceProcess> {
        if chance(&mut self.rng, 5) {
            let process = self.service.start()?;
            sleep(below(&mut self.rng, MAX_START)).await;
            self.counts.kills_while_starting += 1;
            return Ok(process);
        }
        let process = self.start().await?;
        self.linger().await;
        if chance(&mut self.rng, 15) {
            self.database.terminate_connections().await?;
            self.counts.connection_cuts += 1;
            self.linger().await;
        }
        if chance(&mut self.rng, 5) {
            // The process is still running; its settlements correct what was swept.
            self.database.expire_open_calls().await?;
            self.service.sweep().await?;
            self.counts.early_sweeps += 1;
            self.linger().await;
        }
        Ok(process)
    }

    async fn start(&mut self) -> anyhow::Result<ServiceProcess> {
        for _ in 0..MAX_FAILED_STARTS {
            let mut process = self.service.start()?;
            if let Some(address) = process.ready().await? {
                self.state.send_replace(ServiceState::Up(address));
                return Ok(process);
            }
            self.counts.failed_starts += 1;
        }
        None.with_context(|| format!("the service does not start; see {}", self.service.log().display()))
    }

    async fn linger(&mut self) {
        sleep(below(&mut self.rng, MAX_UPTIME)).await;
    }
}
