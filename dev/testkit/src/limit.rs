//! Limits of tests, written without their history.

use domain::ids::{KeyId, LimitId};
use domain::limits::{LimitSubject, Metric, Mode, Period};
use domain::words::Word;

use crate::Harness;

/// Builds a limit. Defaults: global, hard, for all time: the window of a period may end while a test runs.
pub struct LimitBuilder<'a> {
    harness: &'a Harness,
    subject: LimitSubject,
    metric: Metric,
    period: Period,
    amount: i64,
    mode: Mode,
}

impl<'a> LimitBuilder<'a> {
    pub(crate) fn new(harness: &'a Harness, metric: Metric, amount: i64) -> Self {
        let (subject, mode) = (LimitSubject::Global, Mode::Hard);
        Self { harness, subject, metric, period: Period::Total, amount, mode }
    }

    /// On a label, or on each with `*`.
    #[must_use]
    pub fn label(self, label: &str) -> Self {
        self.on(LimitSubject::Label(label.to_owned()))
    }

    /// On the key with this UUID.
    #[must_use]
    pub fn key(self, id: &str) -> Self {
        self.on(LimitSubject::Key(KeyId::from_uuid(id.parse().expect("a UUID"))))
    }

    #[must_use]
    pub fn on(mut self, subject: LimitSubject) -> Self {
        self.subject = subject;
        self
    }

    #[must_use]
    pub fn per(mut self, period: Period) -> Self {
        self.period = period;
        self
    }

    #[must_use]
    pub fn soft(mut self) -> Self {
        self.mode = Mode::Soft;
        self
    }

    /// Stores the limit and returns its UUID.
    pub async fn create(self) -> String {
        let id = LimitId::generate().as_uuid();
        let Self { harness, subject, metric, period, amount, mode } = self;
        harness
            .db
            .execute(&format!(
                "insert into limits (id, subject_kind, subject_id, metric, period, amount, mode)
                values ('{id}', '{}', '{}', '{}', '{}', {amount}, '{}')",
                subject.kind().as_str(),
                subject.stored_id(),
                metric.as_str(),
                period.as_str(),
                mode.as_str(),
            ))
            .await;
        id.to_string()
    }
}
