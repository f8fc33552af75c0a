//! Finds `postgres` and `initdb` on this machine, or installs them with npm.

mod npm;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use crate::Error;
use crate::account::Account;

const MINIMUM: u32 = 15;

#[derive(Debug, Clone)]
pub(crate) struct Binaries {
    pub(crate) folder: PathBuf,
    pub(crate) major: u32,
}

impl Binaries {
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Version `wanted`, which existing data needs, or else the newest. Installs into `home` if there is none.
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
        let package = home.join("embedded-postgres");
        let mut folders = installed();
        folders.push(npm::binaries(&package));
        let mut found: Vec<Self> = folders.iter().filter_map(|folder| probe(account, folder)).collect();
        found.sort_by_key(|one| one.major);
        if let Some(exact) = found.iter().find(|one| Some(one.major) == wanted) {
            return Ok(exact.clone());
        }
        if let Some(newest) = found.pop() {
            return Ok(newest);
        }
        npm::install(&package, progress).map_err(no_binaries)?;
        probe(account, &npm::binaries(&package))
            .ok_or_else(|| no_binaries("the package contains no usable server".to_owned()))
    }
}

fn no_binaries(reason: String) -> Error {
    Error::NoBinaries { minimum: MINIMUM, reason }
}

/// Runs the program as the server's user, to be sure that this user can start it.
fn probe(account: Account, folder: &Path) -> Option<Binaries> {
    // A server looks for its other files next to the target of a link.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn major_version_is_read_from_every_known_format() {
        assert_eq!(major_of("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major_of("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major_of("postgres (PostgreSQL) 17"), Some(17));
        assert_eq!(major_of("command not found"), None);
    }
}
