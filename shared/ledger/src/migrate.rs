//! Migrations: the `.sql` files of `migrations/`, embedded, applied once each in order of their stamps.

use std::time::Duration;

use include_dir::{Dir, include_dir};
use ring::digest::{SHA256, digest};

use super::{Database, DbError};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../migrations");

/// Serialises migrations of one database; held until the transaction ends.
const LOCK: i64 = 0x746f_6b65_6e6d_0001;

#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error(transparent)]
    Db(#[from] DbError),
    #[error("migration {0} was edited after it was applied: restore it and add a new one")]
    Edited(String),
    #[error("migration {0} was applied by a newer release and is unknown to this one")]
    Unknown(String),
    #[error("migration {name} failed")]
    Failed {
        name: String,
        #[source]
        source: tokio_postgres::Error,
    },
}

/// One file: its name `<stamp>_<noun>_<change>`, its text and the SHA-256 of that.
struct Migration {
    name: &'static str,
    sql: &'static str,
    checksum: Vec<u8>,
}

fn migrations() -> Vec<Migration> {
    let mut found: Vec<Migration> = FILES
        .files()
        .filter_map(|file| {
            let name = file.path().file_name()?.to_str()?.strip_suffix(".sql")?;
            let sql = file.contents_utf8()?;
            Some(Migration { name, sql, checksum: digest(&SHA256, sql.as_bytes()).as_ref().to_vec() })
        })
        .collect();
    found.sort_by_key(|migration| migration.name);
    found
}

/// Name and text of every migration, in their order.
pub fn files() -> Vec<(&'static str, &'static str)> {
    migrations().into_iter().map(|migration| (migration.name, migration.sql)).collect()
}

/// Applies what is missing, all or nothing, and answers the names of what it applied.
///
/// A second caller waits for the first. An applied file whose checksum differs is refused, and so is one that this
/// release does not know, since a rollback of code never rolls the schema back.
pub async fn run(database: &Database) -> Result<Vec<&'static str>, MigrateError> {
    let mut client = database.connection().await?;
    let transaction = client.transaction().await.map_err(DbError::from)?;
    let wait = format!("set local lock_timeout = {}", Duration::from_mins(1).as_millis());
    transaction.batch_execute(&wait).await.map_err(DbError::from)?;
    transaction
        .query_typed("select pg_advisory_xact_lock($1)", &[(&LOCK, tokio_postgres::types::Type::INT8)])
        .await
        .map_err(DbError::from)?;
    transaction
        .batch_execute(
            "create table if not exists schema_migrations (
                name text primary key,
                checksum bytea not null,
                applied_at timestamptz not null default clock_timestamp()
            )",
        )
        .await
        .map_err(DbError::from)?;
    let rows = transaction
        .query_typed("select name, checksum from schema_migrations", &[])
        .await
        .map_err(DbError::from)?;
    let files = migrations();
    for row in &rows {
        let (name, checksum): (String, Vec<u8>) = (row.get(0), row.get(1));
        match files.iter().find(|file| file.name == name) {
            None => return Err(MigrateError::Unknown(name)),
            Some(file) if file.checksum != checksum => return Err(MigrateError::Edited(name)),
            Some(_) => {}
        }
    }
    let mut applied = Vec::new();
    for file in files.iter().filter(|file| rows.iter().all(|row| row.get::<_, &str>(0) != file.name)) {
        let failed = |source| MigrateError::Failed { name: file.name.to_owned(), source };
        transaction.batch_execute(file.sql).await.map_err(failed)?;
        transaction
            .execute_typed(
                "insert into schema_migrations (name, checksum) values ($1, $2)",
                &[
                    (&file.name, tokio_postgres::types::Type::TEXT),
                    (&file.checksum, tokio_postgres::types::Type::BYTEA),
                ],
            )
            .await
            .map_err(failed)?;
        applied.push(file.name);
    }
    transaction.commit().await.map_err(DbError::from)?;
    Ok(applied)
}
