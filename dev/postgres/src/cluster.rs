//! Making a data folder, and ending a server that an earlier run left in it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::account::Account;
use crate::binaries::Binaries;
use crate::error::file;
use crate::server::{PASSWORD, USER};
use crate::{Error, launch::Durability};

/// The major version that made `data`; `None` where there is no cluster yet.
pub(crate) fn made_by(data: &Path) -> Option<u32> {
    fs::read_to_string(data.join("PG_VERSION")).ok()?.trim().parse().ok()
}

pub(crate) fn remove(data: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(data) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::File { action: "cannot remove", path: data.to_owned(), source })
        }
        _ => Ok(()),
    }
}

/// Makes the cluster beside its final place and moves it there when it is whole: an `initdb` cut short leaves no
/// half-made folder that looks like data.
pub(crate) fn create(
    account: Account,
    binaries: &Binaries,
    data: &Path,
    durability: Durability,
) -> Result<(), Error> {
    let unfinished = data.with_extension("unfinished");
    remove(&unfinished)?;
    fs::create_dir(&unfinished).map_err(file("cannot make", &unfinished))?;
    account.give(&unfinished)?;

    let password = data.with_extension("password");
    fs::write(&password, PASSWORD).map_err(file("cannot write", &password))?;
    account.give(&password)?;
    let mut initdb = account.command(binaries.program("initdb"));
    initdb.arg("--pgdata").arg(&unfinished).arg("--pwfile").arg(&password);
    initdb.args(["--username", USER, "--encoding=UTF8", "--locale=C", "--auth-local=scram-sha-256"]);
    match durability {
        Durability::Full => initdb.arg("--auth-host=scram-sha-256"),
        // A SCRAM login costs a client built without optimisation some 30 ms, and tests log in all the time.
        Durability::None => initdb.args(["--auth-host=password", "--no-sync"]),
    };
    let made = run(initdb, "initdb", "");
    fs::remove_file(&password).map_err(file("cannot remove", &password))?;
    made?;

    // The single-user mode needs neither a client program, which the npm package lacks, nor a port.
    let mut single = account.command(binaries.program("postgres"));
    single.arg("--single").arg("-D").arg(&unfinished).args(["-c", "fsync=off", "postgres"]);
    run(single, "postgres --single", &format!("create database {USER}\n"))?;
    fs::rename(&unfinished, data).map_err(file("cannot move", &unfinished))
}

fn run(mut command: Command, program: &'static str, input: &str) -> Result<(), Error> {
    let spawn_error = |source| Error::Spawn { program: PathBuf::from(program), source };
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(spawn_error)?;
    if let Some(mut pipe) = child.stdin.take() {
        pipe.write_all(input.as_bytes()).map_err(spawn_error)?;
    }
    let output = child.wait_with_output().map_err(spawn_error)?;
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    Err(Error::Failed { program, output: text.concat() })
}

/// Ends the server an earlier run left behind, and removes the lock of one that is gone.
pub(crate) fn end_left_over(data: &Path, progress: &dyn Fn(&str)) -> Result<(), Error> {
    let lock = data.join("postmaster.pid");
    let Some(pid) = lock_holder(&lock) else { return Ok(()) };
    if !serves(pid, data) {
        // The number may have gone to another process since, and Postgres would refuse to start because of it.
        return match fs::remove_file(&lock) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(Error::File { action: "cannot remove", path: lock, source })
            }
            _ => Ok(()),
        };
    }
    progress("stopping the database server an earlier run left behind");
    for signal in [Signal::SIGINT, Signal::SIGQUIT, Signal::SIGKILL] {
        let _ = kill(pid, signal);
        let asked = Instant::now();
        while asked.elapsed() < Duration::from_secs(10) {
            if !serves(pid, data) {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
    Err(Error::LeftOver { pid: pid.as_raw(), data: data.to_owned() })
}

fn lock_holder(lock: &Path) -> Option<Pid> {
    let pid: i32 = fs::read_to_string(lock).ok()?.lines().next()?.trim().parse().ok()?;
    (pid > 1).then(|| Pid::from_raw(pid))
}

/// The processes whose parent is `pid`.
pub(crate) fn children(pid: Pid) -> Result<Vec<Pid>, Error> {
    let spawn_error = |source| Error::Spawn { program: PathBuf::from("ps"), source };
    if !Path::new("/proc/self").exists() {
        let output = Command::new("ps").args(["-A", "-o", "ppid=,pid="]).output().map_err(spawn_error)?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        return Ok(text.lines().filter_map(|line| child_of(pid, line.split_whitespace())).collect());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").map_err(file("cannot read", "/proc"))?.flatten() {
        let number = entry.file_name();
        let Some(number) = number.to_str().filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
        else {
            continue;
        };
        // `4711 (a name) S 1 …`: the name may hold anything, parentheses too.
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
        let Some((_, fields)) = stat.rsplit_once(')') else { continue };
        let Some(parent) = fields.split_whitespace().nth(1) else { continue };
        found.extend(child_of(pid, [parent, number].into_iter()));
    }
    Ok(found)
}

/// The second number, where the first is `parent`.
fn child_of<'a>(parent: Pid, mut numbers: impl Iterator<Item = &'a str>) -> Option<Pid> {
    let (of, child) = (numbers.next()?, numbers.next()?);
    (of.parse() == Ok(parent.as_raw())).then(|| child.parse().ok().map(Pid::from_raw))?
}

/// Whether `pid` is a server of this very folder: its command line, written by us, names it.
fn serves(pid: Pid, data: &Path) -> bool {
    if kill(pid, None) == Err(Errno::ESRCH) {
        return false;
    }
    let command_line = match fs::read(format!("/proc/{pid}/cmdline")) {
        Ok(bytes) => bytes,
        Err(_) if Path::new("/proc/self").exists() => return false,
        Err(_) => match Command::new("ps").args(["-o", "command=", "-p", &pid.to_string()]).output() {
            Ok(output) => output.stdout,
            Err(_) => return false,
        },
    };
    String::from_utf8_lossy(&command_line).contains(&*data.to_string_lossy())
}
