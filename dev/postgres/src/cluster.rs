//! Creates the data folder.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::Command;

use crate::Error;
use crate::account::Account;
use crate::binaries::Binaries;
use crate::error::{file, removed};

/// The superuser, and the name of its database.
pub const USER: &str = "tokenmeter";
pub const PASSWORD: &str = "tokenmeter";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    Full,
    /// Nothing is flushed, because the data is deleted after the test. Commits still wait for their log record, so a
    /// server killed in a test keeps what it acknowledged.
    None,
}

/// The major version that created `data`; `None` if there is no cluster yet.
pub(crate) fn created_by(data: &Path) -> Option<u32> {
    fs::read_to_string(data.join("PG_VERSION")).ok()?.trim().parse().ok()
}

pub(crate) fn remove(data: &Path) -> Result<(), Error> {
    removed(fs::remove_dir_all(data), data)
}

/// Creates the cluster in a folder next to `data` and renames it when it is complete, so that an interrupted `initdb`
/// leaves no partial data folder.
pub(crate) fn create(
    account: Account,
    binaries: &Binaries,
    data: &Path,
    durability: Durability,
) -> Result<(), Error> {
    let unfinished = data.with_extension("unfinished");
    remove(&unfinished)?;
    fs::create_dir(&unfinished).map_err(file("cannot create", &unfinished))?;
    account.own(&unfinished)?;

    let password = data.with_extension("password");
    fs::write(&password, PASSWORD).map_err(file("cannot write", &password))?;
    account.own(&password)?;
    let mut initdb = account.command(binaries.program("initdb"));
    initdb.arg("--pgdata").arg(&unfinished).arg("--pwfile").arg(&password);
    initdb.args(["--username", USER, "--encoding=UTF8", "--locale=C", "--auth-local=scram-sha-256"]);
    match durability {
        Durability::Full => initdb.arg("--auth-host=scram-sha-256"),
        // A SCRAM login costs an unoptimised client about 30 ms, and tests log in all the time.
        Durability::None => initdb.args(["--auth-host=password", "--no-sync"]),
    };
    let initialised = run(&mut initdb, "initdb");
    removed(fs::remove_file(&password), &password)?;
    initialised?;

    // Single-user mode needs no port and no client program, which the npm package lacks.
    let (input, mut sql) = io::pipe().map_err(file("cannot create a pipe for", data))?;
    writeln!(sql, "create database {USER}").map_err(file("cannot write SQL for", data))?;
    drop(sql);
    let mut single = account.command(binaries.program("postgres"));
    single.arg("--single").arg("-D").arg(&unfinished).args(["-c", "fsync=off", "postgres"]).stdin(input);
    run(&mut single, "postgres --single")?;
    fs::rename(&unfinished, data).map_err(file("cannot rename", &unfinished))
}

fn run(command: &mut Command, program: &'static str) -> Result<(), Error> {
    let output = command.output().map_err(|source| Error::Spawn { program: program.into(), source })?;
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stdout, output.stderr].concat();
    Err(Error::Failed { program, output: String::from_utf8_lossy(&text).into_owned() })
}
