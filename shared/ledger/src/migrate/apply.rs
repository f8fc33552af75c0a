//! Applying files while calls are in flight: a statement that cannot get its lock at once gives up, lets the calls behind
//! it pass, and is repeated.

use std::time::{Duration, Instant};

use tokio_postgres::Transaction;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;

use super::{MigrateError, Migration, access, checksum, concurrent, routines};
use crate::DbError;
use crate::pool::Connection;

/// Calls queue up behind a statement that waits for a lock, so it waits for no longer than a call may be delayed.
const LOCK_TIMEOUT: &str = "set local lock_timeout = '1s'";
/// How long a file is tried again, for example while a report holds a table.
const PATIENCE: Duration = Duration::from_mins(5);
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

const RECORD: &str = "insert into schema_migrations (name, checksum) values ($1, $2)";
/// Rights are granted again after every migration, also if this run ends before that.
const OUTDATE_ACCESS: &str = "update schema_routines set checksum = '' where name like 'access/%'";

/// Applies one file and records it, in one transaction unless it builds an index.
pub(super) async fn migration(client: &mut Connection, migration: &Migration) -> Result<(), MigrateError> {
    if let Some(index) = concurrent::Index::of(migration)? {
        patiently(migration.name, client, async |client| concurrent::build(client, &index).await).await?;
    }
    patiently(migration.name, client, async |client| {
        let transaction = begin(client).await?;
        if !concurrent::is_concurrent(migration) {
            transaction.batch_execute(migration.sql).await?;
        }
        let checksum = checksum(migration.sql);
        transaction.execute_typed(RECORD, &[(&migration.name, Type::TEXT), (&checksum, Type::BYTEA)]).await?;
        transaction.batch_execute(OUTDATE_ACCESS).await?;
        transaction.commit().await
    })
    .await
}

/// Applies the routines that have changed, and then who may do what. Routines call each other, so a call sees all of them
/// as they were or all as they are.
pub(super) async fn definitions(client: &mut Connection) -> Result<Vec<&'static str>, MigrateError> {
    let started = Instant::now();
    let mut pause = FIRST_PAUSE;
    loop {
        let attempt = async {
            let transaction = begin(client).await.map_err(DbError::from)?;
            let mut applied = routines::apply(&transaction).await?;
            applied.extend(access::apply(&transaction, !applied.is_empty()).await?);
            transaction.commit().await.map_err(DbError::from)?;
            Ok(applied)
        };
        match attempt.await {
            Err(error) if started.elapsed() < PATIENCE && may_be_repeated(&error) => {
                wait("routines", &error, &mut pause).await;
            }
            result => return result,
        }
    }
}

async fn begin(client: &mut Connection) -> Result<Transaction<'_>, tokio_postgres::Error> {
    let transaction = client.transaction().await?;
    transaction.batch_execute(LOCK_TIMEOUT).await?;
    Ok(transaction)
}

async fn patiently(
    name: &'static str,
    client: &mut Connection,
    attempt: impl AsyncFn(&mut Connection) -> Result<(), tokio_postgres::Error>,
) -> Result<(), MigrateError> {
    let started = Instant::now();
    let mut pause = FIRST_PAUSE;
    loop {
        match attempt(client).await {
            Ok(()) => return Ok(()),
            Err(source) => {
                let error = MigrateError::Failed { name: name.to_owned(), source };
                if started.elapsed() >= PATIENCE || !may_be_repeated(&error) {
                    return Err(error);
                }
                wait(name, &error, &mut pause).await;
            }
        }
    }
}

async fn wait(name: &str, error: &MigrateError, pause: &mut Duration) {
    tracing::info!(name, %error, pause_ms = pause.as_millis(), "Waiting for a lock; will try again.");
    tokio::time::sleep(*pause).await;
    *pause = (*pause * 2).min(LONGEST_PAUSE);
}

fn may_be_repeated(error: &MigrateError) -> bool {
    let code = match error {
        MigrateError::Failed { source, .. } | MigrateError::Db(DbError::Statement(source)) => source.code(),
        _ => None,
    };
    code.is_some_and(|code| [SqlState::LOCK_NOT_AVAILABLE, SqlState::T_R_DEADLOCK_DETECTED].contains(code))
}
