//! Ends a process once this one has ended, however it ended.
//!
//! A shell holds the read end of a pipe whose only write end is in this process, so it wakes up when this process dies,
//! even by SIGKILL. `PR_SET_PDEATHSIG` is not enough: it follows the thread that started the child, is lost when the
//! child changes its user, and exists only on Linux.

use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

const SCRIPT: &str = r#"
trap '' HUP INT TERM
read -r _ && exit 0
kill -s "$1" -- "$2" 2>/dev/null
tries=0
while kill -s 0 -- "$2" 2>/dev/null; do
  tries=$((tries + 1))
  [ "$tries" -le 100 ] || { kill -s KILL -- "$2" 2>/dev/null; break; }
  sleep 0.1
done
[ -z "$3" ] || rm -rf -- "$3"
"#;

/// What to end, and with which signal.
#[derive(Debug, Clone, Copy)]
pub enum WatchTarget {
    /// Every process of a group, with SIGTERM.
    Group(u32),
    /// A Postgres server, with SIGINT (fast shutdown).
    Postgres(u32),
}

#[derive(Debug)]
pub struct Watchdog {
    shell: Child,
}

impl Watchdog {
    /// Ends `target` and then deletes the folder `remove`, once this process has ended.
    pub fn start(target: WatchTarget, remove: Option<&Path>) -> io::Result<Self> {
        let (signal, process) = match target {
            WatchTarget::Group(id) => ("TERM", format!("-{id}")),
            WatchTarget::Postgres(id) => ("INT", id.to_string()),
        };
        let shell = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "watchdog", signal, &process])
            .arg(remove.unwrap_or(Path::new("")))
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // In its own group, so that Ctrl-C does not reach the watchdog.
            .process_group(0)
            .spawn()?;
        Ok(Self { shell })
    }

    /// Stops watching, because the target has ended.
    pub fn disarm(mut self) {
        if let Some(mut pipe) = self.shell.stdin.take() {
            // Fails if the shell has already ended, which is fine.
            let _ = pipe.write_all(b"done\n");
        }
        let _ = self.shell.wait();
    }
}
