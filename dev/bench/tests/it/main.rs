//! Rollups that are filled directly, against those of the ledger that the same calls are filled into.

#![allow(clippy::unwrap_used, reason = "tests fail")]

use std::process::Command;

use ledger::rollups;
use serde_json::Value;
use testkit::TestDb;

/// Two calls in some quarters of an hour, none in others, and an hour that is not over.
const RANGE: [&str; 6] = ["--rows", "5000", "--months", "2", "--until", "2025-12-03T10:30:00Z"];
const SEALED: &str = "update usage_rollup_state
    set sealing_until = '2025-12-03T10:00:00Z', sealed_until = '2025-12-03T10:00:00Z'";
/// As text, which has every digit of histograms.
const ROLLUPS: &str = "select r::text from usage_rollups r order by level, bucket_at, cube, user_label, model, key_id, provider";

fn fill(db: &TestDb, options: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bench"));
    command.arg("fill").args(RANGE).args(options).args(["--database-url", &db.url()]);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn rollups_filled_directly_are_those_of_the_filled_ledger() {
    let db = TestDb::create().await;
    fill(&db, &["--without-raw-usage"]);
    db.execute(SEALED).await;
    rollups::rebuild(&db.open(), None, None, None).await.unwrap();
    let expected: Vec<Value> = db.rows(ROLLUPS).await;
    assert!(expected.len() > 10_000, "{}", expected.len());

    let db = TestDb::create().await;
    fill(&db, &["--rollups-only"]);
    let filled = db.rows(ROLLUPS).await;
    for (filled, expected) in filled.iter().zip(&expected) {
        assert_eq!(filled, expected);
    }
    assert_eq!(filled.len(), expected.len());
    let health = rollups::health(&db.open()).await.unwrap();
    assert_eq!(health.sealed_until, Some("2025-12-03T10:00:00Z".parse().unwrap()));
    assert_eq!(health.sealed_until, health.dropped_until);
}
