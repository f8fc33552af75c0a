//! Sums of ranges, which are put together from rollups and the calls since, against plain sums over the ledger.

use chrono::{DateTime, TimeDelta, Utc};
use domain::queries::{CostBasis, Dimension, Grouping, TimeRange, UsageFilter};
use ledger::rollups::{self, Pace};
use ledger::usage::{Histograms, Totals, summarize};
use serde_json::{Value, json};
use testkit::TestDb;

use super::sums::CALLS;
use super::{AT_ONCE, rows, settled};

const ALONE: &str = "2026-01-01T00:21:13Z";

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Inside buckets of each level and at their edges, before, among and after the calls that are sealed.
fn beginnings() -> Vec<DateTime<Utc>> {
    let inside = (0..30).map(|n| at("2025-12-29T01:07:13Z") + TimeDelta::minutes(n * 337));
    let behind = [1, 15, 55, 240, 640].map(|minutes| at(ALONE) + TimeDelta::minutes(minutes));
    let edges =
        ["2025-12-16T12:00:00Z", "2026-01-01T00:00:00Z", "2026-01-01T13:45:00Z", "2026-02-14T07:00:00Z"];
    inside.chain(behind).chain(edges.map(at)).collect()
}

async fn expected(db: &TestDb, range: TimeRange, columns: &str) -> Vec<Value> {
    let text = |at: Option<DateTime<Utc>>, else_| at.map_or(else_, |at: DateTime<Utc>| at.to_rfc3339());
    let sql = format!(
        "select to_jsonb(sums) as sums
        from (
            select
                {columns}, sum(calls)::int as calls, sum(failed_calls)::int as failed,
                sum(input_tokens)::int as tokens, sum(attempts)::int as attempts,
                (case when sum(cost_pico_usd) <> 0 or sum(calls) > sum(unpriced_calls) then sum(cost_pico_usd) end)::text
                    as cost,
                sum(latency_histogram) is not null and sum(latency_histogram) <> 0 as has_latency,
                to_char(max(created_at) at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') as last
            from usage_changes
            where created_at >= '{}' and created_at < '{}'
            group by {columns}
        ) as sums",
        text(range.from, "-infinity".to_owned()),
        text(range.to, "infinity".to_owned())
    );
    sorted(db.rows(&sql).await.into_iter().map(|row| row["sums"].clone()).collect())
}

fn sorted(mut rows: Vec<Value>) -> Vec<Value> {
    rows.sort_by_key(|row| [&row["user_label"], &row["model"], &row["provider"]].map(Value::to_string));
    rows
}

fn found(Totals { group, measures }: &Totals, grouping: &Grouping, has_details: bool) -> Value {
    let mut row = json!({
        "calls": measures.counts.calls,
        "failed": measures.counts.failed_calls,
        "tokens": measures.counts.input_tokens,
        "cost": measures.cost.map(|cost| cost.as_pico().to_string()),
        "has_latency": measures.latency.quantile_ms(0.5).is_some(),
        "last": measures.last_call_at.map(|at| at.format("%Y-%m-%d %H:%M:%S%.6f").to_string()),
    });
    if has_details {
        row["attempts"] = measures.counts.attempts.into();
    }
    for dimension in &grouping.dimensions {
        match dimension {
            Dimension::Model => row["model"] = json!(group.model),
            Dimension::Provider => row["provider"] = json!(group.provider),
            Dimension::UserLabel => row["user_label"] = json!(group.user_label),
            other => panic!("{other:?}"),
        }
    }
    row
}

#[tokio::test]
async fn summaries_of_any_range_are_sums_of_its_rows() {
    let db = TestDb::create().await;
    db.execute(CALLS).await;
    // A group that ranges from a minute later on must not have, though the bucket that they begin with has it.
    db.execute(&rows(&format!("'{ALONE}'::timestamptz"), 1).replace("'label '", "'alone '")).await;
    rollups::seal(&db.open(), Pace { chunk_rows: 100_000, ..AT_ONCE }).await.unwrap();
    // Not sealed, and of groups that those before them have too.
    db.execute(&settled(4)).await;
    let database = db.open();
    let behind = format!("array['{ALONE}'::timestamptz + interval '1 minute', 'infinity'], '2026-02-01Z'");
    let subtracted = db.rows(&format!("select level from usage_pieces({behind}) where sign < 0")).await;
    assert!(!subtracted.is_empty(), "the bucket is read, and what is before the range subtracted");
    let groupings = [
        (vec![Dimension::UserLabel], "user_label"),
        (vec![Dimension::UserLabel, Dimension::Model, Dimension::Provider], "user_label, model, provider"),
    ];
    let ends = [None, Some(at("2999-01-01T00:00:00Z")), Some(at("2026-02-14T07:10:00Z"))];
    for (dimensions, columns) in groupings {
        let grouping = Grouping { dimensions, tags: Vec::new() };
        for from in beginnings() {
            for to in ends {
                let range = TimeRange { from: Some(from), to };
                let filter = UsageFilter { range, ..UsageFilter::default() };
                let mut expected = expected(&db, range, columns).await;
                for histograms in [Histograms::All, Histograms::Latency] {
                    let has_details = histograms == Histograms::All;
                    let sums = summarize(&database, &filter, &grouping, histograms, CostBasis::Billed)
                        .await
                        .unwrap();
                    let sums = sorted(sums.iter().map(|sum| found(sum, &grouping, has_details)).collect());
                    if !has_details {
                        for row in &mut expected {
                            row.as_object_mut().unwrap().remove("attempts");
                        }
                    }
                    assert_eq!(sums, expected, "{range:?} {columns}");
                }
            }
        }
    }
}
