//! Starts the server process.

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
use crate::cluster::Durability;
use crate::error::{file, removed};
use crate::process;

/// After a crash, the server replays its log before it accepts connections.
const READY_TIMEOUT: Duration = Duration::from_mins(2);
const POLL: Duration = Duration::from_millis(20);
const MAX_ATTEMPTS: u32 = 20;

/// How to start the server.
#[derive(Debug)]
pub(crate) struct Launch {
    pub account: Account,
    pub binaries: Binaries,
    pub data: PathBuf,
    pub log: PathBuf,
    pub durability: Durability,
}

impl Launch {
    /// Starts the server on `port`, or on a free port if `None`, and waits until it accepts connections.
    pub(crate) fn run(&self, port: Option<u16>) -> Result<(Child, u16), Error> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            let chosen = free_port(port)?;
            let log_start = fs::metadata(&self.log).map_or(0, |found| found.len());
            let mut child = self.spawn(chosen)?;
            if self.wait_until_ready(&mut child) {
                return Ok((child, chosen));
            }
            self.end(&mut child);
            let log = tail(&self.log, log_start);
            // The free port may have been taken since; children of a killed server keep its memory for a moment.
            let is_temporary = (port.is_none() && log.contains("could not bind"))
                || log.contains("pre-existing shared memory");
            if !is_temporary || attempts == MAX_ATTEMPTS {
                return Err(Error::NotReady { log });
            }
            thread::sleep(Duration::from_millis(250));
        }
    }

    /// Fast shutdown, then harsher signals. Temporary data needs no final checkpoint.
    pub(crate) fn end(&self, child: &mut Child) {
        let first = if self.durability == Durability::Full { Signal::SIGINT } else { Signal::SIGQUIT };
        let signals = [(first, 20), (Signal::SIGQUIT, 10), (Signal::SIGKILL, 5)];
        process::end(pid(child), &signals, || !matches!(child.try_wait(), Ok(None)));
    }

    /// Ends a server that an earlier run left on this data, and removes the lock file of one that no longer runs.
    pub(crate) fn end_left_over(data: &Path, progress: &dyn Fn(&str)) -> Result<(), Error> {
        let lock = data.join("postmaster.pid");
        let holder = fs::read_to_string(&lock).ok().and_then(|text| text.lines().next()?.trim().parse().ok());
        let Some(holder) = holder.filter(|pid| *pid > 1).map(Pid::from_raw) else { return Ok(()) };
        if !process::is_server_of(holder, data) {
            // If another process has this number now, Postgres would refuse to start.
            return removed(fs::remove_file(&lock), lock);
        }
        progress("stopping the database server of an earlier run");
        let signals = [(Signal::SIGINT, 10), (Signal::SIGQUIT, 10), (Signal::SIGKILL, 10)];
        if process::end(holder, &signals, || !process::is_server_of(holder, data)) {
            return Ok(());
        }
        Err(Error::LeftOver { pid: holder.as_raw(), data: data.to_owned() })
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
        // TCP only: a socket path must be short, and the path of a checkout may be long.
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
        let errors = log.try_clone().map_err(file("cannot open", &self.log))?;
        command
            .stdout(log)
            .stderr(errors)
            .process_group(0)
            .spawn()
            .map_err(|source| Error::Spawn { program: self.binaries.program("postgres"), source })
    }

    /// The server writes "ready" into its lock file, so no client program is needed.
    fn wait_until_ready(&self, child: &mut Child) -> bool {
        let lock = self.data.join("postmaster.pid");
        let pid = child.id().to_string();
        let started = Instant::now();
        while started.elapsed() < READY_TIMEOUT {
            if !matches!(child.try_wait(), Ok(None)) {
                return false;
            }
            let text = fs::read_to_string(&lock).unwrap_or_default();
            let mut lines = text.lines();
            if lines.next() == Some(&pid) && lines.nth(6).is_some_and(|state| state.trim() == "ready") {
                return true;
            }
            thread::sleep(POLL);
        }
        false
    }
}

pub(crate) fn pid(child: &Child) -> Pid {
    Pid::from_raw(child.id().cast_signed())
}

/// Kills the server and all its children at once. A stopped server starts no child that the list would miss.
pub(crate) fn crash(server: Pid) -> Result<(), Error> {
    let _ = kill(server, Signal::SIGSTOP);
    for backend in process::children(server)? {
        let _ = kill(backend, Signal::SIGKILL);
    }
    let _ = kill(server, Signal::SIGKILL);
    Ok(())
}

/// Sends a signal to the server and then to all its children.
pub(crate) fn signal(server: Pid, signal: Signal) -> Result<(), Error> {
    let _ = kill(server, signal);
    for backend in process::children(server)? {
        let _ = kill(backend, signal);
    }
    Ok(())
}

fn free_port(wanted: Option<u16>) -> Result<u16, Error> {
    let port = wanted.unwrap_or(0);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|_| Error::PortTaken { port })?;
    listener.local_addr().map(|address| address.port()).map_err(|_| Error::PortTaken { port })
}

/// The last lines logged since byte `start`.
fn tail(log: &Path, start: u64) -> String {
    let bytes = fs::read(log).unwrap_or_default();
    let start = usize::try_from(start).unwrap_or(0).min(bytes.len());
    let text = String::from_utf8_lossy(bytes.get(start..).unwrap_or_default()).into_owned();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(15)..].join("\n")
}
