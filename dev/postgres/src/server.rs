//! A running server, stopped when dropped.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::account::Account;
use crate::binaries::Binaries;
use crate::cluster;
use crate::error::file;
use crate::{Error, Target, Watchdog};

/// The superuser, and the name of the database made for it.
pub const USER: &str = "tokenmeter";
pub const PASSWORD: &str = "tokenmeter";

/// Recovery after a crash replays the log before the server answers.
const READY_WITHIN: Duration = Duration::from_mins(2);
const POLL: Duration = Duration::from_millis(20);

#[derive(Debug, Clone)]
pub struct Settings {
    /// The folder that keeps data and installed binaries (`.dev` of the checkout).
    pub home: PathBuf,
    /// The port on 127.0.0.1; a free one if `None`.
    pub port: Option<u16>,
    /// The file the server's messages are appended to.
    pub log: PathBuf,
    /// Throw existing data away.
    pub fresh: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    Full,
    /// Nothing is flushed: the data goes with the test. Commits still wait for their log record, so that a server
    /// killed in a test keeps what it promised.
    None,
}

#[derive(Debug)]
pub struct Server {
    child: Child,
    watchdog: Option<Watchdog>,
    port: u16,
    launch: Launch,
    // Dropped after `stop`, in this order: the folder, then the lock.
    folder: Option<TempDir>,
    _lock: Option<File>,
}

impl Server {
    /// A server whose data is kept in `settings.home`, flushed as in production.
    pub fn start(settings: &Settings, progress: &dyn Fn(&str)) -> Result<Self, Error> {
        fs::create_dir_all(&settings.home).map_err(file("cannot make", &settings.home))?;
        let home = fs::canonicalize(&settings.home).map_err(file("cannot resolve", &settings.home))?;
        let lock = lock(home.join("postgres.lock"))?;
        let account = Account::for_data(&home.join("postgres"))?;
        let reachable = account.reachable_home(&home)?;
        let account = if reachable == home {
            account
        } else {
            progress(&format!(
                "the database's user cannot enter {}: its data is in {}",
                home.display(),
                reachable.display()
            ));
            Account::for_data(&reachable.join("postgres"))?
        };
        let data = reachable.join("postgres");
        cluster::end_left_over(&data, progress)?;
        if settings.fresh {
            cluster::remove(&data)?;
        }
        let made_by = cluster::made_by(&data);
        let binaries = Binaries::find(account, &reachable, made_by, progress)?;
        match made_by {
            Some(made_by) if made_by != binaries.major => {
                return Err(Error::OtherVersion { data, made_by, found: binaries.major });
            }
            Some(_) => {}
            None => {
                progress(&format!("making a PostgreSQL {} cluster in {}", binaries.major, data.display()));
                cluster::remove(&data)?;
                cluster::create(account, &binaries, &data, Durability::Full)?;
            }
        }
        let log = settings.log.clone();
        let launch = Launch { account, binaries, data, log, durability: Durability::Full };
        let (child, port) = launch.run(settings.port)?;
        Self::watched(child, port, launch, None, Some(lock))
    }

    /// A server for tests: its data lies in a temporary folder, nothing is flushed, and all of it goes with the value.
    /// Binaries are installed into `home` where the machine has none.
    pub fn temporary(home: &Path, progress: &dyn Fn(&str)) -> Result<Self, Error> {
        fs::create_dir_all(home).map_err(file("cannot make", home))?;
        let home = fs::canonicalize(home).map_err(file("cannot resolve", home))?;
        let account = Account::for_data(Path::new(""))?;
        let binaries = Binaries::find(account, &account.reachable_home(&home)?, None, progress)?;
        let parent = fs::canonicalize(account.temporary_folder())
            .map_err(file("cannot resolve", "the temporary folder"))?;
        let folder = tempfile::Builder::new()
            .prefix("tokenmeter-postgres-")
            .permissions(fs::Permissions::from_mode(0o711))
            .tempdir_in(&parent)
            .map_err(file("cannot make a folder in", &parent))?;
        let data = folder.path().join("data");
        cluster::create(account, &binaries, &data, Durability::None)?;
        let log = folder.path().join("log");
        let launch = Launch { account, binaries, data, log, durability: Durability::None };
        let (child, port) = launch.run(None)?;
        Self::watched(child, port, launch, Some(folder), None)
    }

    fn watched(
        mut child: Child,
        port: u16,
        launch: Launch,
        folder: Option<TempDir>,
        lock: Option<File>,
    ) -> Result<Self, Error> {
        match Watchdog::start(Target::Postgres(child.id()), folder.as_ref().map(TempDir::path)) {
            Ok(watchdog) => Ok(Self { child, watchdog: Some(watchdog), port, launch, folder, _lock: lock }),
            Err(source) => {
                end(&mut child, launch.durability);
                Err(Error::Spawn { program: "/bin/sh".into(), source })
            }
        }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The superuser's URL of the database `tokenmeter`.
    pub fn url(&self) -> String {
        format!("postgres://{USER}:{PASSWORD}@127.0.0.1:{}/{USER}", self.port)
    }

    /// Ends every process of the server at once, as a power cut would: nothing is flushed, and what lay in the
    /// server's own memory alone is lost.
    pub fn crash(&mut self) -> Result<(), Error> {
        let server = Pid::from_raw(self.child.id().cast_signed());
        // A stopped server starts no process that would be missed below.
        let _ = kill(server, Signal::SIGSTOP);
        for backend in cluster::children(server)? {
            let _ = kill(backend, Signal::SIGKILL);
        }
        let _ = kill(server, Signal::SIGKILL);
        let _ = self.child.wait();
        if let Some(watchdog) = self.watchdog.take() {
            watchdog.disarm();
        }
        Ok(())
    }

    /// Starts a server that has ended on its data and its port again. After a crash it recovers first.
    pub fn restart(&mut self) -> Result<(), Error> {
        let (child, _) = self.launch.run(Some(self.port))?;
        self.child = child;
        let target = Target::Postgres(self.child.id());
        let watchdog = Watchdog::start(target, self.folder.as_ref().map(TempDir::path));
        self.watchdog = Some(watchdog.map_err(|source| Error::Spawn { program: "/bin/sh".into(), source })?);
        Ok(())
    }

    /// How the server ended, if it did.
    pub fn exited(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        end(&mut self.child, self.launch.durability);
        if let Some(watchdog) = self.watchdog.take() {
            watchdog.disarm();
        }
    }
}

/// Fast shutdown, harsher when it takes too long; data to be thrown away needs no last checkpoint.
fn end(child: &mut Child, durability: Durability) {
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

/// Held as long as the file is open, so that it goes with the process however that ends.
fn lock(path: PathBuf) -> Result<File, Error> {
    let mut options = OpenOptions::new();
    let lock =
        options.create(true).truncate(false).write(true).open(&path).map_err(file("cannot open", &path))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(Error::Busy { path }),
        Err(TryLockError::Error(source)) => Err(Error::File { action: "cannot lock", path, source }),
    }
}

/// How the server is started.
#[derive(Debug)]
struct Launch {
    account: Account,
    binaries: Binaries,
    data: PathBuf,
    log: PathBuf,
    durability: Durability,
}

impl Launch {
    fn run(&self, port: Option<u16>) -> Result<(Child, u16), Error> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn server_left_in_a_folder_is_ended_before_the_next() {
        let home = TempDir::new().unwrap();
        let folder = fs::canonicalize(home.path()).unwrap();
        let server = Server::start(&settings(&folder), &|_| {}).unwrap();
        drop(server);
        let data = folder.join("postgres");
        let account = Account::for_data(&data).unwrap();
        let data = account.reachable_home(&folder).unwrap().join("postgres");
        let account = Account::for_data(&data).unwrap();
        let binaries = Binaries::find(account, &folder, None, &|_| {}).unwrap();
        let log = folder.join("log");
        let launch = Launch { account, binaries, data, log, durability: Durability::Full };
        // Neither locked nor watched: what stays when both this process and its watchdog are killed.
        let (mut left_over, _) = launch.run(None).unwrap();

        let server = Server::start(&settings(&folder), &|_| {}).unwrap();
        assert!(left_over.try_wait().unwrap().is_some());
        drop(server);
    }

    fn settings(folder: &Path) -> Settings {
        Settings { home: folder.to_owned(), port: None, log: folder.join("log"), fresh: false }
    }
}
