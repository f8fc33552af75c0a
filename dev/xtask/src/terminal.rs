//! Output: progress on stderr, results on stdout.

use std::io::{self, IsTerminal, Write};

/// A line of progress with its subject.
pub(crate) fn progress(subject: &str, message: &str) {
    eprintln!("{} {message}", paint("36", &format!("{subject:>10}")));
}

pub(crate) fn note(message: &str) {
    eprintln!("{message}");
}

pub(crate) fn failure(error: &anyhow::Error) {
    eprintln!("{} {error:#}", paint("1;31", "error:"));
}

/// A closed stdout must not stop the stack, so write errors are ignored.
pub(crate) fn result(text: &str) {
    let mut stdout = io::stdout().lock();
    let _ = writeln!(stdout, "{text}").and_then(|()| stdout.flush());
}

fn paint(code: &str, text: &str) -> String {
    if io::stderr().is_terminal() { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
}
