//! The dashboard in a real browser, on a stack of its own: free ports, a fresh database, the mock provider.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::bail;

use crate::environment::{Keys, Provider};
use crate::stack::{self, Database, Stack};
use crate::{environment, net, node, paths, step, terminal};

pub(crate) fn run() -> anyhow::Result<()> {
    let chromium = chromium()?;
    node::require()?;
    node::install(&paths::frontend())?;
    stack::build()?;
    let folder = tempfile::Builder::new().prefix("tokenmeter-e2e-").tempdir()?;
    let outcome = on_stack(folder.path(), &chromium);
    if outcome.is_err() {
        let kept = folder.keep();
        terminal::note(&format!("the logs of the stack are kept in {}", kept.join("logs").display()));
    }
    outcome
}

fn on_stack(home: &Path, chromium: &Path) -> anyhow::Result<()> {
    let [api_port, dashboard_port, mock_port] = net::free_ports()?;
    let mut stack = Stack::on(Database::Temporary, home)?;
    stack.start_mock(mock_port)?;
    let variables = stack::variables(&stack, &Provider::Mock, mock_port);
    stack.start_api(api_port, &variables)?;
    stack.start_dashboard(dashboard_port, api_port)?;
    let keys = Keys::read(&stack.keys_file())?;
    let mut npm = step::command("npm", &paths::frontend());
    npm.args(["run", "e2e"])
        .env("E2E_BASE_URL", format!("http://localhost:{dashboard_port}"))
        .env("E2E_API_URL", format!("http://localhost:{api_port}"))
        .env("E2E_ADMIN_KEY", keys.admin)
        .env("E2E_CHAT_KEY", keys.chat)
        .env("CHROMIUM_PATH", chromium);
    step::run(&mut npm)
}

fn chromium() -> anyhow::Result<PathBuf> {
    if let Some(path) = environment::text("CHROMIUM_PATH").map(PathBuf::from) {
        if path.is_file() {
            return Ok(path);
        }
        bail!("CHROMIUM_PATH={} is no file", path.display());
    }
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let on_path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&on_path).collect();
    let mut candidates: Vec<PathBuf> =
        names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name))).collect();
    candidates.push("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome".into());
    candidates.push("/Applications/Chromium.app/Contents/MacOS/Chromium".into());
    match candidates.into_iter().find(|path| path.is_file()) {
        Some(path) => Ok(path),
        None => bail!(
            "no Chromium found for the browser tests: `sudo apt-get install chromium`, \
             `brew install --cask chromium`, or set CHROMIUM_PATH"
        ),
    }
}
