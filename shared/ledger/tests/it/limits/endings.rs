//! How calls end: settled in time or late, swept, or lost by a function or a database that dies.

use std::collections::{BTreeMap, BTreeSet};

use domain::calls::CallRecord;
use domain::ids::CallId;
use ledger::calls;

use super::calls::record;
use super::model::Share;
use super::world::{Open, World};

fn record_of(call: &Open, output_tokens: Option<i64>) -> CallRecord {
    CallRecord { tags: call.source.tags.clone(), ..record(call.id, &call.admitted, output_tokens) }
}

impl World {
    /// Books what a call used in each of its windows, or in `only` these.
    pub(super) fn book(&mut self, id: CallId, output_tokens: Option<i64>, only: Option<&BTreeSet<i64>>) {
        for (window_id, window) in &mut self.windows {
            let Some(share) = window.calls.get(&id).copied() else { continue };
            if only.is_none_or(|only| only.contains(window_id)) {
                let booked = Some(window.used(share.held, output_tokens));
                window.calls.insert(id, Share { booked, ..share });
            }
        }
    }

    /// Settles, sometimes beyond the bound and sometimes without knowing the cost, and sometimes twice.
    pub(super) async fn settle(&mut self, call: &Open) -> Option<i64> {
        let output_tokens = i64::try_from(self.below(600)).unwrap();
        let known = (self.below(5) > 0).then_some(output_tokens);
        let record = record_of(call, known);
        for _ in 0..=self.below(2) {
            calls::settle(&self.database, &record, &call.admitted.reservations).await.unwrap();
        }
        self.ended += 1;
        known
    }

    pub(super) async fn settle_in_time(&mut self, call: Open) {
        let output_tokens = self.settle(&call).await;
        self.book(call.id, output_tokens, None);
    }

    /// The sweeper was first: windows of limits created since then keep its estimate.
    pub(super) async fn settle_late(&mut self, call: Open) {
        self.book(call.id, None, None);
        let output_tokens = self.settle(&call).await;
        self.book(call.id, output_tokens, Some(&call.known));
    }

    /// A function of the previous release dies between its settlement and the release behind it.
    pub(super) async fn settle_and_die(&mut self, call: Open) {
        let record = record_of(&call, Some(7));
        self.sql(&format!(
            "with held as (
                update open_calls
                set settled_at = clock_timestamp(), used_tokens = {used}, used_pico_usd = {cost}
                where id = '{id}' and window_ids is not null
            ),
            closed as (delete from open_calls where id = '{id}' and window_ids is null)
            insert into usage_logs (
                id, started_at, key_id, user_label, model, endpoint, status, stream, attempts, input_tokens,
                uncached_tokens, cached_tokens, cache_write_tokens, audio_input_tokens, output_tokens,
                reasoning_tokens, audio_output_tokens, cost_pico_usd, tags
            )
            select
                id, opened_at, key_id, user_label, model, endpoint, 'settled', stream, 1, {input}, {input}, 0, 0, 0,
                {output}, 0, 0, {cost}, tags
            from open_calls where id = '{id}'",
            id = call.id.as_uuid(),
            used = record.used().0.unwrap(),
            cost = record.cost.unwrap().as_pico(),
            input = record.usage.input_tokens,
            output = record.usage.output_tokens,
        ))
        .await;
        self.check().await;
        self.release_settled(1).await;
        self.book(call.id, Some(7), None);
        self.ended += 1;
    }

    /// At most this many ended calls hold a reservation; a call under no limit has left no row.
    pub(super) async fn release_settled(&self, at_most: usize) {
        let held = "select id from open_calls where settled_at is not null";
        let held = self.rows(held).await.len();
        assert!(held <= at_most, "{held} wait for their release");
        self.sql("update open_calls set settled_at = settled_at - interval '1 minute' where settled_at is not null")
            .await;
        assert_eq!(calls::release_settled(&self.database).await.unwrap(), held);
    }

    /// The database crashes and forgets an admission whose function lives on.
    pub(super) async fn lose_admission(&mut self, call: Open) {
        self.sql(&format!(
            "with lost as (delete from open_calls where id = '{}' returning window_ids, window_amounts)
            update limit_windows w set reserved = w.reserved - held.amount
            from lost, unnest(lost.window_ids, lost.window_amounts) as held (id, amount) where w.id = held.id",
            call.id.as_uuid()
        ))
        .await;
        let mut lost = BTreeMap::new();
        for (window_id, window) in &mut self.windows {
            if let Some(share) = window.calls.remove(&call.id).filter(|_| call.known.contains(window_id)) {
                lost.insert(*window_id, share);
            }
        }
        self.check().await;
        let output_tokens = self.settle(&call).await;
        for (window_id, share) in lost {
            self.windows.get_mut(&window_id).unwrap().calls.insert(call.id, share);
        }
        self.book(call.id, output_tokens, None);
    }

    pub(super) async fn sweep(&mut self, call: Open) {
        self.sql(&format!(
            "update open_calls set deadline_at = opened_at where id = '{}'",
            call.id.as_uuid()
        ))
        .await;
        assert_eq!(calls::sweep(&self.database).await.unwrap(), [call.id]);
        if self.below(2) == 0 {
            self.release_settled(1).await;
            self.book(call.id, None, None);
            self.late.push(call);
        } else {
            // Its function settles before the sweeper has released it.
            self.settle_late(call).await;
            self.release_settled(1).await;
        }
    }
}
