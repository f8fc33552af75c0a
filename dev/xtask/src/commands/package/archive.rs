//! The zip file of a function: the same binary gives the same bytes, whenever and wherever it is packed.

use std::fs::File;
use std::io::{Seek, Write};
use std::path::Path;

use anyhow::Context;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// Lambda starts this file.
const ENTRY: &str = "bootstrap";

pub(super) fn pack(binary: &Path, archive: &Path) -> anyhow::Result<()> {
    let content = std::fs::read(binary).with_context(|| format!("{} was not built", binary.display()))?;
    let file = File::create(archive).with_context(|| format!("cannot write {}", archive.display()))?;
    write(&content, file)
}

/// Nothing of the machine goes in: the time is the earliest that the format knows, and the rights are always the same.
fn write(binary: &[u8], to: impl Write + Seek) -> anyhow::Result<()> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        .last_modified_time(DateTime::DEFAULT)
        .unix_permissions(0o755);
    let mut archive = ZipWriter::new(to);
    archive.start_file(ENTRY, options)?;
    archive.write_all(binary)?;
    archive.finish()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::time::{Duration, SystemTime};

    use super::*;

    /// A binary of the given age and rights, packed in a folder of its own.
    fn packed(content: &[u8], age: Duration, mode: u32) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let (binary, archive) = (folder.path().join("built"), folder.path().join("function.zip"));
        fs::write(&binary, content).unwrap();
        File::options().write(true).open(&binary).unwrap().set_modified(SystemTime::now() - age).unwrap();
        fs::set_permissions(&binary, fs::Permissions::from_mode(mode)).unwrap();
        pack(&binary, &archive).unwrap();
        fs::read(&archive).unwrap()
    }

    #[test]
    fn same_binary_gives_the_same_bytes() {
        let content = b"\x7fELF of a function".repeat(1000);
        let one = packed(&content, Duration::ZERO, 0o755);
        assert_eq!(one, packed(&content, Duration::from_hours(1000), 0o700));
        assert_ne!(one, packed(b"another", Duration::ZERO, 0o755));
    }

    #[test]
    fn archive_holds_the_binary_alone_and_lambda_may_start_it() {
        let content = b"\x7fELF of a function".repeat(1000);
        let mut archive =
            zip::ZipArchive::new(std::io::Cursor::new(packed(&content, Duration::ZERO, 0o600))).unwrap();
        assert_eq!(archive.len(), 1);
        let mut file = archive.by_name(ENTRY).unwrap();
        assert_eq!(file.unix_mode().map(|mode| mode & 0o777), Some(0o755));
        let mut found = Vec::new();
        std::io::Read::read_to_end(&mut file, &mut found).unwrap();
        assert_eq!(found, content);
    }

    #[test]
    fn missing_binary_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error =
            pack(&folder.path().join("bootstrap"), &folder.path().join("a.zip")).unwrap_err().to_string();
        assert!(error.ends_with("/bootstrap was not built"), "{error}");
    }
}
