//! The previous release serves calls while its database is migrated, and goes on afterwards: functions are replaced
//! behind the migration, one environment after the other.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use ledger::migrate;
use serde_json::json;
use testkit::TestDb;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error, NoTls, SimpleQueryMessage};

use super::previous_release;

const ADMIT: &str = include_str!("admit.sql");
const SETTLE: &str = include_str!("settle.sql");

const CALLERS: u32 = 3;
/// Calls that each caller makes before the migration begins, and after it has ended.
const CALLS_AROUND: u32 = 5;
const COST: i64 = 1000;

/// A key of its own, which the limits of the other key do not stop, and a ledger that indexes take some time to read.
const MORE_DATA: &str = "
    insert into api_keys (id, name, scopes)
    values ('0198c0de-0000-7000-8000-00000000000e', 'busy', array['chat']);
    insert into api_key_secrets (secret_hash, key_id, secret_prefix)
    values (decode(repeat('cd', 32), 'hex'), '0198c0de-0000-7000-8000-00000000000e', 'tm_cde');
    insert into usage_logs (id, started_at, user_label, model, endpoint, status, stream, attempts, input_tokens,
        uncached_tokens, cached_tokens, cache_write_tokens, audio_input_tokens, output_tokens, reasoning_tokens,
        audio_output_tokens)
    select gen_random_uuid(), now(), 'past', 'm', 'chat.completions', 'settled', false, 1, 1, 1, 0, 0, 0, 1, 0, 0
    from generate_series(1, 20000)";

/// A session of the previous release, with its rights and its prepared statements.
struct OldSession {
    client: Client,
    price_version: String,
    /// Whether an admission ran at the moment when the routines were replaced.
    met_the_switch: bool,
}

impl OldSession {
    async fn open(db: &TestDb) -> Self {
        let url = db.url_as("tokenmeter_chat");
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
        #[expect(clippy::disallowed_methods, reason = "the driver task of the connection")]
        tokio::spawn(connection);
        // Waiting for locks is what a migration can do to a call. A slow machine must not fail the test.
        client
            .batch_execute(&format!(
                "set lock_timeout = '3s'; prepare admit as {ADMIT}; prepare settle as {SETTLE}"
            ))
            .await
            .unwrap();
        let mut session = Self { client, price_version: String::new(), met_the_switch: false };
        session.reload_prices().await;
        session
    }

    async fn reload_prices(&mut self) {
        self.price_version = self.value("select version from price_book", "version").await.expect("one row");
    }

    /// The field of the only row, or `None` without a row.
    async fn value(&self, sql: &str, field: &str) -> Option<String> {
        self.try_value(sql, field).await.unwrap_or_else(|error| panic!("{error:?}: {sql}"))
    }

    async fn try_value(&self, sql: &str, field: &str) -> Result<Option<String>, Error> {
        let messages = self.client.simple_query(sql).await?;
        Ok(messages.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(field).map(str::to_owned),
            _ => None,
        }))
    }

    async fn call(&mut self, id: &str) {
        loop {
            let admission = format!(
                "execute admit('{id}', decode(repeat('cd', 32), 'hex'), {}, null, 'unlabelled', 'm',
                'chat.completions', false, 'default', 100, 50, 16384, 1, 100000, 4000, null, 60, null, null, null)",
                self.price_version
            );
            match self.try_value(&admission, "verdict").await {
                // Nothing was recorded: the caller gets an error and repeats the request, at once and with success.
                Err(error) if is_missing_function(&error) && !self.met_the_switch => {
                    self.met_the_switch = true;
                }
                Ok(Some(verdict)) if verdict == "admitted" => break,
                // Migrations bring prices too.
                Ok(Some(verdict)) if verdict == "stale_prices" => self.reload_prices().await,
                other => panic!("{other:?}"),
            }
        }
        let key = "0198c0de-0000-7000-8000-00000000000e";
        assert!(self.settle(id, key, "unlabelled").await, "{id} was not recorded");
    }

    /// Whether the call was open.
    async fn settle(&self, id: &str, key: &str, label: &str) -> bool {
        let settlement = format!(
            "execute settle('{id}', now(), '{key}', '{label}', 'chat.completions', 'm', 'm', 'default', false,
            'settled', 200, null, 1, 90, 0, 0, 0, 40, 0, 0, 0, 0, {COST}, null, 100, 50, 10, null, null, null,
            null, false, null)"
        );
        let recorded = self.value(&settlement, "id").await;
        self.value(&format!("select calls_release(call_id => '{id}')"), "calls_release").await;
        recorded.as_deref() == Some(id)
    }
}

/// An admission that has begun by the old routines looks for those it calls by name.
fn is_missing_function(error: &Error) -> bool {
    let code = error.code();
    code.is_some_and(|code| [SqlState::UNDEFINED_FUNCTION, SqlState::INTERNAL_ERROR].contains(code))
}

/// Migrates while the callers call. Returns the number of their calls.
async fn migrate_among_calls(db: &TestDb) -> u32 {
    let (warmed_up, is_migrated, calls) = (AtomicU32::new(0), AtomicBool::new(false), AtomicU32::new(0));
    let caller = async |number: u32| {
        let mut session = OldSession::open(db).await;
        let (mut made, mut left) = (0, CALLS_AROUND);
        while left > 0 {
            session.call(&format!("0198c0de-0000-7000-8000-{number:04x}{made:08x}")).await;
            made += 1;
            warmed_up.fetch_add(u32::from(made == CALLS_AROUND), Ordering::Relaxed);
            left -= u32::from(is_migrated.load(Ordering::Relaxed));
        }
        calls.fetch_add(made, Ordering::Relaxed);
    };
    let migration = async {
        while warmed_up.load(Ordering::Relaxed) < CALLERS {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        let applied = migrate::run(&db.open()).await.unwrap();
        assert!(!applied.is_empty());
        is_migrated.store(true, Ordering::Relaxed);
    };
    tokio::join!(caller(1), caller(2), caller(3), migration);
    calls.into_inner()
}

#[tokio::test]
async fn previous_release_loses_no_call_while_its_database_is_migrated() {
    let db = previous_release().await;
    db.execute(MORE_DATA).await;
    let in_flight = OldSession::open(&db).await;
    let calls = migrate_among_calls(&db).await;
    // Opened before the migration, settled behind it, by statements that were prepared before.
    for id in ["0198c0de-0000-7000-8000-0000000000c2", "0198c0de-0000-7000-8000-0000000000c3"] {
        assert!(in_flight.settle(id, "0198c0de-0000-7000-8000-00000000000a", "team").await, "{id} was lost");
    }
    let counts = "select
            (select count(*)::int from usage_logs where user_label = 'unlabelled') as recorded,
            (select count(*)::int from usage_logs where user_label = 'past') as past,
            (select count(*)::int from open_calls) as open,
            (select sum(cost_pico_usd)::bigint from usage_logs) as cost,
            (select settled + overrun from limit_windows where metric = 'usd') as in_window,
            (select reserved from limit_windows where metric = 'usd') as reserved";
    let cost = 250_000 + (i64::from(calls) + 2) * COST;
    assert_eq!(
        db.rows(counts).await,
        [json!({
            "recorded": calls, "past": 20_000, "open": 0, "cost": cost, "in_window": cost, "reserved": 0
        })]
    );
}
