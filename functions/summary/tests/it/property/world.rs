//! A random ledger, its database, and the same ledger in memory.

use std::collections::HashMap;

use axum::Router;
use chrono::{DateTime, Utc};
use domain::change::Actor;
use domain::ids::{KeyId, RequestId};
use domain::keys::Scope;
use domain::money::Rate;
use domain::prices::PriceFacts;
use domain::provider::Provider;
use ledger::prices::{effects, revisions};
use ledger::rollups;
use serde_json::Value;
use testkit::{Harness, get};
use uuid::Uuid;

use super::CALLS;
use crate::model::{self, Correction, Rng, Row, insert, random_ledger};
use crate::router;

pub(super) struct World {
    pub harness: Harness,
    pub router: Router,
    pub key: String,
    pub rows: Vec<Row>,
    /// As priced now: the rows and what corrections of prices added.
    pub current: Vec<Row>,
    pub keys: Vec<Uuid>,
}

impl World {
    pub(super) async fn new(seed: u64) -> Self {
        let harness = Harness::start().await;
        let mut rng = Rng::new(seed);
        let keys: Vec<Uuid> = (1..=2).map(|n| Uuid::from_u128(n + 7)).collect();
        let rows = random_ledger(&mut rng, CALLS, &keys);
        harness.db.execute(&insert(&rows)).await;
        let router = router(&harness).await;
        let key = harness.key().scopes(&[Scope::UsageRead]).create().await;
        Self { harness, router, key, current: rows.clone(), rows, keys }
    }

    /// Seals everything before an instant, in small pieces.
    pub(super) async fn seal(&self, until: DateTime<Utc>) {
        let mark =
            format!("update usage_rollup_state set sealing_until = greatest(sealing_until, '{until}')");
        self.harness.db.execute(&mark).await;
        while !rollups::seal_chunk(&self.harness.db.open(), 60).await.unwrap() {}
    }

    pub(super) async fn actor(&self) -> Actor {
        let keys = self.harness.db.rows("select id from api_keys").await;
        let id: Uuid = keys[0]["id"].as_str().unwrap().parse().unwrap();
        Actor {
            key_id: KeyId::from_uuid(id),
            user_label: None,
            models: None,
            ends_at: None,
            secret: None,
            request_id: RequestId::generate(),
        }
    }

    /// Corrects a price, here and in memory; and takes that back, so that the next is the second of two.
    pub(super) async fn correct(
        &mut self,
        prices: &mut Vec<Correction>,
        price: Correction,
        is_undone: bool,
        actor: &Actor,
    ) {
        let database = self.harness.db.open();
        let facts = PriceFacts {
            provider: Provider::OPENAI,
            model: price.model.to_owned(),
            service_tier: "default".to_owned(),
            above_input_tokens: 0,
            effective_from: price.from,
            review_on: None,
            input: Rate::from_pico_per_token(price.input).unwrap(),
            cached_input: None,
            cache_write: None,
            cache_write_long: None,
            output: Rate::from_pico_per_token(price.output).unwrap(),
            audio_input: None,
            cached_audio_input: None,
            audio_output: None,
            image_output: None,
        };
        let shown = effects::preview(&database, &facts).await.unwrap();
        let made = revisions::apply(&database, &facts, &shown.preview, actor).await.unwrap();
        assert_eq!(made.change, shown.total().change(), "what was shown is what was done");
        prices.push(price);
        let before = std::mem::take(&mut self.current);
        self.current = model::corrected(&before, prices);
        if is_undone {
            revisions::undo(&database, made.id, actor).await.unwrap();
            prices.pop();
            self.current = model::reversed(&before, &self.current);
        }
    }

    pub(super) async fn ask(&self, path: &str) -> Value {
        let reply = get(&self.router, path, &self.key).await;
        assert!(reply.status.is_success(), "{path}: {}", reply.text());
        reply.json()
    }

    /// The local times of instants in a zone, as the database's calendar has them.
    pub(super) async fn local(
        &self,
        zone: &str,
        instants: &[DateTime<Utc>],
    ) -> HashMap<DateTime<Utc>, String> {
        let list: Vec<String> = instants.iter().map(|at| format!("'{at}'")).collect();
        let query = format!(
            "select at::text as utc, to_char(at at time zone '{zone}', 'YYYY-MM-DD HH24:MI') as local,
                extract(epoch from at at time zone '{zone}') - extract(epoch from at) as shift
            from unnest(array[{}]::timestamptz[]) as at",
            list.join(",")
        );
        let rows = if instants.is_empty() { Vec::new() } else { self.harness.db.rows(&query).await };
        let texts = rows.iter().map(|row| format!("{} {}", row["local"].as_str().unwrap(), row["shift"]));
        instants.iter().copied().zip(texts).collect()
    }
}
