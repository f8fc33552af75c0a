//! Checks of a test world: the books of its limits, the ledger, and the provider's bill.

use domain::limits::Metric;
use serde_json::Value;

use super::admissions::Admissions;
use super::bills::Bills;
use super::calls::Call;
use super::world::World;

impl World {
    /// The books of each limit.
    pub(super) async fn check(&self) {
        for window in self.harness.windows().await {
            let limit = self.limit_of(&window);
            let number = |name: &str| window[name].as_i64().unwrap();
            assert!(number("settled") + number("reserved") <= limit.amount, "{window}");
            if limit.unbounded != "estimate" && number("overrun") != 0 {
                let rows = self.harness.db.rows("select * from usage_logs where overrun").await;
                let rows: Vec<String> = rows.iter().map(|row| self.describe(row)).collect();
                panic!("{} {:?}: {window}\n{}", limit.unbounded, limit.metric, rows.join("\n"));
            }
        }
    }

    /// The last calls end, and the ledger is compared with the provider's bill.
    pub(super) async fn end(&mut self) {
        self.sweep().await;
        self.check().await;
        assert_eq!(self.harness.open_calls().await, 0);
        let rows = self.harness.db.rows("select * from usage_logs where overrun").await;
        self.seen.flagged += u32::try_from(rows.len()).unwrap();
        for row in &rows {
            let limits = self.call_of(row).map(|call| self.applying(call)).unwrap_or_default();
            let mut bounding = limits.iter().filter(|limit| limit.bounds()).peekable();
            // Without a limit, nothing bounds the calls of tools.
            let may_overrun =
                bounding.peek().is_none() || bounding.any(|limit| limit.unbounded == "estimate");
            assert!(may_overrun, "{}", self.describe(row));
        }
        for window in self.harness.windows().await {
            let overruns = window["overruns"].as_u64().unwrap();
            assert!(overruns <= rows.len() as u64, "{window}: each is flagged, {rows:#?}");
            assert_eq!(window["reserved"], 0, "{window}: no call is open");
        }
        let admissions = self.admissions().await;
        self.check_counts(&admissions).await;
        let bills = Bills::of_all(self).await;
        self.check_bill(&admissions, &bills).await;
        self.check_ledger(&bills).await;
        let calls = self.harness.mock.counters().calls;
        self.seen.retried += calls.values().map(|attempts| attempts.len() - 1).sum::<usize>();
    }

    /// Each call has one row, and no row shows less than the provider billed for a bounded call.
    async fn check_ledger(&self, bills: &Bills) {
        let rows = self
            .harness
            .db
            .rows(
                "select id, jsonb_build_object('call', max(tags ->> 'call')) as tags, sum(input_tokens + output_tokens) as tokens,
                    case when bool_and(cost_pico_usd is not null) then sum(cost_pico_usd) end as cost,
                    bool_or(status = 'failed') as is_failed, count(*) filter (where revision = 0) as calls
                from usage_logs
                group by id",
            )
            .await;
        let counters = self.harness.mock.counters();
        for row in &rows {
            assert_eq!(row["calls"], 1, "{row}");
            let Some(call) = self.call_of(row).filter(|call| self.is_bounded(call)) else { continue };
            let attempts = counters.calls.get(&call.tag).map(Vec::as_slice).unwrap_or_default();
            let billed: u64 =
                attempts.iter().filter_map(|attempt| attempt.usage).map(|usage| usage.total_tokens()).sum();
            // A call that failed at unknown cost counts as its bound in limits.
            let is_covered = row["is_failed"] == true || row["tokens"].as_u64() >= Some(billed);
            assert!(is_covered, "{billed} billed: {}\n{attempts:?}", self.describe(row));
            let (billed, cost) = (bills.of(call, Metric::Usd), row["cost"].as_i64());
            let is_covered = row["is_failed"] == true || cost.is_none_or(|cost| cost >= billed);
            assert!(is_covered, "{billed} pico-USD billed: {}\n{attempts:?}", self.describe(row));
        }
    }

    /// What was billed and recorded, for a reader of a failure.
    async fn account(&self, subject: &str) -> String {
        let rows = self
            .harness
            .db
            .rows(
                "select upstream_request_id, user_label, tags, model, status, error_code, attempts, input_tokens, output_tokens,
                    cost_pico_usd, revision
                from usage_logs",
            )
            .await;
        let counters = self.harness.mock.counters();
        let bills = counters.calls.iter().map(|(tag, attempts)| {
            let call = &self.made[tag];
            format!("{} {:?} {}\n    {attempts:?}", call.label, call.team, call.request.body)
        });
        let rows = rows.iter().map(|row| format!("{row}"));
        format!("{subject}\n{}", bills.chain(rows).collect::<Vec<_>>().join("\n"))
    }

    fn call_of(&self, row: &Value) -> Option<&Call> {
        self.made.get(row["tags"]["call"].as_str()?)
    }

    /// A ledger row and its request.
    fn describe(&self, row: &Value) -> String {
        let call = self.call_of(row);
        format!("{row}\n{}", call.map_or(&Value::Null, |call| &call.request.body))
    }

    /// What the provider billed for the calls of each window: no more than the limit allows, and no more than the
    /// window shows.
    async fn check_bill(&self, admissions: &Admissions, bills: &Bills) {
        // Answers that failed without usage or text are free (docs/METERING.md), whatever this provider makes of them.
        // In sum, since a killed call is corrected from its bound.
        let free = "select tags ->> 'call' as tag from usage_logs
            group by tags ->> 'call'
            having bool_or(status = 'failed') and sum(cost_pico_usd) = 0";
        let free = self.harness.db.rows(free).await;
        let is_free = |tag: &str| free.iter().any(|row| row["tag"] == tag);
        for window in self.harness.windows().await {
            let limit = self.limit_of(&window);
            if !limit.bounds() || limit.unbounded == "estimate" {
                continue;
            }
            let tags = admissions.get(&window["id"].as_i64().unwrap()).into_iter().flatten();
            let bills = tags.map(|tag| (is_free(tag), bills.of(&self.made[tag], limit.metric)));
            let billed: i64 = bills.clone().map(|(_, amount)| amount).sum();
            let shown: i64 = bills.filter(|(is_free, _)| !is_free).map(|(_, amount)| amount).sum();
            if billed > limit.amount || Some(shown) > window["settled"].as_i64() {
                let account = self.account(&window.to_string()).await;
                panic!("{billed} of {} {:?} billed\n{account}", limit.amount, limit.metric);
            }
        }
    }
}
