//! Paths in the checkout.

use std::path::{Path, PathBuf};

/// The checkout that this program was built from.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new("."))
}

/// Data, logs and local keys. Ignored by git.
pub(crate) fn home() -> PathBuf {
    root().join(".dev")
}

pub(crate) fn frontend() -> PathBuf {
    root().join("frontend")
}

pub(crate) fn infra() -> PathBuf {
    root().join("infra")
}

/// A binary of this workspace. Cargo puts it next to this one, in any target folder.
pub(crate) fn binary(name: &str) -> anyhow::Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name(name))
}
