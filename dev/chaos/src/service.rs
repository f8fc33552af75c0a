//! The process that is killed: the local host, started repeatedly on a free port.

use std::fs::File;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::timeout;

const TIMEOUT: Duration = Duration::from_secs(30);

/// How to start the service.
pub(crate) struct Service {
    pub(crate) program: PathBuf,
    pub(crate) folder: PathBuf,
    pub(crate) database_url: String,
    pub(crate) upstream: String,
    /// The content of the keys file after the first start. Each start rewrites the file, and a kill may damage it.
    pub(crate) keys: String,
}

/// A started process, killed on drop.
pub(crate) struct ServiceProcess {
    child: Child,
    address: oneshot::Receiver<String>,
    /// Reads all output, so that the process never blocks on a full pipe.
    _reader: JoinSet<anyhow::Result<()>>,
}

impl Service {
    pub(crate) fn start(&self) -> anyhow::Result<ServiceProcess> {
        if !self.keys.is_empty() {
            std::fs::write(self.keys_file(), &self.keys)?;
        }
        let mut child = self.command(&["--port", "0"])?.stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take().context("the service has no output")?;
        let (announce, address) = oneshot::channel();
        let mut reader = JoinSet::new();
        reader.spawn(read(stdout, self.open_log()?, announce));
        Ok(ServiceProcess { child, address, _reader: reader })
    }

    /// Migrates the database and sweeps once.
    pub(crate) async fn sweep(&self) -> anyhow::Result<()> {
        let status = self.command(&["migrate"])?.stdout(Stdio::null()).status().await?;
        anyhow::ensure!(status.success(), "the sweep ended with {status}; see {}", self.log().display());
        Ok(())
    }

    /// Migrates the database, creates the keys and remembers them.
    pub(crate) async fn prepare(&mut self) -> anyhow::Result<()> {
        self.sweep().await?;
        self.keys = std::fs::read_to_string(self.keys_file())?;
        Ok(())
    }

    pub(crate) fn key(&self, variable: &str) -> anyhow::Result<String> {
        let mut keys = self.keys.lines().filter_map(|line| line.split_once('='));
        let key = keys.find_map(|(name, key)| (name == variable).then(|| key.to_owned()));
        key.with_context(|| format!("the keys file has no {variable}"))
    }

    /// The log of all processes.
    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("service.log")
    }

    fn open_log(&self) -> std::io::Result<File> {
        File::options().create(true).append(true).open(self.log())
    }

    fn keys_file(&self) -> PathBuf {
        self.folder.join("keys")
    }

    fn command(&self, arguments: &[&str]) -> anyhow::Result<Command> {
        let mut command = Command::new(&self.program);
        command
            .arg("--keys-file")
            .arg(self.keys_file())
            .args(arguments)
            .env_clear()
            .env("DATABASE_URL", &self.database_url)
            .env("DATABASE_POOL_SIZE", "8")
            .env("OPENAI_API_BASE", &self.upstream)
            .env("OPENAI_API_KEY", "sk-mock-chaos")
            .env("ACCEPT_PROVIDER_KEYS", "false")
            .env("UPSTREAM_MAX_RETRIES", "2")
            .env("UPSTREAM_TIMEOUT_SECONDS", "20")
            .env("KEY_PEPPER", "chaos-pepper-not-for-production")
            .env("RUST_LOG", "warn")
            .stdin(Stdio::null())
            .stderr(self.open_log()?)
            .kill_on_drop(true);
        Ok(command)
    }
}

impl ServiceProcess {
    /// Waits for the address; `None` if the process ended instead.
    pub(crate) async fn ready(&mut self) -> anyhow::Result<Option<SocketAddr>> {
        timeout(TIMEOUT, &mut self.address)
            .await
            .context("the service did not start")?
            .map_or(Ok(None), |text| Ok(Some(text.parse()?)))
    }

    /// Sends SIGKILL.
    pub(crate) async fn kill(mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Sends SIGTERM and waits: all calls in flight are settled first, even those whose caller has disconnected.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        let pid = self.child.id().context("the service has ended by itself")?;
        kill(Pid::from_raw(pid.try_into()?), Signal::SIGTERM)?;
        timeout(TIMEOUT, self.child.wait()).await.context("the service did not stop")??;
        Ok(())
    }
}

/// Reports the address and appends all other lines to the log.
async fn read(stdout: ChildStdout, mut log: File, announce: oneshot::Sender<String>) -> anyhow::Result<()> {
    let mut announce = Some(announce);
    let mut lines = BufReader::new(stdout).lines();
    while let Some(line) = lines.next_line().await? {
        match (line.strip_prefix("listening on http://"), announce.take()) {
            (Some(address), Some(announce)) => drop(announce.send(address.to_owned())),
            (_, unused) => {
                announce = unused;
                writeln!(log, "{line}")?;
            }
        }
    }
    Ok(())
}

/// The local host of this build: built with cargo if cargo is known, otherwise taken from this program's folder.
pub fn find_program(cargo: Option<&str>) -> anyhow::Result<PathBuf> {
    let this = std::env::current_exe()?;
    let folder = this.ancestors().skip(1).find(|folder| !folder.ends_with("deps")).unwrap_or(Path::new("."));
    if let Some(cargo) = cargo {
        let mut build = std::process::Command::new(cargo);
        build.args(["build", "--quiet", "--package", "local"]).current_dir(env!("CARGO_MANIFEST_DIR"));
        if !cfg!(debug_assertions) {
            build.arg("--release");
        }
        anyhow::ensure!(build.status()?.success(), "building the service failed");
    }
    let program = folder.join("local");
    anyhow::ensure!(program.exists(), "{} is missing: cargo build -p local", program.display());
    Ok(program)
}
