//! What each process of a measurement takes of the processors, as Linux accounts it.

use std::fs;
use std::time::Duration;

use anyhow::Context;

/// A tick of the accounts, whatever the kernel's own is.
const TICK: Duration = Duration::from_millis(10);

/// The processes that share the machine while calls are made.
#[derive(Clone, Copy)]
pub(crate) struct Processes {
    pub mock: u32,
    pub api: u32,
    /// The server; its backends are its children.
    pub postgres: u32,
}

/// Processor time since each began: of the load, the mock, the API, and Postgres with all its backends.
pub(crate) struct Spent {
    pub load: Duration,
    pub mock: Duration,
    pub api: Duration,
    pub postgres: Duration,
}

impl Processes {
    pub(crate) fn spent(&self) -> anyhow::Result<Spent> {
        Ok(Spent {
            load: of(std::process::id())?.own,
            mock: of(self.mock)?.own,
            api: of(self.api)?.own,
            postgres: self.of_server()?,
        })
    }

    fn of_server(&self) -> anyhow::Result<Duration> {
        let server = of(self.postgres)?;
        let mut sum = server.own + server.of_ended_children;
        for entry in fs::read_dir("/proc")?.flatten() {
            let pid = entry.file_name().to_str().and_then(|name| name.parse().ok());
            // One that ends meanwhile is in its parent's account the next time.
            let Some(Ok(process)) = pid.map(of) else { continue };
            if process.parent == self.postgres {
                sum += process.own;
            }
        }
        Ok(sum)
    }
}

impl Spent {
    /// Since an earlier account, shared out over `calls`.
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

struct Process {
    parent: u32,
    own: Duration,
    of_ended_children: Duration,
}

fn of(pid: u32) -> anyhow::Result<Process> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // `4711 (a name) S 1 …`: the name may hold anything, parentheses too.
    let fields = stat.rsplit_once(')').context("no name")?.1;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let number = |at: usize| fields.get(at).and_then(|field| field.parse().ok()).unwrap_or(0u32);
    Ok(Process {
        parent: number(1),
        own: TICK * (number(11) + number(12)),
        of_ended_children: TICK * (number(13) + number(14)),
    })
}
