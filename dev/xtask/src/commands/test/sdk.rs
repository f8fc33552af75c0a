//! SDKs, client libraries and agents, unchanged but for base URL, key and headers, on a stack of their own.

use std::path::Path;
use std::process::{Command, Stdio};

use super::Outcome;
use crate::environment::{Keys, Provider};
use crate::stack::{self, Database, Stack};
use crate::{net, node, paths, step, terminal};

pub(crate) fn run() -> anyhow::Result<Outcome> {
    node::require()?;
    stack::build()?;
    step::run(step::cargo().args(["build", "--package", "sdk-rust"]))?;
    let folder = tempfile::Builder::new().prefix("tokenmeter-sdk-").tempdir()?;
    let outcome = on_stack(folder.path());
    if outcome.is_err() {
        let kept = folder.keep();
        terminal::note(&format!("the logs of the stack are kept in {}", kept.join("logs").display()));
    }
    outcome
}

fn on_stack(home: &Path) -> anyhow::Result<Outcome> {
    let [api_port, mock_port] = net::free_ports()?;
    let mut stack = Stack::on(Database::Temporary, home)?;
    stack.start_mock(mock_port)?;
    let variables = stack::variables(&stack, &Provider::Mock, mock_port);
    stack.start_api(api_port, &variables)?;
    let keys = Keys::read(&stack.keys_file())?;
    let with_stack = |command: &mut Command| -> anyhow::Result<()> {
        command
            .env("TOKENMETER_API_URL", format!("http://127.0.0.1:{api_port}"))
            .env("TOKENMETER_ADMIN_KEY", &keys.admin)
            .env("TOKENMETER_CHAT_KEY", &keys.chat)
            .env("MOCK_URL", format!("http://127.0.0.1:{mock_port}"));
        step::run(command)
    };
    let suite = |language: &str| step::command("sh", &paths::root().join("dev/sdk").join(language));
    with_stack(&mut Command::new(paths::binary("sdk-rust")?))?;
    with_stack(suite("node").arg("run.sh"))?;
    if !has_python() {
        terminal::note("skipped the Python clients: there is no python3 with the modules venv and ensurepip");
        return Ok(Outcome::Skipped);
    }
    with_stack(suite("python").arg("run.sh"))?;
    Ok(Outcome::Passed)
}

fn has_python() -> bool {
    let mut python = Command::new("python3");
    python.args(["-c", "import venv, ensurepip"]).stdout(Stdio::null()).stderr(Stdio::null());
    python.status().is_ok_and(|status| status.success())
}
