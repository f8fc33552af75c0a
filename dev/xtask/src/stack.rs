//! The local stack: Postgres, mock provider, API and dashboard. Shared by all commands that run it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use postgres_dev::{Server, ServerSettings};

use crate::environment::{self, Provider, Variables};
use crate::process::{StackProcess, last_lines};
use crate::{interrupt, net, paths, step, terminal};

const READY_TIMEOUT: Duration = Duration::from_mins(2);
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// The stack's database.
pub(crate) enum Database {
    /// An existing server.
    Existing(String),
    /// Persistent, in the stack's folder.
    Persistent {
        port: Option<u16>,
        fresh: bool,
    },
    Temporary,
}

impl Database {
    /// `DATABASE_URL` if it is set; otherwise a persistent database in `.dev`.
    pub(crate) fn from_environment(port: u16, fresh: bool) -> anyhow::Result<Self> {
        match environment::text("DATABASE_URL") {
            Some(_) if fresh => {
                bail!(
                    "--fresh deletes only the database in .dev, but DATABASE_URL is set: remove one of them"
                )
            }
            Some(url) => Ok(Self::Existing(url)),
            None => Ok(Self::Persistent { port: (port != 0).then_some(port), fresh }),
        }
    }
}

pub(crate) struct Stack {
    /// Ended in reverse order, before the database.
    processes: Vec<StackProcess>,
    postgres: Option<Server>,
    database_url: String,
    home: PathBuf,
}

impl Stack {
    /// Starts the database. `home` is the folder for data, logs and keys.
    pub(crate) fn on(database: Database, home: &Path) -> anyhow::Result<Self> {
        interrupt::check()?;
        let logs = home.join("logs");
        fs::create_dir_all(&logs).with_context(|| format!("cannot create {}", logs.display()))?;
        let say = |message: &str| terminal::progress("postgres", message);
        let postgres = match database {
            Database::Existing(database_url) => {
                say("using DATABASE_URL");
                return Ok(Self {
                    processes: Vec::new(),
                    postgres: None,
                    database_url,
                    home: home.to_owned(),
                });
            }
            Database::Persistent { port, fresh } => {
                let settings =
                    ServerSettings { home: home.to_owned(), port, log: logs.join("postgres.log"), fresh };
                Server::start(&settings, &say).map_err(|error| match error {
                    postgres_dev::Error::PortTaken { port } => {
                        anyhow::anyhow!(
                            "port {port} (Postgres) is in use: choose another port with --postgres-port"
                        )
                    }
                    other => other.into(),
                })?
            }
            Database::Temporary => Server::temporary(&paths::home(), &say)?,
        };
        say(&format!("ready on port {}", postgres.port()));
        let database_url = postgres.url();
        Ok(Self { processes: Vec::new(), postgres: Some(postgres), database_url, home: home.to_owned() })
    }

    pub(crate) fn database_url(&self) -> &str {
        &self.database_url
    }

    pub(crate) fn keys_file(&self) -> PathBuf {
        self.home.join("env")
    }

    pub(crate) fn logs(&self) -> PathBuf {
        self.home.join("logs")
    }

    pub(crate) fn start_mock(&mut self, port: u16) -> anyhow::Result<()> {
        let mut mock = Command::new(paths::binary("mock-provider")?);
        self.start("mock-provider", mock.args(["--port", &port.to_string()]))?;
        self.wait_for("mock-provider", || net::status(port, "/v1/models").is_some())
    }

    pub(crate) fn start_api(&mut self, port: u16, variables: &Variables) -> anyhow::Result<()> {
        let mut api = self.api_command(variables)?;
        self.start("api", api.args(["--port", &port.to_string()]))?;
        self.wait_for("api", || net::status(port, "/healthz") == Some(200))
    }

    /// Migrates the database and creates the keys, for an API that does not do so itself.
    pub(crate) fn migrate(&self, variables: &Variables) -> anyhow::Result<()> {
        step::run(self.api_command(variables)?.arg("migrate"))
    }

    /// Runs maintenance every minute, for an API that does not do so itself.
    pub(crate) fn start_schedule(&mut self, variables: &Variables) -> anyhow::Result<()> {
        let mut schedule = self.api_command(variables)?;
        self.start("schedule", schedule.arg("schedule"))
    }

    fn api_command(&self, variables: &Variables) -> anyhow::Result<Command> {
        let mut command = Command::new(paths::binary("local")?);
        command.envs(variables.iter().map(|(name, value)| (name, value)));
        // A backtrace would push the error message off the screen.
        command.env("RUST_LIB_BACKTRACE", "0");
        command.arg("--keys-file").arg(self.keys_file()).current_dir(paths::root());
        Ok(command)
    }

    /// Runs Vite directly, because npm does not pass signals on.
    pub(crate) fn start_dashboard(&mut self, port: u16, api_port: u16) -> anyhow::Result<()> {
        let mut vite = step::command("node", &paths::frontend());
        vite.arg("node_modules/vite/bin/vite.js")
            .env("DASHBOARD_PORT", port.to_string())
            .env("API_URL", format!("http://127.0.0.1:{api_port}"));
        self.start("dashboard", &mut vite)?;
        self.wait_for("dashboard", || net::status(port, "/") == Some(200))
    }

    pub(crate) fn start(&mut self, name: &'static str, command: &mut Command) -> anyhow::Result<()> {
        interrupt::check()?;
        terminal::progress(name, "starting");
        let process = StackProcess::start(name, command, &self.logs())?;
        self.processes.push(process);
        Ok(())
    }

    pub(crate) fn wait_for(&mut self, name: &str, ready: impl Fn() -> bool) -> anyhow::Result<()> {
        let started = Instant::now();
        while !ready() {
            self.check()?;
            if started.elapsed() > READY_TIMEOUT {
                let log = self.logs().join(format!("{name}.log"));
                bail!(
                    "{name} is not ready after {READY_TIMEOUT:?}; the last lines of its log:\n{}",
                    last_lines(&log)
                );
            }
            interrupt::pause(POLL_INTERVAL)?;
        }
        self.check()
    }

    /// Shows logged errors. Fails if a process of the stack has ended.
    fn check(&mut self) -> anyhow::Result<()> {
        for process in &mut self.processes {
            process.relay_errors();
            process.check()?;
        }
        if let Some(status) = self.postgres.as_mut().and_then(Server::exited) {
            let log = self.logs().join("postgres.log");
            bail!("postgres ended ({status}); the last lines of {}:\n{}", log.display(), last_lines(&log));
        }
        Ok(())
    }

    /// Watches the stack until the user interrupts it.
    pub(crate) fn watch(&mut self) -> anyhow::Result<()> {
        while !interrupt::requested() {
            self.check()?;
            std::thread::sleep(POLL_INTERVAL);
        }
        terminal::note("\nstopping (Ctrl-C again to kill)");
        Ok(())
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        while let Some(mut process) = self.processes.pop() {
            process.end();
        }
    }
}

/// Builds the programs of the stack.
pub(crate) fn build() -> anyhow::Result<()> {
    terminal::progress("cargo", "building the API and the mock provider");
    step::run(step::cargo().args(["build", "--package", "mock-provider", "--package", "local", "--bins"]))
}

/// The API's variables for this stack.
pub(crate) fn variables(stack: &Stack, provider: &Provider, mock_port: u16) -> Variables {
    environment::of_api(stack.database_url(), provider, mock_port)
}
