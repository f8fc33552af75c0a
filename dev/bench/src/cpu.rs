//! CPU time of each measured process, from Linux.

use std::fs;
use std::time::Duration;

use anyhow::Context;

/// The unit of `/proc/<pid>/stat`, independent of the kernel's own tick.
const TICK: Duration = Duration::from_millis(10);

/// The processes that share the machine during a measurement.
#[derive(Clone, Copy)]
pub(crate) struct Processes {
    pub mock: u32,
    pub api: u32,
    /// The Postgres server; its backends are its children.
    pub postgres: u32,
}

/// CPU time of each process since its start; Postgres includes its backends.
pub(crate) struct CpuTimes {
    pub load: Duration,
    pub mock: Duration,
    pub api: Duration,
    pub postgres: Duration,
}

impl Processes {
    pub(crate) fn cpu_time(&self) -> anyhow::Result<CpuTimes> {
        Ok(CpuTimes {
            load: stat(std::process::id())?.own,
            mock: stat(self.mock)?.own,
            api: stat(self.api)?.own,
            postgres: server_time(self.postgres)?,
        })
    }
}

/// CPU time of a Postgres server and of its backends, which are its children.
pub(crate) fn server_time(postgres: u32) -> anyhow::Result<Duration> {
    let server = stat(postgres)?;
    let mut sum = server.own + server.ended_children;
    for entry in fs::read_dir("/proc")?.flatten() {
        let pid = entry.file_name().to_str().and_then(|name| name.parse().ok());
        // A process that has just ended is counted with its parent next time.
        let Some(Ok(process)) = pid.map(stat) else { continue };
        if process.parent == postgres {
            sum += process.own;
        }
    }
    Ok(sum)
}

impl CpuTimes {
    /// The time since `before`, divided by `calls`.
    pub(crate) fn per_call(&self, before: &Self, calls: usize) -> [Duration; 4] {
        let calls = u32::try_from(calls).unwrap_or(u32::MAX).max(1);
        [
            self.load.saturating_sub(before.load) / calls,
            self.mock.saturating_sub(before.mock) / calls,
            self.api.saturating_sub(before.api) / calls,
            self.postgres.saturating_sub(before.postgres) / calls,
        ]
    }
}

struct ProcessStat {
    parent: u32,
    own: Duration,
    ended_children: Duration,
}

fn stat(pid: u32) -> anyhow::Result<ProcessStat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // `4711 (a name) S 1 …`: the name may contain anything, even parentheses.
    let fields = text.rsplit_once(')').context("no name")?.1;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let number = |at: usize| fields.get(at).and_then(|field| field.parse().ok()).unwrap_or(0u32);
    Ok(ProcessStat {
        parent: number(1),
        own: TICK * (number(11) + number(12)),
        ended_children: TICK * (number(13) + number(14)),
    })
}
