//! Two keys for development: one for administration, one for chat. They are stored in a file and survive a fresh
//! database.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use anyhow::Context;
use domain::keys::{KeyHasher, NewKey, PlainKey, Scope};
use ledger::keys::create;
use ledger::{Database, DatabaseConfig};
use platform::environment::{AwsConfig, Environment, pepper_from_env};
use platform::secrets::Secrets;

const KEYS: [(&str, &str, &[Scope]); 2] = [
    ("TOKENMETER_ADMIN_KEY", "local admin", &[Scope::Admin]),
    ("TOKENMETER_CHAT_KEY", "local chat", &[Scope::Chat]),
];

/// Reads the keys from `file`, generates missing ones, and stores all of them in the database.
pub async fn ensure(file: &Path, environment: &Environment) -> anyhow::Result<()> {
    let secrets = Secrets::new(&AwsConfig::from_env(environment)?);
    let hasher = KeyHasher::new(&secrets.resolve(&pepper_from_env(environment)?).await?);
    let database = Database::new(DatabaseConfig::from_env(environment)?, secrets)?;
    let found = if file.exists() { fs::read_to_string(file)? } else { String::new() };
    let mut text = found.clone();
    for (variable, name, scopes) in KEYS {
        let line =
            text.lines().filter_map(|line| line.split_once('=')).find(|(known, _)| known.trim() == variable);
        let key = if let Some((_, value)) = line {
            PlainKey::parse(value.trim()).with_context(|| {
                format!("{variable} in {} is not a valid key: remove the line", file.display())
            })?
        } else {
            let key = PlainKey::generate()?;
            if !text.is_empty() && !text.ends_with('\n') {
                text.push('\n');
            }
            writeln!(text, "{variable}={}", key.reveal())?;
            key
        };
        let new = NewKey { name, user_label: None, scopes, models: None, expires_at: None };
        create(&database, &new, &key, hasher.hash(&key)).await?;
    }
    if text == found {
        return Ok(());
    }
    write(file, &text).with_context(|| format!("writing {} failed", file.display()))
}

/// Only the owner may read the file. It is replaced atomically, so that a killed process does not lose the keys.
fn write(file: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let mut next = file.as_os_str().to_owned();
    next.push(".next");
    let mut open = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&next)?;
    open.write_all(text.as_bytes())?;
    open.sync_all()?;
    fs::rename(&next, file)
}
