//! The jobs that need no running stack.

use std::process::{Command, Stdio};

use crate::commands::test::Outcome;
use crate::stack::{Database, Stack};
use crate::{environment, node, paths, step, terminal};

pub(crate) fn rust() -> anyhow::Result<()> {
    step::run(step::cargo().args(["fmt", "--all", "--check"]))?;
    step::run(step::cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))
}

pub(crate) fn rust_tests() -> anyhow::Result<()> {
    let mut cargo = step::cargo();
    // One run names everything that fails.
    cargo.args(["test", "--workspace", "--no-fail-fast"]);
    if environment::text("TEST_DATABASE_URL").is_some() {
        return step::run(&mut cargo);
    }
    let stack = Stack::on(Database::Temporary, &paths::home())?;
    step::run(cargo.env("TEST_DATABASE_URL", stack.database_url()))
}

/// A missing tool makes the job skipped, not failed; `.ci/run` installs both.
pub(crate) fn deps() -> anyhow::Result<Outcome> {
    let unused = with_tool("shear", || step::run(step::cargo().arg("shear")))?;
    let denied = with_tool("deny", deny)?;
    Ok(if unused == denied { unused } else { Outcome::Skipped })
}

fn with_tool(name: &str, check: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<Outcome> {
    if !succeeds(step::cargo().args([name, "--version"])) {
        terminal::note(&format!("SKIPPED: cargo-{name} is missing (cargo install --locked cargo-{name})"));
        return Ok(Outcome::Skipped);
    }
    check().map(|()| Outcome::Passed)
}

fn deny() -> anyhow::Result<()> {
    let mut checks = vec!["bans", "licenses", "sources"];
    if fetch(step::cargo()) {
        checks.push("advisories");
    } else {
        terminal::note("advisories are left out: their database cannot be fetched");
    }
    step::run(step::cargo().args(["deny", "check"]).args(checks))
}

/// Migrations that have not run anywhere yet, and routines; `.squawk.toml` gives the rules with their reasons.
pub(crate) fn migrations() -> anyhow::Result<Outcome> {
    if !succeeds(step::command("squawk", paths::root()).arg("--version")) {
        terminal::note("SKIPPED: squawk is not installed (pip install squawk-cli)");
        return Ok(Outcome::Skipped);
    }
    step::run(step::command("squawk", paths::root()).arg("migrations/**/*.sql"))?;
    Ok(Outcome::Passed)
}

/// Whether the program exists and ends without an error.
fn succeeds(command: &mut Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

fn fetch(mut cargo: Command) -> bool {
    cargo.args(["deny", "fetch", "db"]).stdout(Stdio::null()).stderr(Stdio::null());
    step::run(&mut cargo).is_ok()
}

pub(crate) fn frontend() -> anyhow::Result<()> {
    let folder = paths::frontend();
    node::require()?;
    node::ci(&folder)?;
    for script in ["lint", "typecheck", "test", "build"] {
        node::script(&folder, script)?;
    }
    Ok(())
}

pub(crate) fn infra() -> anyhow::Result<()> {
    let folder = paths::infra();
    node::require()?;
    node::ci(&folder)?;
    for script in ["test", "synth"] {
        node::script(&folder, script)?;
    }
    Ok(())
}
