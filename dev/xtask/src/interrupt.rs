//! Ctrl-C, SIGTERM and SIGHUP: the first signal shuts everything down, the second kills it.

use std::fmt;
use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

static RECEIVED: AtomicUsize = AtomicUsize::new(0);
static GROUPS: Mutex<Vec<i32>> = Mutex::new(Vec::new());

/// The user interrupted the command.
#[derive(Debug)]
pub(crate) struct Interrupted;

impl fmt::Display for Interrupted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}

pub(crate) fn listen() -> anyhow::Result<()> {
    ctrlc::set_handler(|| {
        if RECEIVED.fetch_add(1, Ordering::SeqCst) > 0 {
            for group in GROUPS.lock().unwrap_or_else(PoisonError::into_inner).iter() {
                let _ = killpg(Pid::from_raw(*group), Signal::SIGKILL);
            }
            // The watchdog shuts down the database.
            process::exit(130);
        }
    })?;
    Ok(())
}

pub(crate) fn requested() -> bool {
    RECEIVED.load(Ordering::SeqCst) > 0
}

pub(crate) fn check() -> anyhow::Result<()> {
    if requested() { Err(Interrupted.into()) } else { Ok(()) }
}

/// Waits between two checks. Fails after an interrupt.
pub(crate) fn pause(duration: Duration) -> anyhow::Result<()> {
    check()?;
    thread::sleep(duration);
    check()
}

/// Adds a process group for the second signal to kill.
pub(crate) fn register(group: i32) {
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner).push(group);
}

pub(crate) fn forget(group: i32) {
    GROUPS.lock().unwrap_or_else(PoisonError::into_inner).retain(|known| *known != group);
}
