//! A background program of the stack. Its output goes to a log file.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context;
use postgres_dev::{WatchTarget, Watchdog};

use crate::{interrupt, step, terminal};

/// The API gives calls in flight ten seconds to end.
const END_TIMEOUT: Duration = Duration::from_secs(12);
const LAST_LINES: usize = 15;

pub(crate) struct StackProcess {
    name: &'static str,
    child: Child,
    watchdog: Option<Watchdog>,
    log: PathBuf,
    /// How many bytes of the log were searched for errors.
    searched: u64,
}

impl StackProcess {
    /// Starts `command` in its own group, so that Ctrl-C ends it only through `end`, in order.
    pub(crate) fn start(name: &'static str, command: &mut Command, logs: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(logs)?;
        let log = logs.join(format!("{name}.log"));
        let output = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
        let mut child = command
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {name}"))?;
        match Watchdog::start(WatchTarget::Group(child.id()), None) {
            Ok(watchdog) => {
                interrupt::register(i32::try_from(child.id())?);
                Ok(Self { name, child, watchdog: Some(watchdog), log, searched: 0 })
            }
            Err(error) => {
                step::end_group(&mut child, END_TIMEOUT);
                Err(error).context("cannot start the watchdog")
            }
        }
    }

    /// Fails with the last log lines if the program has ended.
    pub(crate) fn check(&mut self) -> anyhow::Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => Err(anyhow::anyhow!(
                "{} ended ({status}); the last lines of {}:\n{}",
                self.name,
                self.log.display(),
                last_lines(&self.log)
            )),
        }
    }

    /// Shows errors logged since the last call.
    pub(crate) fn relay_errors(&mut self) {
        for line in self.new_lines().lines().filter(|line| is_error(line)) {
            terminal::progress(self.name, &line.chars().take(500).collect::<String>());
        }
    }

    fn new_lines(&mut self) -> String {
        let mut bytes = Vec::new();
        let read = File::open(&self.log).and_then(|mut file| {
            file.seek(SeekFrom::Start(self.searched))?;
            file.read_to_end(&mut bytes)
        });
        if read.is_err() {
            return String::new();
        }
        // An incomplete last line is left for the next call.
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        bytes.truncate(whole);
        self.searched += whole as u64;
        String::from_utf8_lossy(&bytes).into_owned()
    }

    pub(crate) fn end(&mut self) {
        step::end_group(&mut self.child, END_TIMEOUT);
        if let Some(watchdog) = self.watchdog.take() {
            watchdog.disarm();
        }
        if let Ok(group) = i32::try_from(self.child.id()) {
            interrupt::forget(group);
        }
    }
}

impl Drop for StackProcess {
    fn drop(&mut self) {
        if self.watchdog.is_some() {
            self.end();
        }
    }
}

fn is_error(line: &str) -> bool {
    line.contains("\"level\":\"ERROR\"")
        || line.contains("panicked at")
        || line.starts_with("Error")
        || line.starts_with("error")
        || line.contains("[vite] Internal server error")
        || line.contains("[vite] http proxy error")
}

pub(crate) fn last_lines(log: &Path) -> String {
    let text = fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let mut lines = VecDeque::new();
    for line in text.lines() {
        if lines.len() == LAST_LINES {
            lines.pop_front();
        }
        lines.push_back(line);
    }
    Vec::from(lines).join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, logs: &Path) -> StackProcess {
        StackProcess::start("shell", Command::new("/bin/sh").args(["-c", script]), logs).unwrap()
    }

    #[test]
    fn ended_program_is_reported_with_its_last_lines() {
        let logs = tempfile::tempdir().unwrap();
        let mut process = shell("echo out of luck >&2; exit 7", logs.path());
        process.child.wait().unwrap();
        let message = process.check().unwrap_err().to_string();
        assert!(message.contains("shell ended") && message.contains("out of luck"), "{message}");
    }

    #[test]
    fn children_of_an_ended_program_end_too() {
        let logs = tempfile::tempdir().unwrap();
        let mut process = shell("sleep 600 & echo $!; wait", logs.path());
        while process.new_lines().is_empty() {
            std::thread::yield_now();
        }
        process.end();
        assert!(process.check().is_err());
        let sleeper: i32 = fs::read_to_string(logs.path().join("shell.log")).unwrap().trim().parse().unwrap();
        let has_ended = || {
            // A killed process that init has not reaped yet has ended too.
            let state = fs::read_to_string(format!("/proc/{sleeper}/stat")).unwrap_or_default();
            state.is_empty() || state.contains(") Z ")
        };
        while cfg!(target_os = "linux") && !has_ended() {
            std::thread::yield_now();
        }
    }

    #[test]
    fn incomplete_line_is_left_for_the_next_call() {
        let logs = tempfile::tempdir().unwrap();
        let mut process = shell("printf 'whole\\npart'", logs.path());
        process.child.wait().unwrap();
        assert_eq!(process.new_lines(), "whole\n");
        assert_eq!(process.new_lines(), "");
    }
}
