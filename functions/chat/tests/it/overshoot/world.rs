//! A service with random limits, calls made at the same time, functions that are killed, and windows that end.

use std::collections::HashMap;
use std::ops::AddAssign;

use axum::Router;
use domain::limits::Period;
use fastrand::Rng;
use futures_util::future::join_all;
use ledger::{Database, calls};
use testkit::Harness;

use super::admissions;
use super::calls::{Call, Key, accepted};
use super::limits::Limit;
use super::provider::Provider;
use crate::router;

/// What the calls of a world came to.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub answered: u32,
    pub limited: u32,
    pub refused: u32,
    pub killed: u32,
    pub flagged: u32,
    /// Requests to the provider beyond the first of their call.
    pub retried: usize,
    /// Windows that ended while calls were made.
    pub ended: u32,
    /// Windows of concurrency that were full.
    pub filled: u32,
}

impl AddAssign<&Self> for Seen {
    fn add_assign(&mut self, other: &Self) {
        self.answered += other.answered;
        self.limited += other.limited;
        self.refused += other.refused;
        self.killed += other.killed;
        self.flagged += other.flagged;
        self.retried += other.retried;
        self.ended += other.ended;
        self.filled += other.filled;
    }
}

pub(super) struct World {
    pub(super) harness: Harness,
    pub(super) router: Router,
    pub(super) database: Database,
    pub(super) provider: Provider,
    pub(super) keys: [Key; 2],
    pub(super) random: Rng,
    pub(super) limits: Vec<Limit>,
    pub(super) made: HashMap<String, Call>,
    /// Paths of responses that the provider works on.
    pub(super) working: Vec<String>,
    pub(super) seen: Seen,
}

impl World {
    pub(super) async fn new(seed: u64) -> Self {
        let harness = Harness::start().await;
        let mut random = Rng::with_seed(seed);
        let max_retries = random.u8(..4).to_string();
        let router = router(&harness, &[("UPSTREAM_MAX_RETRIES", &max_retries)]).await;
        let keys = [key(&harness, None).await, key(&harness, Some("one")).await];
        own_objects(&harness, &keys[0]).await;
        admissions::watch(&harness.db).await;
        let provider = Provider::start(&harness.mock, seed);
        let database = harness.db.open();
        let mut world = Self {
            harness,
            router,
            database,
            provider,
            keys,
            random,
            limits: Vec::new(),
            made: HashMap::new(),
            working: Vec::new(),
            seen: Seen::default(),
        };
        for _ in 0..world.random.usize(1..7) {
            world.add_limit().await;
        }
        world
    }

    pub(super) fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.random.usize(..all.len())].clone()
    }

    /// Several calls at the same time; some of their functions are killed, and a window may end between them.
    pub(super) async fn round(&mut self) {
        let calls: Vec<Call> = (0..self.random.usize(1..6)).map(|_| self.call()).collect();
        let ending = self.random.bool().then(|| self.ending()).flatten();
        let end_windows = async {
            if let Some(sql) = &ending {
                self.harness.db.execute(sql).await;
            }
        };
        let sent = join_all(calls.iter().map(|call| call.send(&self.router)));
        let (replies, ()) = tokio::join!(sent, end_windows);
        self.seen.ended += u32::from(ending.is_some());
        for (call, reply) in calls.into_iter().zip(replies) {
            match reply {
                Some(reply) => {
                    self.judge(&call, &reply);
                    self.working.extend(accepted(&call, &reply));
                }
                None => self.seen.killed += 1,
            }
            self.made.insert(call.tag.clone(), call);
        }
        if self.random.bool() {
            self.sweep().await;
        }
        self.retrieve().await;
    }

    /// Ends the windows of one limit as if the clock had moved on: they become those of an earlier period, and the next
    /// call opens new ones.
    fn ending(&mut self) -> Option<String> {
        let ending: Vec<&Limit> = self.limits.iter().filter(|limit| limit.period != Period::Total).collect();
        let limit = ending.get(self.random.usize(..ending.len().max(1)))?;
        let (id, period) = (&limit.id, <&str>::from(limit.period));
        Some(format!(
            "update limit_windows w
            set ends_at = earliest.at, starts_at = earliest.at - interval '1 {period}'
            from (select min(starts_at) as at from limit_windows where limit_id = '{id}') as earliest
            where w.limit_id = '{id}' and w.ends_at > clock_timestamp()"
        ))
    }

    /// Killed functions leave their calls open. As if their deadlines had passed.
    pub(super) async fn sweep(&self) {
        // Until then, the provider may still work on them, and their reservations have to hold.
        let is_idle = async || self.harness.mock.counters().in_flight == 0 && self.provider.is_idle();
        self.harness.eventually("an idle provider", is_idle).await;
        self.harness.db.execute("update open_calls set deadline_at = opened_at").await;
        calls::sweep(&self.database).await.unwrap();
        calls::release_settled(&self.database).await.unwrap();
    }
}

async fn key(harness: &Harness, label: Option<&'static str>) -> Key {
    let key = harness.key();
    let secret = match label {
        Some(label) => key.label(label).create().await,
        None => key.create().await,
    };
    let rows = harness.db.rows("select id from api_keys order by created_at desc, id desc limit 1").await;
    Key { secret, id: rows[0]["id"].as_str().unwrap().to_owned(), label }
}

/// What the requests refer to, as if earlier calls of both keys had made it.
async fn own_objects(harness: &Harness, key: &Key) {
    let objects = [
        "resp_1", "conv_1", "rs_9", "msg_9", "rs_0", "rs_1", "rs_2", "rs_3", "ws_0", "ws_1", "ws_2", "ws_3",
        "audio_1",
    ];
    let values = objects.map(|id| format!("('{id}', gen_random_uuid(), '{}', 'one', 'gpt-5')", key.id));
    harness
        .db
        .execute(&format!(
            "insert into provider_objects (object_id, call_id, key_id, user_label, model) values {}",
            values.join(", ")
        ))
        .await;
}
