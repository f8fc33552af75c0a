//! Ends a process when this one is gone, whatever ended it.
//!
//! A shell holds the reading end of a pipe whose only writing end is here, so it wakes up when this process dies,
//! even by SIGKILL. `PR_SET_PDEATHSIG` would do less: it follows the thread that started the child, is lost when the
//! child changes its user, and exists on Linux alone.

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

/// What is ended, and how it is asked to end.
#[derive(Debug, Clone, Copy)]
pub enum Target {
    /// Every process of a group, by SIGTERM.
    Group(u32),
    /// A Postgres server, by SIGINT (its fast shutdown).
    Postgres(u32),
}

#[derive(Debug)]
pub struct Watchdog {
    shell: Child,
}

impl Watchdog {
    /// Watches over `target`; `remove` is a folder that goes with it.
    pub fn start(target: Target, remove: Option<&Path>) -> io::Result<Self> {
        let (signal, whom) = match target {
            Target::Group(id) => ("TERM", format!("-{id}")),
            Target::Postgres(id) => ("INT", id.to_string()),
        };
        let shell = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "watchdog", signal, &whom])
            .arg(remove.unwrap_or(Path::new("")))
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Out of the terminal's reach: Ctrl-C is for the process that is watched, not for the one that watches.
            .process_group(0)
            .spawn()?;
        Ok(Self { shell })
    }

    /// The target has ended by itself: nothing is left to watch.
    pub fn disarm(mut self) {
        if let Some(mut pipe) = self.shell.stdin.take() {
            // A shell that is gone already has nothing to be told.
            let _ = pipe.write_all(b"done\n");
        }
        let _ = self.shell.wait();
    }
}
