//! The user that runs the server, and the folders this user can reach.

use std::ffi::OsStr;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use nix::unistd::{User, geteuid};

use crate::Error;
use crate::error::file;

#[derive(Debug, Clone, Copy)]
pub(crate) enum Account {
    /// The user of this process.
    Own,
    /// Another user, because this process is root.
    Other { uid: u32, gid: u32 },
}

impl Account {
    /// The owner of `data` if it exists, so that an existing folder keeps working.
    pub(crate) fn for_data(data: &Path) -> Result<Self, Error> {
        let owner = fs::metadata(data).ok().map(|found| (found.uid(), found.gid()));
        if !geteuid().is_root() {
            return match owner {
                Some((uid, _)) if uid != geteuid().as_raw() => {
                    Err(Error::NotOwner { path: data.to_owned(), owner: uid })
                }
                _ => Ok(Self::Own),
            };
        }
        if let Some((uid, gid)) = owner.filter(|(uid, _)| *uid != 0) {
            return Ok(Self::Other { uid, gid });
        }
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| User::from_name(name).ok().flatten())
            .map(|user| Self::Other { uid: user.uid.as_raw(), gid: user.gid.as_raw() })
            .ok_or(Error::NoAccount)
    }

    /// A command that runs as this user, without the caller's own `PG*` settings.
    pub(crate) fn command(self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        // Postgres must be able to read its working directory, and the caller's may be closed to the other user.
        command.current_dir("/").env("LC_ALL", "C").stdin(Stdio::null());
        for (name, _) in env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"PG")) {
            command.env_remove(name);
        }
        if let Self::Other { uid, gid } = self {
            command.uid(uid).gid(gid);
        }
        command
    }

    /// Tries it, because permission bits alone would miss access lists and mount options.
    pub(crate) fn can_enter(self, folder: &Path) -> bool {
        match self {
            Self::Own => true,
            Self::Other { .. } => {
                let mut test = self.command("test");
                test.arg("-x").arg(folder).status().is_ok_and(|status| status.success())
            }
        }
    }

    /// Makes this user the owner.
    pub(crate) fn own(self, path: &Path) -> Result<(), Error> {
        if let Self::Other { uid, gid } = self {
            std::os::unix::fs::chown(path, Some(uid), Some(gid))
                .map_err(file("cannot change the owner of", path))?;
        }
        Ok(())
    }

    /// `home` itself, or our own folder under /var/tmp if the server's user cannot reach `home` (such as a checkout
    /// below /root).
    pub(crate) fn reachable_home(self, home: &Path) -> Result<PathBuf, Error> {
        if self.can_enter(home) {
            return Ok(home.to_owned());
        }
        let mut hasher = DefaultHasher::new();
        home.hash(&mut hasher);
        let stand_in = Path::new("/var/tmp").join(format!("tokenmeter-{:016x}", hasher.finish()));
        if let Err(source) = fs::DirBuilder::new().mode(0o755).create(&stand_in) {
            // The name can be guessed, so accept only a real folder that we own and no one else can write to.
            let found = fs::symlink_metadata(&stand_in);
            let ours = found.is_ok_and(|found| {
                found.is_dir() && found.uid() == geteuid().as_raw() && found.permissions().mode() & 0o022 == 0
            });
            if !ours {
                return Err(Error::File { action: "cannot use", path: stand_in, source });
            }
        }
        Ok(stand_in)
    }

    /// The folder for temporary data: the system's, unless it is closed to the server's user.
    pub(crate) fn temporary_folder(self) -> PathBuf {
        [env::temp_dir(), "/var/tmp".into(), "/tmp".into()]
            .into_iter()
            .find(|folder| self.can_enter(folder))
            .unwrap_or_else(env::temp_dir)
    }
}
