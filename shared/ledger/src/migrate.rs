//! Migrations: the `.sql` files of `migrations/`, embedded. Those that hold tables and data run once each, in the order of
//! their stamps; routines follow, and then who may do what, in the same transaction.

mod access;
mod routines;

use std::collections::BTreeSet;
use std::time::Duration;

use include_dir::{Dir, include_dir};
use ring::digest::{SHA256, digest};
use tokio_postgres::Transaction;
use tokio_postgres::types::Type;

use super::{Database, DbError};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../migrations");

/// Serialises migrations of one database; held until the transaction ends.
const LOCK: i64 = 0x746f_6b65_6e6d_0001;

const CREATE_TABLE: &str = "create table if not exists schema_migrations (
    name text primary key,
    checksum bytea not null,
    applied_at timestamptz not null default clock_timestamp()
)";
const RECORD: &str = "insert into schema_migrations (name, checksum) values ($1, $2)";

#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("migration {0} was edited after it was applied: restore it and add a new one")]
    Edited(String),
    #[error("migration {0} was applied by a newer release and is unknown to this one")]
    Unknown(String),
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

/// Name and text of every migration, then of every routine and of the lists of who may do what, in the order in which they are applied.
pub fn files() -> Vec<(&'static str, &'static str)> {
    let migrations = migrations().into_iter().map(|migration| (migration.name, migration.sql));
    migrations
        .chain(routines::files().into_iter().map(|routine| (routine.path, routine.sql)))
        .chain(access::files())
        .collect()
}

/// Applies the migrations that are missing and the routines that have changed, all or nothing, and returns the names of
/// what it applied.
///
/// A second caller waits for the first.
pub async fn run(database: &Database) -> Result<Vec<&'static str>, MigrateError> {
    let mut client = database.connection().await?;
    let transaction = client.transaction().await.map_err(DbError::from)?;
    let wait = format!("set local lock_timeout = {}", Duration::from_mins(1).as_millis());
    transaction.batch_execute(&wait).await.map_err(DbError::from)?;
    transaction
        .query_typed("select pg_advisory_xact_lock($1)", &[(&LOCK, Type::INT8)])
        .await
        .map_err(DbError::from)?;
    let mut applied = migrate(&transaction).await?;
    applied.extend(routines::apply(&transaction).await?);
    applied.extend(access::apply(&transaction, !applied.is_empty()).await?);
    transaction.commit().await.map_err(DbError::from)?;
    Ok(applied)
}

async fn migrate(transaction: &Transaction<'_>) -> Result<Vec<&'static str>, MigrateError> {
    transaction.batch_execute(CREATE_TABLE).await.map_err(DbError::from)?;
    let recorded = recorded(transaction).await?;
    let mut applied = Vec::new();
    for Migration { name, sql } in migrations() {
        if recorded.contains(name) {
            continue;
        }
        let failed = |source| MigrateError::Failed { name: name.to_owned(), source };
        transaction.batch_execute(sql).await.map_err(failed)?;
        transaction
            .execute_typed(RECORD, &[(&name, Type::TEXT), (&checksum(sql), Type::BYTEA)])
            .await
            .map_err(failed)?;
        applied.push(name);
    }
    Ok(applied)
}

/// The migrations that have run. One whose checksum differs is refused, and so is one that this release does not know:
/// a rollback of code never rolls the schema back.
async fn recorded(transaction: &Transaction<'_>) -> Result<BTreeSet<String>, MigrateError> {
    let rows = transaction
        .query_typed("select name, checksum from schema_migrations", &[])
        .await
        .map_err(DbError::from)?;
    let files = migrations();
    let mut names = BTreeSet::new();
    for row in &rows {
        let (name, recorded): (String, Vec<u8>) = (row.get(0), row.get(1));
        match files.iter().find(|file| file.name == name) {
            None => return Err(MigrateError::Unknown(name)),
            Some(file) if checksum(file.sql) != recorded => return Err(MigrateError::Edited(name)),
            Some(_) => names.insert(name),
        };
    }
    Ok(names)
}
