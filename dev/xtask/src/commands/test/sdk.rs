//! SDKs, client libraries and agents, unchanged but for base URL, key and headers, on a stack of their own.

use std::path::Path;
use std::process::{Command, Stdio};

use super::Outcome;
use crate::environment::{Keys, Provider};
use crate::stack::{self, Database, Stack};
use crate::{net, node, paths, step, terminal};

/// A running stack that suites are pointed at.
pub(super) struct SuiteStack {
    api_port: u16,
    mock_port: u16,
    keys: Keys,
}

impl SuiteStack {
    pub(super) fn run(&self, command: &mut Command) -> anyhow::Result<()> {
        command
            .env("TOKENMETER_API_URL", format!("http://127.0.0.1:{}", self.api_port))
            .env("TOKENMETER_ADMIN_KEY", &self.keys.admin)
            .env("TOKENMETER_CHAT_KEY", &self.keys.chat)
            .env("MOCK_URL", format!("http://127.0.0.1:{}", self.mock_port));
        step::run(command)
    }
}

pub(crate) fn run() -> anyhow::Result<Outcome> {
    node::require()?;
    step::run(step::cargo().args(["build", "--package", "sdk-rust"]))?;
    on_new_stack("sdk", |stack| {
        stack.run(&mut Command::new(paths::binary("sdk-rust")?))?;
        stack.run(suite("node").arg("run.sh"))?;
        if !has_python() {
            terminal::note(
                "skipped the Python clients: there is no python3 with the modules venv and ensurepip",
            );
            return Ok(Outcome::Skipped);
        }
        stack.run(suite("python").arg("run.sh"))?;
        Ok(Outcome::Passed)
    })
}

/// Runs suites on a stack with free ports and a fresh database. Its logs are kept if one fails.
pub(super) fn on_new_stack(
    name: &str,
    suites: impl FnOnce(&SuiteStack) -> anyhow::Result<Outcome>,
) -> anyhow::Result<Outcome> {
    stack::build()?;
    let folder = tempfile::Builder::new().prefix(&format!("tokenmeter-{name}-")).tempdir()?;
    let outcome = start(folder.path()).and_then(|(stack, running)| {
        let outcome = suites(&running);
        drop(stack);
        outcome
    });
    if outcome.is_err() {
        let kept = folder.keep();
        terminal::note(&format!("the logs of the stack are kept in {}", kept.join("logs").display()));
    }
    outcome
}

fn start(home: &Path) -> anyhow::Result<(Stack, SuiteStack)> {
    let [api_port, mock_port] = net::free_ports()?;
    let mut stack = Stack::on(Database::Temporary, home)?;
    stack.start_mock(mock_port)?;
    let variables = stack::variables(&stack, &Provider::Mock, mock_port);
    stack.start_api(api_port, &variables)?;
    let keys = Keys::read(&stack.keys_file())?;
    Ok((stack, SuiteStack { api_port, mock_port, keys }))
}

pub(super) fn suite(name: &str) -> Command {
    step::command("sh", &paths::root().join("dev/sdk").join(name))
}

pub(super) fn has_python() -> bool {
    let mut python = Command::new("python3");
    python.args(["-c", "import venv, ensurepip"]).stdout(Stdio::null()).stderr(Stdio::null());
    python.status().is_ok_and(|status| status.success())
}
