//! The database is restarted while callers use up a budget: nothing is overspent, nothing stays reserved, and no caller
//! gets a worse error than "try again".

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use chat::{ChatState, Config};
use domain::keys::{KeyHasher, NewKey, PlainKey, Scope};
use futures_util::future::join_all;
use ledger::{Database, DatabaseConfig, calls, keys, migrate};
use mock_provider::MockProvider;
use platform::environment::{AwsConfig, Environment};
use platform::secrets::Secrets;
use postgres_dev::{Server, Shutdown};
use serde_json::{Value, json};
use testkit::{PEPPER, Reply, post};
use tokio::sync::watch;
use tokio::task::block_in_place;
use tokio_postgres::NoTls;

const CALLERS: usize = 24;
/// Successful calls before the restart, the most that there may be, and calls that the budget covers.
const BEFORE: usize = 60;
const MOST_BEFORE: usize = 300;
const BUDGETED_CALLS: i64 = 600;

struct World {
    server: Arc<Mutex<Server>>,
    url: String,
    router: Router,
    key: String,
    progress: watch::Sender<Progress>,
    _mock: MockProvider,
}

/// The responses that callers got so far.
#[derive(Default)]
struct Progress {
    successes: usize,
    /// Whether the database was stopped once.
    is_stopped: bool,
}

impl World {
    /// A service with its own database server, so that a restart affects no other test.
    async fn start() -> Self {
        let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.dev");
        let server = block_in_place(|| Server::temporary(&home, &|_| {})).unwrap();
        let (url, mock) = (server.url(), MockProvider::start().await);
        let owner = open(&url);
        migrate::run(&owner).await.unwrap();
        let key = PlainKey::generate().unwrap();
        let new =
            NewKey { name: "test", user_label: None, scopes: &[Scope::Chat], models: None, expires_at: None };
        keys::create(&owner, &new, &key, KeyHasher::new(&PEPPER.into()).hash(&key)).await.unwrap().unwrap();
        let role = format!("{url}?options=-c%20role%3Dtokenmeter_chat");
        let base_url = mock.base_url();
        let environment = [
            ("DATABASE_URL", role.as_str()),
            ("DATABASE_POOL_SIZE", "8"),
            ("OPENAI_API_BASE", &base_url),
            ("OPENAI_API_KEY", "sk-mock-of-the-tests"),
            ("KEY_PEPPER", PEPPER),
        ];
        let config = Config::from_env(&environment_of(&environment)).unwrap();
        let router = chat::router(ChatState::new(config).await.unwrap());
        Self {
            server: Arc::new(Mutex::new(server)),
            url,
            router,
            key: key.reveal().to_owned(),
            progress: watch::Sender::default(),
            _mock: mock,
        }
    }

    async fn call(&self) -> Reply {
        let body = json!({
            "model": "gpt-4o-mini", "max_completion_tokens": 20,
            "messages": [{"role": "user", "content": "Hello"}],
            "metadata": {"mock_completion_tokens": "10", "mock_latency_ms": "20"},
        });
        post(&self.router, "/v1/chat/completions", &self.key, body).await
    }

    /// Calls until a limit refuses one, and returns the outcome of each call.
    async fn call_until_refused(&self) -> Vec<String> {
        let mut outcomes = Vec::new();
        let mut progress = self.progress.subscribe();
        loop {
            // However slow the stop is, it comes while some of the budget is left.
            let may_go_on = |progress: &Progress| progress.is_stopped || progress.successes < MOST_BEFORE;
            progress.wait_for(may_go_on).await.unwrap();
            let reply = self.call().await;
            let status = reply.status.as_u16();
            outcomes.push(match status {
                200 => "200".to_owned(),
                _ => format!("{status} {}", reply.json()["error"]["code"].as_str().unwrap_or_default()),
            });
            match status {
                200 => self.progress.send_modify(|progress| progress.successes += 1),
                503 => {
                    assert!(reply.header("retry-after").is_some(), "{}", reply.text());
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                _ => return outcomes,
            }
        }
    }

    async fn rows(&self, sql: &str) -> Vec<Value> {
        let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await.unwrap();
        let read = async move {
            let rows =
                client.query(&format!("select to_json(r)::text from ({sql}) as r"), &[]).await.unwrap();
            rows.iter().map(|row| serde_json::from_str(row.get(0)).unwrap()).collect()
        };
        tokio::join!(read, connection).0
    }

    async fn execute(&self, sql: &str) {
        let (client, connection) = tokio_postgres::connect(&self.url, NoTls).await.unwrap();
        let run = async move { client.batch_execute(sql).await.unwrap() };
        let _ = tokio::join!(run, connection);
    }

    /// Stops the database after this many successes, and starts it again when a caller has noticed.
    async fn restart_after(&self, successes: usize, how: Shutdown) {
        let mut progress = self.progress.subscribe();
        progress.wait_for(|progress| progress.successes >= successes).await.unwrap();
        self.in_background(move |server| server.shut_down(how)).await;
        self.progress.send_modify(|progress| progress.is_stopped = true);
        // One more: all others may be settling what was answered, which waits for the database.
        let noticed = async { while self.call().await.status != 503 {} };
        assert!(tokio::time::timeout(Duration::from_secs(30), noticed).await.is_ok(), "no caller noticed");
        self.in_background(|server| server.restart().unwrap()).await;
    }

    /// On another thread, because the callers share this test's task.
    async fn in_background(&self, work: impl FnOnce(&mut Server) + Send + 'static) {
        let server = Arc::clone(&self.server);
        tokio::task::spawn_blocking(move || work(&mut server.lock().unwrap())).await.unwrap();
    }

    /// Sweeps as `maintain` does, with all deadlines passed.
    async fn sweep(&self) {
        self.execute("update open_calls set deadline_at = clock_timestamp() - interval '1 second'").await;
        let owner = open(&self.url);
        while !calls::sweep(&owner).await.unwrap().is_empty() {}
        while calls::release_settled(&owner).await.unwrap() > 0 {}
    }
}

fn environment_of(variables: &[(&str, &str)]) -> Environment {
    variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn open(url: &str) -> Database {
    let config = DatabaseConfig::from_env(&environment_of(&[("DATABASE_URL", url)])).unwrap();
    Database::new(config, Secrets::new(&AwsConfig::default())).unwrap()
}

async fn budget_holds_across(how: Shutdown) {
    let world = World::start().await;
    assert_eq!(world.call().await.status, 200);
    let cost = world.rows("select cost_pico_usd as cost from usage_logs").await[0]["cost"].as_i64().unwrap();
    let cap = BUDGETED_CALLS * cost;
    world
        .execute(&format!(
            "truncate usage_logs;
            insert into limits (id, subject_kind, metric, period, amount, mode)
            select gen_random_uuid(), 'global', metric, 'total', amount, 'hard'
            from (values ('usd', {cap}), ('tokens', 1000000000), ('requests', 1000000), ('concurrency', 1000))
                as made (metric, amount)"
        ))
        .await;

    let callers = join_all((0..CALLERS).map(|_| world.call_until_refused()));
    let (outcomes, ()) = tokio::join!(callers, world.restart_after(BEFORE, how));
    let outcomes: Vec<String> = outcomes.into_iter().flatten().collect();
    let expected = ["200", "503 database_unavailable", "429 budget_reserved"];
    let is_used_up = |outcome: &str| ["429 budget_exceeded", "400 request_exceeds_limit"].contains(&outcome);
    assert!(
        outcomes.iter().all(|outcome| expected.contains(&outcome.as_str()) || is_used_up(outcome)),
        "{outcomes:?}"
    );

    world.sweep().await;
    // The reservations of lost calls can be spent again by the same service, which was never restarted.
    let last = world.call_until_refused().await;
    assert!(last.last().is_some_and(|outcome| is_used_up(outcome)), "{last:?}");
    world.sweep().await;
    let answered = outcomes.iter().chain(&last).filter(|outcome| *outcome == "200").count();
    assert!(answered > BEFORE + CALLERS, "{answered} answered");

    let ledger = world
        .rows(
            "select sum(cost_pico_usd) as usd, sum(input_tokens + output_tokens) as tokens, 0 as concurrency,
                count(*) filter (where revision = 0) as requests,
                count(distinct id) filter (where status = 'settled') as settled, count(distinct id) as calls
            from usage_logs",
        )
        .await
        .remove(0);
    assert_eq!(world.rows("select id from open_calls").await.len(), 0);
    assert_eq!(ledger["calls"], ledger["requests"], "no call is in the ledger twice");
    assert!(ledger["settled"].as_u64() >= Some(answered as u64), "no answered call is missing: {ledger}");
    let spent = ledger["usd"].as_i64().unwrap();
    assert!(spent <= cap, "{spent} of {cap}");
    // The rest is less than the bound of one more call.
    assert!(spent * 100 >= cap * 95, "{spent} of {cap}");
    for window in world.rows("select metric, settled, reserved, overrun from limit_windows").await {
        let metric = window["metric"].as_str().unwrap();
        assert_eq!((&window["settled"], &window["reserved"]), (&ledger[metric], &json!(0)), "{metric}");
        assert_eq!(window["overrun"], 0, "{metric}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn budget_holds_across_a_database_restart() {
    budget_holds_across(Shutdown::Fast).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn budget_holds_across_an_immediate_database_stop() {
    budget_holds_across(Shutdown::Immediate).await;
}
