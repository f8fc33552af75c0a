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

    /// The function dies between the durable settlement and the release.
    pub(super) async fn settle_and_die(&mut self, call: Open) {
        let dead = "create or replace function calls_release(call_id uuid) returns boolean language sql return false";
        self.sql(dead).await;
        calls::settle(&self.database, &record_of(&call, Some(7)), &call.admitted.reservations).await.unwrap();
        self.check().await;
        let release = self.release.clone();
        self.sql(&release).await;
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
