//! Tables of docs/METERING.md whose rows name a call and all that it is recorded as.

use http::StatusCode;
use serde_json::Value;
use testkit::{Harness, post};

use crate::router;

const METERING: &str = include_str!("../../../../docs/METERING.md");

/// The table of a format.
pub(crate) struct Table {
    /// The heading of its section.
    pub heading: &'static str,
    /// Path and body of a call, by the cells that say what the mock sends and how it is called.
    pub request: fn(&str, &str) -> (String, Value),
    /// What an estimate of the input has beside the bytes of the body.
    pub allowance: usize,
    /// The cells between the status and the cost, of a row of the ledger.
    pub counts: fn(&Value) -> [String; 4],
}

/// Makes each call, and compares what it is recorded as.
pub(crate) async fn check(table: Table) {
    let harness = Harness::start().await;
    let changes = [("UPSTREAM_TIMEOUT_SECONDS", "120"), ("UPSTREAM_MAX_RETRIES", "0")];
    let router = router(&harness, &changes).await;
    let key = harness.key().create().await;
    let rows = table.rows();
    assert!(rows.len() > 20, "{}", rows.len());
    let mut wrong = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        let (path, body) = (table.request)(&row[1], &row[2]);
        let reply = post(&router, &path, &key, body.clone()).await;
        assert_eq!(reply.status, StatusCode::OK, "{row:?}: {}", reply.text());
        let ledger = harness.ledger().await;
        assert_eq!(ledger.len(), number + 1, "{row:?}");
        wrong.extend(table.difference(row, &body, &ledger[number]));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(harness.open_calls().await, 0);
}

impl Table {
    fn rows(&self) -> Vec<[String; 9]> {
        let heading = format!("\n## {}\n", self.heading);
        let section = METERING.split_once(&heading).expect("the section").1;
        let table = section.split_once("\n## ").expect("the next section").0;
        let rows = table.lines().filter(|line| line.starts_with('|')).skip(2);
        let cells = rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()));
        cells.map(|cells| cells.collect::<Vec<_>>().try_into().expect("nine cells")).collect()
    }

    /// What of the ledger's row differs from the documented one.
    fn difference(&self, row: &[String; 9], body: &Value, found: &Value) -> Option<String> {
        let [_, mock, call, status, input, others @ .., cost] = row;
        // Nothing of what the provider reports.
        let bytes = body.to_string().len() + self.allowance;
        let input = if input == "bytes" { bytes.to_string() } else { input.clone() };
        let [first, second, third] = others.clone();
        let expected = (status.as_str(), [input, first, second, third]);
        let recorded = (found["status"].as_str().unwrap(), (self.counts)(found));
        let pico = found["cost_pico_usd"].as_i64();
        let is_cost = match cost.as_str() {
            "unknown" => pico.is_none(),
            // Of the dearest bucket and tier, as it is not known what served it.
            "bound" => pico.is_some_and(|pico| pico > 0),
            usd => pico == Some(pico_of(usd)),
        };
        (recorded != expected || !is_cost)
            .then(|| format!("{mock} | {call}: {recorded:?} {pico:?}, not {expected:?} {cost}"))
    }
}

/// USD as a decimal, in pico-USD.
fn pico_of(usd: &str) -> i64 {
    let (whole, fraction) = usd.split_once('.').unwrap_or((usd, ""));
    format!("{whole}{fraction:0<12}").parse().unwrap()
}
