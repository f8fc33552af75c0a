//! Where things lie in a checkout.

use std::path::{Path, PathBuf};

/// The checkout this program was built from.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new("."))
}

/// What runs leave behind: data, logs, local keys. Ignored by git.
pub(crate) fn home() -> PathBuf {
    root().join(".dev")
}

pub(crate) fn frontend() -> PathBuf {
    root().join("frontend")
}

pub(crate) fn infra() -> PathBuf {
    root().join("infra")
}

/// A binary of this workspace: cargo puts it beside this one, also under another target folder.
pub(crate) fn binary(name: &str) -> anyhow::Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name(name))
}
