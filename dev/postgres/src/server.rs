//! A running server, stopped on drop.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus};

use nix::sys::signal::{Signal, kill};
use tempfile::TempDir;

use crate::account::Account;
use crate::binaries::Binaries;
use crate::cluster::{self, Durability, PASSWORD, USER};
use crate::error::file;
use crate::launch::{self, Launch};
use crate::{Error, WatchTarget, Watchdog};

#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// The folder for data and installed binaries (`.dev` of the checkout).
    pub home: PathBuf,
    /// The port on 127.0.0.1; a free one if `None`.
    pub port: Option<u16>,
    /// The log file, to which the server appends.
    pub log: PathBuf,
    /// Delete existing data.
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
    // Dropped after the server has stopped, in this order: the folder, then the lock.
    folder: Option<TempDir>,
    _lock: Option<File>,
}

impl Server {
    /// A server that keeps its data in `settings.home` and flushes it as in production.
    pub fn start(settings: &ServerSettings, progress: &dyn Fn(&str)) -> Result<Self, Error> {
        let home = existing(&settings.home)?;
        let lock = lock(home.join("postgres.lock"))?;
        let mut account = Account::for_data(&home.join("postgres"))?;
        let reachable = account.reachable_home(&home)?;
        if reachable != home {
            let (closed, open) = (home.display(), reachable.display());
            progress(&format!("the database user cannot enter {closed}: its data is in {open}"));
            account = Account::for_data(&reachable.join("postgres"))?;
        }
        let data = reachable.join("postgres");
        Launch::end_left_over(&data, progress)?;
        if settings.fresh {
            cluster::remove(&data)?;
        }
        let created_by = cluster::created_by(&data);
        let binaries = Binaries::find(account, &reachable, created_by, progress)?;
        match created_by {
            Some(created_by) if created_by != binaries.major => {
                return Err(Error::OtherVersion { data, created_by, found: binaries.major });
            }
            Some(_) => {}
            None => {
                progress(&format!("creating a PostgreSQL {} cluster in {}", binaries.major, data.display()));
                cluster::remove(&data)?;
                cluster::create(account, &binaries, &data, Durability::Full)?;
            }
        }
        let log = settings.log.clone();
        let launch = Launch { account, binaries, data, log, durability: Durability::Full };
        Self::launch(launch, settings.port, None, Some(lock))
    }

    /// A server for tests. Its data is in a temporary folder, nothing is flushed, and dropping it deletes everything.
    /// Binaries are installed into `home` if the machine has none.
    pub fn temporary(home: &Path, progress: &dyn Fn(&str)) -> Result<Self, Error> {
        let home = existing(home)?;
        let account = Account::for_data(Path::new(""))?;
        let binaries = Binaries::find(account, &account.reachable_home(&home)?, None, progress)?;
        let parent = fs::canonicalize(account.temporary_folder())
            .map_err(file("cannot resolve", "the temporary folder"))?;
        let folder = tempfile::Builder::new()
            .prefix("tokenmeter-postgres-")
            .permissions(fs::Permissions::from_mode(0o711))
            .tempdir_in(&parent)
            .map_err(file("cannot create a folder in", &parent))?;
        let data = folder.path().join("data");
        cluster::create(account, &binaries, &data, Durability::None)?;
        let log = folder.path().join("log");
        let launch = Launch { account, binaries, data, log, durability: Durability::None };
        Self::launch(launch, None, Some(folder), None)
    }

    fn launch(
        launch: Launch,
        port: Option<u16>,
        folder: Option<TempDir>,
        lock: Option<File>,
    ) -> Result<Self, Error> {
        let (child, port) = launch.run(port)?;
        let mut server = Self { child, watchdog: None, port, launch, folder, _lock: lock };
        server.watch()?;
        Ok(server)
    }

    fn watch(&mut self) -> Result<(), Error> {
        let folder = self.folder.as_ref().map(TempDir::path);
        let watchdog = Watchdog::start(WatchTarget::Postgres(self.child.id()), folder);
        self.watchdog = Some(watchdog.map_err(|source| Error::Spawn { program: "/bin/sh".into(), source })?);
        Ok(())
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

    /// Kills every process of the server at once, as a power failure would: nothing is flushed, and whatever was only
    /// in memory is lost.
    pub fn crash(&mut self) -> Result<(), Error> {
        launch::crash(launch::pid(&self.child))?;
        self.wait();
        Ok(())
    }

    /// Stops every process of the server where it is: it neither answers nor closes connections until [`Self::thaw`].
    pub fn freeze(&self) -> Result<(), Error> {
        launch::signal(launch::pid(&self.child), Signal::SIGSTOP)
    }

    pub fn thaw(&self) -> Result<(), Error> {
        launch::signal(launch::pid(&self.child), Signal::SIGCONT)
    }

    /// Stops the server as an operator would, and waits until it has ended.
    pub fn shut_down(&mut self, mode: Shutdown) {
        let signal = match mode {
            Shutdown::Fast => Signal::SIGINT,
            Shutdown::Immediate => Signal::SIGQUIT,
        };
        let _ = kill(launch::pid(&self.child), signal);
        self.wait();
    }

    fn wait(&mut self) {
        let _ = self.child.wait();
        self.disarm();
    }

    fn disarm(&mut self) {
        if let Some(watchdog) = self.watchdog.take() {
            watchdog.disarm();
        }
    }

    /// Starts an ended server again, on the same data and port. After a crash it recovers first.
    pub fn restart(&mut self) -> Result<(), Error> {
        (self.child, _) = self.launch.run(Some(self.port))?;
        self.watch()
    }

    /// The exit status, if the server has ended.
    pub fn exited(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.launch.end(&mut self.child);
        self.disarm();
    }
}

/// Creates the folder if it does not exist, and returns its real path.
fn existing(folder: &Path) -> Result<PathBuf, Error> {
    fs::create_dir_all(folder).map_err(file("cannot create", folder))?;
    fs::canonicalize(folder).map_err(file("cannot resolve", folder))
}

/// Held while the file is open, so it is released when this process ends, however it ends.
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
    fn server_left_by_an_earlier_run_is_ended_first() {
        let home = TempDir::new().unwrap();
        let folder = fs::canonicalize(home.path()).unwrap();
        let log = folder.join("log");
        let settings = ServerSettings { home: folder.clone(), port: None, log, fresh: false };
        let server = Server::start(&settings, &|_| {}).unwrap();
        drop(server);
        let data = folder.join("postgres");
        let account = Account::for_data(&data).unwrap();
        let data = account.reachable_home(&folder).unwrap().join("postgres");
        let account = Account::for_data(&data).unwrap();
        let binaries = Binaries::find(account, &folder, None, &|_| {}).unwrap();
        let log = folder.join("log");
        let launch = Launch { account, binaries, data, log, durability: Durability::Full };
        // Neither locked nor watched, like a server whose parent and watchdog were both killed.
        let (mut left_over, _) = launch.run(None).unwrap();

        let server = Server::start(&settings, &|_| {}).unwrap();
        assert!(left_over.try_wait().unwrap().is_some());
        drop(server);
    }
}
