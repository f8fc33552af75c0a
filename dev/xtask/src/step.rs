//! Commands that run in the foreground, such as a build.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

use anyhow::{Context, bail};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use postgres_dev::{WatchTarget, Watchdog};

use crate::{interrupt, paths};

/// A command in `folder`.
pub(crate) fn command(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder);
    command
}

/// Cargo at the root of the checkout, without the variables that `cargo run` set for this program. Build scripts that
/// read them (ring's does) would run again each time.
pub(crate) fn cargo() -> Command {
    let mut command = command("cargo", paths::root());
    for (name, _) in env::vars_os() {
        let Some(text) = name.to_str() else { continue };
        let is_set_by_cargo_run = text.starts_with("CARGO_PKG_")
            || text.starts_with("CARGO_MANIFEST_")
            || matches!(text, "CARGO" | "CARGO_BIN_NAME" | "CARGO_CRATE_NAME" | "CARGO_PRIMARY_PACKAGE");
        if is_set_by_cargo_run || text == "LD_LIBRARY_PATH" || text == "DYLD_FALLBACK_LIBRARY_PATH" {
            command.env_remove(name);
        }
    }
    command
}

/// Runs the command in its own process group, which ends with this process.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let shown = display(command);
    let mut child = command
        .stdin(Stdio::null())
        .process_group(0)
        .spawn()
        .with_context(|| format!("cannot run `{shown}`"))?;
    let group = i32::try_from(child.id())?;
    interrupt::register(group);
    let watchdog = Watchdog::start(WatchTarget::Group(child.id()), None)?;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if interrupt::requested() {
            end_group(&mut child, Duration::from_secs(5));
        } else {
            thread::sleep(Duration::from_millis(30));
        }
    };
    interrupt::forget(group);
    watchdog.disarm();
    interrupt::check()?;
    if !status.success() {
        bail!("`{shown}` failed ({status})");
    }
    Ok(())
}

/// Ends a process group with SIGTERM, and with SIGKILL after `timeout`.
pub(crate) fn end_group(child: &mut Child, timeout: Duration) {
    let Ok(id) = i32::try_from(child.id()) else { return };
    let group = Pid::from_raw(id);
    let _ = killpg(group, Signal::SIGTERM);
    let signalled = Instant::now();
    while signalled.elapsed() < timeout && matches!(child.try_wait(), Ok(None)) {
        thread::sleep(Duration::from_millis(20));
    }
    let _ = killpg(group, Signal::SIGKILL);
    let _ = child.wait();
}

fn display(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}
