//! Finds and ends processes of a server.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::Error;
use crate::error::file;

const POLL: Duration = Duration::from_millis(20);

/// Sends one signal after the other, each with its patience, until `has_ended`. Returns whether it did.
pub(crate) fn end(pid: Pid, signals: &[(Signal, u64)], mut has_ended: impl FnMut() -> bool) -> bool {
    for (signal, seconds) in signals {
        if has_ended() {
            return true;
        }
        let _ = kill(pid, *signal);
        let sent = Instant::now();
        while sent.elapsed() < Duration::from_secs(*seconds) && !has_ended() {
            thread::sleep(POLL);
        }
    }
    has_ended()
}

/// Whether `pid` is a server on this data folder. Our command line names the folder; another process may have taken
/// over the number.
pub(crate) fn is_server_of(pid: Pid, data: &Path) -> bool {
    if kill(pid, None) == Err(Errno::ESRCH) {
        return false;
    }
    let command_line = if has_proc() {
        fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default()
    } else {
        ps(&["-o", "command=", "-p", &pid.to_string()]).unwrap_or_default()
    };
    String::from_utf8_lossy(&command_line).contains(&*data.to_string_lossy())
}

/// The processes whose parent is `pid`.
pub(crate) fn children(pid: Pid) -> Result<Vec<Pid>, Error> {
    let pairs = if has_proc() { pairs_in_proc()? } else { pairs_from_ps()? };
    Ok(pairs.into_iter().filter(|(parent, _)| *parent == pid).map(|(_, child)| child).collect())
}

/// Parent and child of each process.
fn pairs_in_proc() -> Result<Vec<(Pid, Pid)>, Error> {
    let mut pairs = Vec::new();
    for entry in fs::read_dir("/proc").map_err(file("cannot read", "/proc"))?.flatten() {
        let Some(child) = entry.file_name().to_str().and_then(parse) else { continue };
        // `4711 (a name) S 1 …`: the name may contain anything, even parentheses.
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let fields = stat.rsplit_once(')').map(|(_, fields)| fields.split_whitespace());
        pairs.extend(fields.and_then(|mut fields| parse(fields.nth(1)?)).map(|parent| (parent, child)));
    }
    Ok(pairs)
}

/// macOS has no `/proc`.
fn pairs_from_ps() -> Result<Vec<(Pid, Pid)>, Error> {
    let output = ps(&["-A", "-o", "ppid=,pid="])?;
    let text = String::from_utf8_lossy(&output);
    let pair = |line: &str| line.trim().split_once(' ').map(|(parent, child)| (parse(parent), parse(child)));
    Ok(text.lines().filter_map(pair).filter_map(|(parent, child)| parent.zip(child)).collect())
}

fn parse(text: &str) -> Option<Pid> {
    text.trim().parse().ok().map(Pid::from_raw)
}

fn has_proc() -> bool {
    Path::new("/proc/self").exists()
}

fn ps(arguments: &[&str]) -> Result<Vec<u8>, Error> {
    let output = Command::new("ps").args(arguments).output();
    output.map(|output| output.stdout).map_err(|source| Error::Spawn { program: "ps".into(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn child_is_found_in_proc_and_by_ps() {
        let mut child = Command::new("sleep").arg("600").spawn().unwrap();
        let pair = (Pid::this(), Pid::from_raw(child.id().cast_signed()));
        let by_proc = !has_proc() || pairs_in_proc().unwrap().contains(&pair);
        // A bare Debian has no `ps`.
        let by_ps = pairs_from_ps().map_or(has_proc(), |pairs| pairs.contains(&pair));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(by_proc && by_ps, "in /proc: {by_proc}, by ps: {by_ps}");
    }
}
