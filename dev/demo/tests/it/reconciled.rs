//! The provider's figures beside the ledger's.

use chrono::{Days, NaiveDate};
use domain::provider::Provider;
use domain::reconcile::{DifferenceCause, ReconcileGroups, ReconcileRow, compare};
use ledger::reconcile::{self, ReconcileQuery};
use testkit::Harness;

pub(crate) async fn days_are_equal_explained_open_or_not_final(harness: &Harness) {
    let rows = rows(harness, Provider::OPENAI).await;
    let finals: Vec<_> = rows.iter().filter(|row| row.fetched.is_some_and(|day| day.is_final)).collect();
    assert_eq!((rows.len(), rows.len() - finals.len()), (90, 2), "two days are not final");
    let with = |causes: &[DifferenceCause]| finals.iter().filter(|row| row.causes == causes).count();
    let found = found(&rows);
    assert_eq!(with(&[]), 84, "{found:?}");
    assert_eq!(with(&[DifferenceCause::PriceDiffers]), 3, "{found:?}");
    assert_eq!(with(&[DifferenceCause::Unexplained]), 1, "{found:?}");
    let rows = self::rows(harness, Provider::ANTHROPIC).await;
    assert_eq!((rows.len(), self::found(&rows)), (90, Vec::new()));
    assert!(rows.iter().any(|row| row.ledger.is_some_and(|ledger| ledger.cached_tokens > 0)));
}

async fn rows(harness: &Harness, provider: Provider) -> Vec<ReconcileRow> {
    let database = harness.db.open();
    let today: NaiveDate = reconcile::sync(&database, &provider).await.unwrap().today;
    let query = ReconcileQuery {
        provider,
        from: today - Days::new(90),
        to: today,
        by_model: false,
        by_key: false,
        project_ids: None,
        api_key_ids: None,
    };
    let input = reconcile::read(&database, &query).await.unwrap();
    compare(&input, query.from..query.to, ReconcileGroups::default())
}

fn found(rows: &[ReconcileRow]) -> Vec<(NaiveDate, &[DifferenceCause])> {
    rows.iter().map(|row| (row.day, row.causes.as_slice())).filter(|(_, causes)| !causes.is_empty()).collect()
}
