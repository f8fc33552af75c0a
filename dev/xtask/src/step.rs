//! Commands that run to their end in front of the user, such as a build.

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

/// Cargo at the root of the checkout, without what `cargo run` told this program about itself: build scripts that
/// look at those variables (ring's does) would run again each time.
pub(crate) fn cargo() -> Command {
    let mut command = command("cargo", paths::root());
    for (name, _) in env::vars_os() {
        let Some(text) = name.to_str() else { continue };
        let of_this_run = text.starts_with("CARGO_PKG_")
            || text.starts_with("CARGO_MANIFEST_")
            || matches!(text, "CARGO" | "CARGO_BIN_NAME" | "CARGO_CRATE_NAME" | "CARGO_PRIMARY_PACKAGE");
        if of_this_run || text == "LD_LIBRARY_PATH" || text == "DYLD_FALLBACK_LIBRARY_PATH" {
            command.env_remove(name);
        }
    }
    command
}

/// Runs the command to its end, in a process group of its own that goes with this process.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let shown = shown(command);
    let mut child = command
        .stdin(Stdio::null())
        .process_group(0)
        .spawn()
        .with_context(|| format!("`{shown}` cannot be run"))?;
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

/// Asks a process group to end, and kills what of it is left after `patience`.
pub(crate) fn end_group(child: &mut Child, patience: Duration) {
    let Ok(id) = i32::try_from(child.id()) else { return };
    let group = Pid::from_raw(id);
    let _ = killpg(group, Signal::SIGTERM);
    let asked = Instant::now();
    while asked.elapsed() < patience && matches!(child.try_wait(), Ok(None)) {
        thread::sleep(Duration::from_millis(20));
    }
    let _ = killpg(group, Signal::SIGKILL);
    let _ = child.wait();
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}
