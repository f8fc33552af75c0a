//! Node, npm and the packages of `frontend` and `infra`.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::bail;

use crate::{step, terminal};

/// Required by Vite.
const MINIMUM: (u32, u32) = (20, 19);

pub(crate) fn require() -> anyhow::Result<()> {
    let hint = format!("install Node {}.{} or newer (https://nodejs.org)", MINIMUM.0, MINIMUM.1);
    let Ok(output) = Command::new("node").arg("--version").output() else {
        bail!("`node` not found: {hint}");
    };
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    match parse(&text) {
        Some(version) if version >= MINIMUM => {}
        _ => bail!("Node {text} is too old: {hint}"),
    }
    if !Command::new("npm").arg("--version").output().is_ok_and(|output| output.status.success()) {
        bail!("`npm` not found: {hint}");
    }
    Ok(())
}

fn parse(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.strip_prefix('v')?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// Runs `npm ci` if packages are missing or older than the lock file.
pub(crate) fn install(folder: &Path) -> anyhow::Result<()> {
    let changed = |path: &str| fs::metadata(folder.join(path)).and_then(|found| found.modified()).ok();
    // npm writes this file last, so an interrupted installation is repeated.
    let installed = changed("node_modules/.package-lock.json");
    if installed.is_some() && installed >= changed("package-lock.json") {
        return Ok(());
    }
    terminal::progress("npm", &format!("npm ci in {}", folder.display()));
    ci(folder)
}

pub(crate) fn ci(folder: &Path) -> anyhow::Result<()> {
    step::run(step::command("npm", folder).args(["ci", "--no-audit", "--no-fund"]))
}

pub(crate) fn script(folder: &Path, name: &str) -> anyhow::Result<()> {
    step::run(step::command("npm", folder).args(["run", name]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_version_is_compared_numerically() {
        assert!(parse("v20.20.2") >= Some(MINIMUM));
        assert!(parse("v100.0.0") >= Some(MINIMUM));
        assert!(parse("v20.9.0") < Some(MINIMUM));
        assert!(parse("not a version") < Some(MINIMUM));
    }
}
