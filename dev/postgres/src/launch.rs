//! One start of a server's process, and its end.

use std::fs::{self, OpenOptions};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::Error;
use crate::account::Account;
use crate::binaries::Binaries;
use crate::error::file;

/// Recovery after a crash replays the log before the server answers.
const READY_WITHIN: Duration = Duration::from_mins(2);
const POLL: Duration = Duration::from_millis(20);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    Full,
    /// Nothing is flushed: the data goes with the test. Commits still wait for their log record, so that a server
    /// killed in a test keeps what it promised.
    None,
}

/// How the server is started.
#[derive(Debug)]
pub(crate) struct Launch {
    pub account: Account,
    pub binaries: Binaries,
    pub data: PathBuf,
    pub log: PathBuf,
    pub durability: Durability,
}

impl Launch {
    /// Starts it on the port, a free one if `None`, and waits until it answers.
    pub(crate) fn run(&self, port: Option<u16>) -> Result<(Child, u16), Error> {
        let mut tries = 20;
        loop {
            tries -= 1;
            let chosen = free_port(port)?;
            let from = fs::metadata(&self.log).map_or(0, |found| found.len());
            let mut child = self.spawn(chosen)?;
            if self.wait_until_ready(&mut child) {
                return Ok((child, chosen));
            }
            end(&mut child, self.durability);
            let log = tail(&self.log, from);
            // A free port may be taken in between; children of a killed server hold its memory a moment longer.
            let passes = (port.is_none() && log.contains("could not bind"))
                || log.contains("pre-existing shared memory");
            if !passes || tries == 0 {
                return Err(Error::NotReady { log });
            }
            thread::sleep(Duration::from_millis(250));
        }
    }

    fn spawn(&self, port: u16) -> Result<Child, Error> {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.log)
            .map_err(file("cannot open", &self.log))?;
        let mut command = self.account.command(self.binaries.program("postgres"));
        command.arg("-D").arg(&self.data);
        let mut set = |name: &str, value: &str| {
            command.arg("-c").arg(format!("{name}={value}"));
        };
        set("listen_addresses", "127.0.0.1");
        set("port", &port.to_string());
        // TCP alone: the path of a socket must be short, and a checkout's path need not be.
        set("unix_socket_directories", "");
        set("timezone", "UTC");
        set("log_timezone", "UTC");
        set("max_connections", "300");
        if self.durability == Durability::None {
            set("fsync", "off");
            set("full_page_writes", "off");
            set("wal_level", "minimal");
            set("max_wal_senders", "0");
        }
        let errors = log.try_clone().map_err(file("cannot share", &self.log))?;
        command
            .stdout(log)
            .stderr(errors)
            .process_group(0)
            .spawn()
            .map_err(|source| Error::Spawn { program: self.binaries.program("postgres"), source })
    }

    /// The server itself writes "ready" into its lock file, which no client program is needed to read.
    fn wait_until_ready(&self, child: &mut Child) -> bool {
        let lock = self.data.join("postmaster.pid");
        let own = child.id().to_string();
        let started = Instant::now();
        while started.elapsed() < READY_WITHIN {
            if !matches!(child.try_wait(), Ok(None)) {
                return false;
            }
            if let Ok(text) = fs::read_to_string(&lock) {
                let mut lines = text.lines();
                if lines.next() == Some(own.as_str())
                    && lines.nth(6).is_some_and(|state| state.trim() == "ready")
                {
                    return true;
                }
            }
            thread::sleep(POLL);
        }
        false
    }
}

fn free_port(wanted: Option<u16>) -> Result<u16, Error> {
    let port = wanted.unwrap_or(0);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|_| Error::PortTaken { port })?;
    listener.local_addr().map(|address| address.port()).map_err(|_| Error::PortTaken { port })
}

/// What was logged since `from`, at most the last lines.
fn tail(log: &Path, from: u64) -> String {
    let bytes = fs::read(log).unwrap_or_default();
    let from = usize::try_from(from).unwrap_or(0).min(bytes.len());
    let text = String::from_utf8_lossy(bytes.get(from..).unwrap_or_default()).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(15)..].join("\n")
}

/// Fast shutdown, harsher when it takes too long; data to be thrown away needs no last checkpoint.
pub(crate) fn end(child: &mut Child, durability: Durability) {
    let Ok(pid) = i32::try_from(child.id()) else { return };
    let first = if durability == Durability::Full { Signal::SIGINT } else { Signal::SIGQUIT };
    for (signal, seconds) in [(first, 20), (Signal::SIGQUIT, 10), (Signal::SIGKILL, 5)] {
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        let _ = kill(Pid::from_raw(pid), signal);
        let asked = Instant::now();
        while asked.elapsed() < Duration::from_secs(seconds) && matches!(child.try_wait(), Ok(None)) {
            thread::sleep(POLL);
        }
    }
}
