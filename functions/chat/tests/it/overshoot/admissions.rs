//! Which windows hold which call, noted by the database when it admits the call: its row is gone once it is settled.

use std::collections::{BTreeSet, HashMap, HashSet};

use domain::limits::Metric;
use testkit::TestDb;

use super::limits::Limit;
use super::world::World;

pub(super) async fn watch(db: &TestDb) {
    db.execute(
        "create table admissions (call text not null, window_id bigint not null, limit_id uuid not null, is_current boolean);
        create function admissions_note() returns trigger language plpgsql security definer as $$
        begin
            insert into admissions
            select
                new.tags ->> 'call', w.id, w.limit_id,
                new.opened_at >= w.starts_at and (w.ends_at is null or new.opened_at < w.ends_at)
            from unnest(new.window_ids) as held (id)
            join limit_windows w on w.id = held.id;
            return null;
        end
        $$;
        create trigger admissions_note after insert on open_calls for each row execute function admissions_note();",
    )
    .await;
}

/// The tags of the calls that a window holds or held.
pub(super) type Admissions = HashMap<i64, Vec<String>>;

impl World {
    /// Each call is held by the current windows of the limits that apply to it, and by no others.
    pub(super) async fn admissions(&self) -> Admissions {
        let mut limits_of: HashMap<String, BTreeSet<String>> = HashMap::new();
        let mut admissions = Admissions::new();
        for row in self.harness.db.rows("select * from admissions").await {
            assert_eq!(row["is_current"], true, "{row}");
            let text = |name: &str| row[name].as_str().unwrap().to_owned();
            assert!(limits_of.entry(text("call")).or_default().insert(text("limit_id")), "twice: {row}");
            admissions.entry(row["window_id"].as_i64().unwrap()).or_default().push(text("call"));
        }
        for tag in self.harness.mock.counters().calls.keys() {
            let applying: BTreeSet<String> =
                self.applying(&self.made[tag]).into_iter().map(|limit| limit.id.clone()).collect();
            assert_eq!(limits_of.remove(tag).unwrap_or_default(), applying, "limits of {tag}");
        }
        admissions
    }

    pub(super) fn limit_of(&self, window: &serde_json::Value) -> &Limit {
        self.limits.iter().find(|limit| window["limit_id"] == limit.id.as_str()).unwrap()
    }

    /// The provider never worked on more calls of a window at the same time than a limit on concurrency allows, nor on
    /// more calls in all than one on requests.
    pub(super) async fn check_counts(&mut self, admissions: &Admissions) {
        let counters = self.harness.mock.counters();
        let work = self.provider.work();
        for window in self.harness.windows().await {
            let limit = self.limit_of(&window);
            let tags: HashSet<&str> = admissions
                .get(&window["id"].as_i64().unwrap())
                .into_iter()
                .flatten()
                .map(String::as_str)
                .filter(|tag| counters.calls.contains_key(*tag))
                .collect();
            let (count, amount) = match limit.metric {
                Metric::Concurrency => {
                    let own = work.iter().filter(|(tag, ..)| tags.contains(tag.as_str()));
                    let most_at_once = own.clone().map(|(_, started, _)| {
                        own.clone().filter(|(_, from, until)| from <= started && started < until).count()
                    });
                    (most_at_once.max().unwrap_or(0), limit.amount)
                }
                Metric::Requests => (tags.len(), limit.amount),
                Metric::Usd | Metric::Tokens => continue,
            };
            let amount = usize::try_from(amount).unwrap();
            assert!(count <= amount, "{count} of {amount} {:?}: {window}", limit.metric);
            self.seen.filled += u32::from(limit.metric == Metric::Concurrency && count == amount);
        }
    }
}
