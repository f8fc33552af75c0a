//! A short kill test.

use std::path::PathBuf;

use chaos::{Plan, find_program, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "tests have no configuration")]
async fn no_call_is_lost_or_duplicated_over_60_kills_and_4_database_crashes() {
    let cargo = std::env::var("CARGO").ok();
    let program: PathBuf = find_program(cargo.as_deref()).expect("the service to kill");
    let plan =
        Plan { kills: 60, database_crashes: 4, kill_both: true, callers_of_each_kind: 16, seed: 1, program };

    let report = run(&plan).await.expect("the run finishes");

    assert!(report.violations.is_empty(), "{report}");
    // The kills hit calls in every state, so the reconciliation has tested something.
    assert!(report.answered > 0 && report.broken > 0 && report.hung_up > 0, "{report}");
    assert!(report.settled > 0 && report.abandoned > 0, "{report}");
    assert_eq!(report.windows, 4, "{report}");
}
