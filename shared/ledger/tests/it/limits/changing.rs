//! Limits made, changed and deleted while calls are in flight, and windows that end.

use std::collections::{BTreeMap, BTreeSet};

use domain::change::Precondition;
use domain::ids::{CallId, LimitId};
use domain::limits::{LimitFacts, LimitRefusal, LimitSubject, Metric, Mode, Period, Unbounded};
use domain::words::Word;
use ledger::change::ChangeError;
use ledger::limits::changes;
use serde_json::Value;

use super::model::{INPUT, Share, Window, reserved};
use super::world::World;

/// The most the model of all calls answers with.
const MOST_OUTPUT: i64 = 16_384;

impl World {
    pub(super) async fn change_a_limit(&mut self) {
        let percent = 40 + self.below(120);
        let metric = self.one_of(&["requests", "tokens", "usd", "concurrency"]);
        self.sql(&format!(
            "update limits set amount = amount * {percent} / 100 + 1 where metric = '{metric}'"
        ))
        .await;
    }

    /// Hard ones become soft and soft ones hard, where there is none of that mode.
    pub(super) async fn flip_a_mode(&mut self) {
        let nth = self.below(4);
        self.sql(&format!(
            "update limits l
            set mode = case l.mode when 'hard' then 'soft' else 'hard' end
            where l.id = (select o.id from limits o order by o.id offset {nth} limit 1)
                and not exists (
                    select from limits o
                    where (o.subject, o.metric, o.period) = (l.subject, l.metric, l.period) and o.id <> l.id
                )"
        ))
        .await;
    }

    /// Where the limit replaced one for each, the subject has a window of that one again.
    pub(super) async fn lift_a_limit(&mut self) {
        let limits = self.rows("select id from limits order by id").await;
        let nth = usize::try_from(self.below(16)).unwrap();
        let Some(id) = limits.get(nth).and_then(|limit| limit["id"].as_str()) else { return };
        let before = self.window_ids().await;
        let id = LimitId::from_uuid(id.parse().unwrap());
        changes::delete(&self.database, id, &Precondition::default(), &self.actor).await.unwrap();
        self.restored += self.take_over_new_windows(&before).await;
    }

    /// Calls in flight hold their part of it from the first moment.
    pub(super) async fn make_a_limit(&mut self) {
        let subject = self.one_of(&[
            LimitSubject::Global,
            LimitSubject::Label("one".into()),
            LimitSubject::Label("two".into()),
            LimitSubject::Label("other".into()),
            LimitSubject::Label("*".into()),
            LimitSubject::Tag("team=a".into()),
            LimitSubject::Tag("team=*".into()),
        ]);
        let metric = self.one_of(Metric::ALL);
        let period = if metric == Metric::Concurrency {
            Period::Total
        } else {
            self.one_of(&[Period::Total, Period::Month, Period::Week])
        };
        let mode = self.one_of(Mode::ALL);
        let amount = match metric {
            Metric::Requests => 40,
            Metric::Concurrency => 3,
            Metric::Tokens => 20_000,
            Metric::Usd => 20_000 * super::model::RATE,
        } * i64::try_from(1 + self.below(8)).unwrap();
        let facts = LimitFacts {
            subject,
            metric,
            period,
            amount,
            mode,
            time_zone: "UTC".into(),
            unbounded: Unbounded::Reserve,
        };
        let before = self.window_ids().await;
        match changes::create(&self.database, &facts, &self.actor).await {
            Err(ChangeError::Refused(LimitRefusal::Exists)) => return,
            limit => drop(limit.unwrap()),
        }
        self.made_under_calls += self.take_over_new_windows(&before).await;
    }

    async fn window_ids(&self) -> BTreeSet<i64> {
        let rows = self.rows("select id from limit_windows").await;
        rows.iter().map(|row| row["id"].as_i64().unwrap()).collect()
    }

    /// Windows opened since `before` hold what the ledger has of their subject, and its calls in flight. Returns how
    /// many hold calls.
    async fn take_over_new_windows(&mut self, before: &BTreeSet<i64>) -> u32 {
        let windows = self
            .rows(
                "select w.id, w.metric, w.hard, w.subject_id, l.subject_kind, (
                    select case w.metric
                        when 'requests' then count(*) filter (where u.revision = 0)
                        when 'tokens' then coalesce(sum(u.input_tokens + u.output_tokens), 0)
                        when 'usd' then coalesce(sum(u.cost_pico_usd), 0)
                        else 0
                    end
                    from usage_logs u
                    where u.created_at >= w.starts_at
                        and case l.subject_kind
                            when 'global' then true
                            when 'label' then u.user_label = w.subject_id
                            else u.tags ->> 'team' = substr(w.subject_id, 6)
                        end
                )::bigint as history
                from limit_windows w join limits l on l.id = w.limit_id",
            )
            .await;
        let mut under_calls = 0;
        for row in windows {
            let id = row["id"].as_i64().unwrap();
            if before.contains(&id) {
                continue;
            }
            let calls = self.held_in(&row);
            under_calls += u32::from(!calls.is_empty());
            let history = row["history"].as_i64().unwrap();
            self.windows
                .insert(id, Window { history, calls, ..Window::new(row["metric"].as_str().unwrap()) });
        }
        under_calls
    }

    fn held_in(&self, window: &Value) -> BTreeMap<CallId, Share> {
        let text = |name: &str| window[name].as_str().unwrap();
        let (kind, subject, metric) = (text("subject_kind"), text("subject_id"), text("metric"));
        let unbounded = if window["hard"] == true { MOST_OUTPUT } else { 0 };
        let in_flight = self.open.iter().filter(|call| call.source.subject(kind, subject).is_some());
        let shares = in_flight.map(|call| {
            let output = call.admitted.output_bound_tokens;
            let held = match metric {
                "tokens" => INPUT + output.unwrap_or(unbounded),
                _ => reserved(metric, output.map(|output| INPUT + output)),
            };
            (call.id, Share { held, booked: None })
        });
        shares.collect()
    }

    /// As if the clock had moved on: open windows become those of an earlier period, and the next call opens new ones.
    pub(super) async fn roll_over(&mut self) {
        let period = self.one_of(&["day", "week", "month"]);
        self.roll_over_of(period).await;
    }

    pub(super) async fn roll_over_of(&mut self, period: &str) {
        self.sql(&format!(
            "update limit_windows w
            set ends_at = earliest.at, starts_at = earliest.at - interval '1 {period}'
            from (select limit_id, min(starts_at) as at from limit_windows group by limit_id) as earliest, limits l
            where earliest.limit_id = w.limit_id
                and l.id = w.limit_id
                and l.period = '{period}'
                and w.ends_at > clock_timestamp()"
        ))
        .await;
        self.rolled_over += u32::from(!self.open.is_empty());
    }
}
