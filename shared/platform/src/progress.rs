//! Progress of long commands: a line that is redrawn on a terminal, and elsewhere a line in the log each minute.

use std::io::{IsTerminal, stderr};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

const BETWEEN_LINES: Duration = Duration::from_mins(1);

/// What a command has done so far. The steps are what its end is known in, such as days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    pub steps: u64,
    pub total_steps: u64,
    pub rows: u64,
}

/// Shows how far a command is. Dropped, it leaves no line behind.
pub struct Progress {
    command: &'static str,
    started: Instant,
    /// `None` where the output is no terminal.
    bar: Option<ProgressBar>,
    lines: Lines,
}

impl Progress {
    pub fn start(command: &'static str) -> Self {
        let started = Instant::now();
        Self { command, started, bar: stderr().is_terminal().then(bar), lines: Lines { last: started } }
    }

    pub fn update(&mut self, done: Done) {
        let text = describe(done, self.started.elapsed());
        if let Some(bar) = &self.bar {
            bar.set_length(done.total_steps);
            bar.set_position(done.steps);
            bar.set_message(format!("{}: {text}", self.command));
        } else if self.lines.is_due(Instant::now()) {
            tracing::info!(command = self.command, rows = done.rows, "{text}");
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{bar:24} {msg}") {
        bar.set_style(style);
    }
    bar
}

/// One line a minute.
struct Lines {
    last: Instant,
}

impl Lines {
    fn is_due(&mut self, now: Instant) -> bool {
        let is_due = now.duration_since(self.last) >= BETWEEN_LINES;
        if is_due {
            self.last = now;
        }
        is_due
    }
}

/// As `45 %, 1,234,567 rows, 20,576 rows/s, 1:14 left`.
fn describe(done: Done, elapsed: Duration) -> String {
    let percent = (done.steps.min(done.total_steps) * 100).checked_div(done.total_steps).unwrap_or_default();
    let seconds = elapsed.as_secs().max(1);
    let text = format!("{percent} %, {} rows, {} rows/s", grouped(done.rows), grouped(done.rows / seconds));
    match time_left(done, elapsed) {
        Some(left) => format!("{text}, {} left", clock(left)),
        None => text,
    }
}

/// As if each step took as long. `None` before the first.
fn time_left(done: Done, elapsed: Duration) -> Option<Duration> {
    let steps_left = u32::try_from(done.total_steps.checked_sub(done.steps)?).ok()?;
    let steps = u32::try_from(done.steps).ok().filter(|steps| *steps > 0)?;
    elapsed.checked_mul(steps_left).map(|time| time / steps)
}

fn clock(time: Duration) -> String {
    let (minutes, seconds) = (time.as_secs() / 60, time.as_secs() % 60);
    match minutes / 60 {
        0 => format!("{minutes}:{seconds:02}"),
        hours => format!("{hours}:{:02}:{seconds:02}", minutes % 60),
    }
}

/// With a comma between thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_says_what_is_done_how_fast_and_how_long_it_will_take() {
        let described = |steps, total_steps, rows, seconds| {
            describe(Done { steps, total_steps, rows }, Duration::from_secs(seconds))
        };
        insta::assert_snapshot!(described(0, 30, 0, 0), @"0 %, 0 rows, 0 rows/s");
        insta::assert_snapshot!(described(9, 30, 1_234_567, 60), @"30 %, 1,234,567 rows, 20,576 rows/s, 2:20 left");
        insta::assert_snapshot!(described(1, 400, 999, 60), @"0 %, 999 rows, 16 rows/s, 6:39:00 left");
        insta::assert_snapshot!(described(30, 30, 1_000_000, 50), @"100 %, 1,000,000 rows, 20,000 rows/s, 0:00 left");
        // More than was expected.
        insta::assert_snapshot!(described(31, 30, 10, 5), @"100 %, 10 rows, 2 rows/s");
        insta::assert_snapshot!(described(0, 0, 0, 5), @"0 %, 0 rows, 0 rows/s");
    }

    #[test]
    fn log_has_a_line_each_minute() {
        let start = Instant::now();
        let mut lines = Lines { last: start };
        let due = [1, 59, 60, 61, 119, 121, 400, 401].map(|at| lines.is_due(start + Duration::from_secs(at)));
        assert_eq!(due, [false, false, true, false, false, true, true, false]);
    }
}
