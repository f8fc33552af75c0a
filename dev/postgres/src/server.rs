//! A running server, stopped when dropped.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::account::Account;
use crate::binaries::Binaries;
use crate::cluster;
use crate::error::file;
use crate::launch::{Durability, Launch, end};
use crate::{Error, Target, Watchdog};

/// The superuser, and the name of the database made for it.
pub const USER: &str = "tokenmeter";
pub const PASSWORD: &str = "tokenmeter";

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

/// The modes of `pg_ctl stop`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shutdown {
    /// Ends sessions and flushes everything.
    Fast,
    /// Ends every process at once; the next start recovers from the log.
    Immediate,
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

    /// Ends the server as an operator would, and returns when it has ended.
    pub fn shut_down(&mut self, how: Shutdown) {
        let signal = match how {
            Shutdown::Fast => Signal::SIGINT,
            Shutdown::Immediate => Signal::SIGQUIT,
        };
        let _ = kill(Pid::from_raw(self.child.id().cast_signed()), signal);
        let _ = self.child.wait();
        if let Some(watchdog) = self.watchdog.take() {
            watchdog.disarm();
        }
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
