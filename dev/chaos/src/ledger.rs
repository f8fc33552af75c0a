//! The ledger's rows by label, which is unique for each call.

use std::collections::BTreeMap;

use tokio_postgres::Client;
use uuid::Uuid;

use crate::call::TokenCounts;

/// One row of `usage_logs`.
#[derive(Clone, Debug)]
pub(crate) struct LedgerRow {
    pub(crate) id: Uuid,
    pub(crate) revision: i16,
    pub(crate) status: String,
    pub(crate) tokens: TokenCounts,
    pub(crate) attempts: i16,
    pub(crate) is_priced: bool,
}

/// What a limit's window counts, and what the ledger rows of its calls add up to.
#[derive(Clone, Debug)]
pub(crate) struct LimitWindow {
    pub(crate) metric: String,
    pub(crate) used: i64,
    pub(crate) reserved: i64,
    pub(crate) expected: i64,
}

#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// By label, lowest revision first; without the retrievals of work in the background, which are free.
    pub(crate) calls: BTreeMap<String, Vec<LedgerRow>>,
    /// Ids that occur more than once in a revision, under any label.
    pub(crate) duplicated_ids: i64,
    pub(crate) open_calls: i64,
    pub(crate) windows: Vec<LimitWindow>,
    /// Totals computed by the database.
    pub(crate) total: TokenCounts,
}

const ROWS: &str = "select user_label, id, revision, status, input_tokens, output_tokens, attempts, \
        cost_pico_usd is not null as is_priced \
    from usage_logs where endpoint <> 'responses.retrieve' order by user_label, revision, id";
const TOTALS: &str = "select \
        (select count(*) from open_calls) as open_calls, \
        (select count(*) from (select from usage_logs group by id, revision having count(*) > 1) as duplicates) \
            as duplicated_ids, \
        coalesce(sum(input_tokens), 0)::bigint as input, coalesce(sum(output_tokens), 0)::bigint as output \
    from usage_logs";
const WINDOWS: &str = "select w.metric, w.settled + w.overrun as used, w.reserved, \
        case w.metric \
            when 'requests' then calls.requests \
            when 'tokens' then calls.tokens \
            when 'usd' then calls.cost \
            else 0 \
        end as expected \
    from limit_windows w \
    join limits l on l.id = w.limit_id \
    cross join lateral ( \
        select \
            count(*) filter (where u.revision = 0) as requests, \
            coalesce(sum(u.input_tokens + u.output_tokens), 0)::bigint as tokens, \
            coalesce(sum(u.cost_pico_usd), 0)::bigint as cost \
        from usage_logs u \
        where u.started_at > l.created_at \
    ) as calls";

pub(crate) async fn read(client: &Client) -> anyhow::Result<Ledger> {
    let mut ledger = Ledger::default();
    for row in client.query(ROWS, &[]).await? {
        ledger.calls.entry(row.get("user_label")).or_default().push(LedgerRow {
            id: row.get("id"),
            revision: row.get("revision"),
            status: row.get("status"),
            tokens: TokenCounts { input: row.get("input_tokens"), output: row.get("output_tokens") },
            attempts: row.get("attempts"),
            is_priced: row.get("is_priced"),
        });
    }
    let row = client.query_one(TOTALS, &[]).await?;
    ledger.open_calls = row.get("open_calls");
    ledger.duplicated_ids = row.get("duplicated_ids");
    ledger.total = TokenCounts { input: row.get("input"), output: row.get("output") };
    for row in client.query(WINDOWS, &[]).await? {
        ledger.windows.push(LimitWindow {
            metric: row.get("metric"),
            used: row.get("used"),
            reserved: row.get("reserved"),
            expected: row.get("expected"),
        });
    }
    Ok(ledger)
}
