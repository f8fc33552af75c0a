//! Applying files while calls are in flight: a statement that cannot get its lock at once gives up, lets the calls
//! behind it pass, and is repeated.

use std::time::{Duration, Instant};

use tokio_postgres::Transaction;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;

use super::{MigrateError, Migration, access, checksum, concurrent, routines};
use crate::DbError;
use crate::pool::Connection;

/// Calls queue up behind a statement that waits for a lock. It waits for much less than the server's `deadlock_timeout`
/// of a second: if it holds one table and a call another that both need, the server would end the call instead.
const FIRST_LOCK_TIMEOUT: Duration = Duration::from_millis(100);
const LONGEST_LOCK_TIMEOUT: Duration = Duration::from_millis(500);
/// How long a file is tried again, for example while a report holds a table.
const PATIENCE: Duration = Duration::from_mins(5);
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Repeats what could not get its locks, each time with more patience.
struct Attempts {
    started: Instant,
    pause: Duration,
    lock_timeout: Duration,
}

impl Attempts {
    fn start() -> Self {
        Self { started: Instant::now(), pause: FIRST_PAUSE, lock_timeout: FIRST_LOCK_TIMEOUT }
    }

    async fn begin<'a>(&self, client: &'a mut Connection) -> Result<Transaction<'a>, tokio_postgres::Error> {
        let transaction = client.transaction().await?;
        let lock_timeout = format!("set local lock_timeout = {}", self.lock_timeout.as_millis());
        transaction.batch_execute(&lock_timeout).await?;
        Ok(transaction)
    }

    /// Returns the error if the next attempt would fail too, or it took too long.
    async fn wait(&mut self, name: &str, error: MigrateError) -> Result<(), MigrateError> {
        if self.started.elapsed() >= PATIENCE || !may_be_repeated(&error) {
            return Err(error);
        }
        tracing::info!(name, %error, pause_ms = self.pause.as_millis(), "Waiting for a lock; will try again.");
        tokio::time::sleep(self.pause).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        self.lock_timeout = (self.lock_timeout * 2).min(LONGEST_LOCK_TIMEOUT);
        Ok(())
    }
}

const RECORD: &str = "insert into schema_migrations (name, checksum) values ($1, $2)";
/// Rights are granted again after every migration, also if this run ends before that.
const OUTDATE_ACCESS: &str = "update schema_routines set checksum = '' where name like 'access/%'";

/// Applies one file and records it, in one transaction unless it builds an index.
pub(super) async fn migration(client: &mut Connection, migration: &Migration) -> Result<(), MigrateError> {
    if let Some(index) = concurrent::Index::of(migration)? {
        let build = async |_: &Attempts, client: &mut Connection| concurrent::build(client, &index).await;
        patiently(migration.name, client, build).await?;
    }
    patiently(migration.name, client, async |attempts, client| {
        let transaction = attempts.begin(client).await?;
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

/// Applies the routines that have changed, and then who may do what. Routines call each other, so a call sees all of
/// them as they were or all as they are.
pub(super) async fn definitions(client: &mut Connection) -> Result<Vec<&'static str>, MigrateError> {
    let mut attempts = Attempts::start();
    loop {
        let attempt = async {
            let transaction = attempts.begin(client).await.map_err(DbError::from)?;
            let mut applied = routines::apply(&transaction).await?;
            applied.extend(access::apply(&transaction, !applied.is_empty()).await?);
            transaction.commit().await.map_err(DbError::from)?;
            Ok(applied)
        };
        match attempt.await {
            Ok(applied) => return Ok(applied),
            Err(error) => attempts.wait("routines", error).await?,
        }
    }
}

async fn patiently(
    name: &'static str,
    client: &mut Connection,
    attempt: impl AsyncFn(&Attempts, &mut Connection) -> Result<(), tokio_postgres::Error>,
) -> Result<(), MigrateError> {
    let mut attempts = Attempts::start();
    loop {
        let Err(source) = attempt(&attempts, client).await else { return Ok(()) };
        attempts.wait(name, MigrateError::Failed { name: name.to_owned(), source }).await?;
    }
}

fn may_be_repeated(error: &MigrateError) -> bool {
    let code = match error {
        MigrateError::Failed { source, .. } | MigrateError::Db(DbError::Statement(source)) => source.code(),
        _ => None,
    };
    code.is_some_and(|code| [SqlState::LOCK_NOT_AVAILABLE, SqlState::T_R_DEADLOCK_DETECTED].contains(code))
}
