//! The demo's calls: ninety days in the ledger, and two more each minute.

use std::process::Command;

use anyhow::ensure;

use crate::environment::{Provider, Variables};
use crate::stack::Stack;
use crate::{paths, step, terminal};

/// Fails for a real provider, which the demo's calls would cost money.
pub(super) fn build(provider: &Provider) -> anyhow::Result<()> {
    ensure!(
        *provider == Provider::Mock,
        "--demo makes calls, and only the mock provider answers them for free: unset OPENAI_API_KEY and OPENAI_API_BASE"
    );
    terminal::progress("cargo", "building the demo");
    step::run(step::cargo().args(["build", "--package", "demo"]))
}

const ADMIN_KEYS: [&str; 2] = ["OPENAI_ADMIN_KEY", "ANTHROPIC_ADMIN_KEY"];

/// Fills the ledger before the API seals its first minute. The provider's figures are part of the demo, so none are
/// fetched from the mock, which knows only the calls since it started.
pub(super) fn fill(stack: &Stack, variables: &mut Variables) -> anyhow::Result<()> {
    variables.retain(|(name, _)| !ADMIN_KEYS.contains(name));
    let quiet: Variables = variables.iter().filter(|(name, _)| *name != "RUST_LOG").cloned().collect();
    stack.migrate(&[quiet, vec![("RUST_LOG", "warn".to_owned())]].concat())?;
    terminal::progress("demo", "filling the ledger");
    step::run(command(variables)?.arg("fill"))
}

pub(super) fn start_calls(stack: &mut Stack, api_port: u16, variables: &Variables) -> anyhow::Result<()> {
    stack.start("demo", command(variables)?.args(["live", "--address", &format!("127.0.0.1:{api_port}")]))
}

fn command(variables: &Variables) -> anyhow::Result<Command> {
    let mut command = Command::new(paths::binary("demo")?);
    command.envs(variables.iter().map(|(name, value)| (name, value))).env("RUST_LOG", "warn");
    for name in ADMIN_KEYS {
        command.env_remove(name);
    }
    command.env("RUST_LIB_BACKTRACE", "0").current_dir(paths::root());
    Ok(command)
}
