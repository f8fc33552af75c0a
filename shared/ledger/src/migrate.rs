//! Migrations: the `.sql` files of `migrations/`, embedded. Those that hold tables and data run once each, in the order
//! of their stamps, each in a transaction of its own; routines follow, and then who may do what, in one transaction.

mod access;
mod apply;
mod concurrent;
mod routines;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use include_dir::{Dir, include_dir};
use ring::digest::{SHA256, digest};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Transaction};

use super::{Database, DbError};
use crate::pool::Connection;

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../migrations");

/// Serialises migrations of one database. Held by the session: each file has its own transaction.
///
/// It is tried again and again, not waited for: a statement that waits has a snapshot, which an index that is built
/// concurrently would wait for in turn.
const LOCK: &str = "select pg_try_advisory_lock($1) as is_locked";
const UNLOCK: &str = "select pg_advisory_unlock($1)";
const LOCK_KEY: i64 = 0x746f_6b65_6e6d_0001;
const WAIT_FOR_OTHER_RUN: Duration = Duration::from_mins(5);
const PAUSE: Duration = Duration::from_millis(100);

const CREATE_TABLE: &str = "create table if not exists schema_migrations (
    name text primary key,
    checksum bytea not null,
    applied_at timestamptz not null default clock_timestamp()
)";

/// Migrations and the checksums of their former texts, which are accepted too. They stood in the way of calls in flight:
/// three dropped functions, or switched on policies, that these calls need until the routines are applied, which the
/// routines do now; two locked a second table that calls write, which a file of its own does now.
const REWRITTEN: [(&str, &str); 5] = [
    (
        "20261130100000_model_most_output_tokens_drop",
        "5616d02418e469cca7515ae1888acb21d7707ed5aa1b290d5cb24becf2ad95d6",
    ),
    ("20261201130200_limits_unbounded", "f97dfd8b0c044538c41dff2da5d358a57b1333cae32ba968c293721cd6dd23ad"),
    (
        "20261201130400_calls_admit_tool_calls",
        "b6a86b36bf827caaa300b07ce232c98443a2b49dfdcc3984573dd198aac3e8df",
    ),
    (
        "20261201150000_usage_logs_row_policies",
        "8f2da51d68aafbaec19f6c61db586e5374f81bb1490d272247ed0cda2be7f32f",
    ),
    (
        "20261204100000_usage_logs_provider",
        "a12b35f77687f834774ddd55e3206f1d5c8577831e18bc1f800c6a2dec0da6bc",
    ),
];

#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("another run has been applying migrations for five minutes: try again when it has ended")]
    OtherRun,
    #[error("migration {0} was edited after it was applied: restore it and add a new one")]
    Edited(String),
    #[error("migration {0} was applied by a newer release and is unknown to this one")]
    Unknown(String),
    #[error(
        "migration {0} is marked `-- concurrently`, but is not one statement `create index <name> on <table> …;`"
    )]
    NotAnIndex(String),
    #[error("applying {name} failed")]
    Failed {
        name: String,
        #[source]
        source: tokio_postgres::Error,
    },
}

/// One file: its name `<stamp>_<noun>_<change>` and its text.
struct Migration {
    name: &'static str,
    sql: &'static str,
}

fn checksum(sql: &str) -> Vec<u8> {
    digest(&SHA256, sql.as_bytes()).as_ref().to_vec()
}

fn migrations() -> Vec<Migration> {
    let mut found: Vec<Migration> = FILES
        .files()
        .filter_map(|file| {
            let name = file.path().file_name()?.to_str()?.strip_suffix(".sql")?;
            Some(Migration { name, sql: file.contents_utf8()? })
        })
        .collect();
    found.sort_by_key(|migration| migration.name);
    found
}

/// Name and text of every migration, then of every routine and of the lists of who may do what, in the order in which
/// they are applied.
pub fn files() -> Vec<(&'static str, &'static str)> {
    let migrations = migrations().into_iter().map(|migration| (migration.name, migration.sql));
    migrations
        .chain(routines::files().into_iter().map(|routine| (routine.path, routine.sql)))
        .chain(access::files())
        .collect()
}

/// Applies the migrations that are missing and the routines that have changed, and returns the names of what it
/// applied. If a file fails, those before it stay applied and the next run continues with it.
///
/// A second caller waits for the first.
pub async fn run(database: &Database) -> Result<Vec<&'static str>, MigrateError> {
    run_with(database, &[]).await
}

/// As [`run`], with `more` files (name and text) behind the embedded ones, to test how files are applied.
pub async fn run_with(
    database: &Database,
    more: &[(&'static str, &'static str)],
) -> Result<Vec<&'static str>, MigrateError> {
    let mut files = migrations();
    files.extend(more.iter().map(|(name, sql)| Migration { name, sql }));
    let mut client = database.connection().await?;
    // Dropped before the end, it closes the session and with it releases the lock.
    let guard = client.in_flight_guard();
    lock(&client).await?;
    let applied = run_locked(&mut client, &files).await;
    client.query_typed(UNLOCK, &[(&LOCK_KEY, Type::INT8)]).await.map_err(DbError::from)?;
    guard.finished();
    applied
}

async fn lock(client: &Client) -> Result<(), MigrateError> {
    let started = Instant::now();
    loop {
        let rows = client.query_typed(LOCK, &[(&LOCK_KEY, Type::INT8)]).await.map_err(DbError::from)?;
        if rows.iter().any(|row| row.get("is_locked")) {
            return Ok(());
        }
        if started.elapsed() > WAIT_FOR_OTHER_RUN {
            return Err(MigrateError::OtherRun);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn run_locked(client: &mut Connection, files: &[Migration]) -> Result<Vec<&'static str>, MigrateError> {
    client.batch_execute(CREATE_TABLE).await.map_err(DbError::from)?;
    client.batch_execute(routines::CREATE_TABLE).await.map_err(DbError::from)?;
    let recorded = recorded(client, files).await?;
    let mut applied = Vec::new();
    for migration in files.iter().filter(|file| !recorded.contains(file.name)) {
        apply::migration(client, migration).await?;
        applied.push(migration.name);
    }
    applied.extend(apply::definitions(client).await?);
    Ok(applied)
}

/// The migrations that have run. One whose checksum differs is refused, and so is one that this release does not know:
/// a rollback of code never rolls the schema back.
async fn recorded(client: &Client, files: &[Migration]) -> Result<BTreeSet<String>, MigrateError> {
    let rows = client
        .query_typed("select name, checksum from schema_migrations", &[])
        .await
        .map_err(DbError::from)?;
    let mut names = BTreeSet::new();
    for row in &rows {
        let (name, recorded): (String, Vec<u8>) = (row.get(0), row.get(1));
        match files.iter().find(|file| file.name == name) {
            None => return Err(MigrateError::Unknown(name)),
            Some(file) if checksum(file.sql) != recorded && !is_rewritten(&name, &recorded) => {
                return Err(MigrateError::Edited(name));
            }
            Some(_) => names.insert(name),
        };
    }
    Ok(names)
}

fn is_rewritten(name: &str, recorded: &[u8]) -> bool {
    let mut hex = String::with_capacity(2 * recorded.len());
    for byte in recorded {
        hex.extend(
            [byte >> 4, byte & 15].map(|digit| char::from_digit(digit.into(), 16).unwrap_or_default()),
        );
    }
    REWRITTEN.contains(&(name, hex.as_str()))
}
