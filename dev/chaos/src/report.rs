//! What a run found, as figures and as sentences.

use std::fmt;

use crate::call::Tokens;
use crate::rounds::Tally;

/// Violations are printed up to this many.
const SHOWN: usize = 20;

#[derive(Debug, Default)]
pub struct Report {
    pub rounds: Tally,
    pub seconds: u64,
    /// Calls that reached the service, by what their callers were left with.
    pub sent: usize,
    pub answered: usize,
    pub refused: usize,
    pub broken: usize,
    pub hung_up: usize,
    pub stuck: usize,
    pub at_provider: usize,
    pub attempts_at_provider: usize,
    /// Calls in the ledger, by their last status.
    pub settled: usize,
    pub failed: usize,
    pub abandoned: usize,
    /// Of the abandoned: admitted, and killed before anything was sent.
    pub abandoned_unsent: usize,
    /// Swept too early and put right by their settlement.
    pub corrected: usize,
    /// Counts of limits that were held against the ledger.
    pub windows: usize,
    pub(crate) total: Tokens,
    pub violations: Vec<String>,
    /// Where a wrong ledger was kept.
    pub evidence: Option<String>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let figures = [
            ("kills", self.rounds.kills.to_string()),
            ("  of the service while starting", self.rounds.kills_while_starting.to_string()),
            ("  of the database", self.rounds.database_crashes.to_string()),
            ("  of the service meanwhile", self.rounds.kills_without_database.to_string()),
            ("database connections cut", self.rounds.connection_cuts.to_string()),
            ("sweeps of calls still running", self.rounds.early_sweeps.to_string()),
            ("failed starts", self.rounds.failed_starts.to_string()),
            ("calls sent", self.sent.to_string()),
            ("  answered whole", self.answered.to_string()),
            ("  refused", self.refused.to_string()),
            ("  cut off by a kill", self.broken.to_string()),
            ("  caller hung up", self.hung_up.to_string()),
            ("  stuck", self.stuck.to_string()),
            ("calls at the provider", self.at_provider.to_string()),
            ("  attempts", self.attempts_at_provider.to_string()),
            ("ledger: settled", self.settled.to_string()),
            ("ledger: failed", self.failed.to_string()),
            ("ledger: abandoned", self.abandoned.to_string()),
            ("  before they were sent", self.abandoned_unsent.to_string()),
            ("ledger: corrected", self.corrected.to_string()),
            ("ledger: tokens in / out", format!("{} / {}", self.total.input, self.total.output)),
            ("counts of limits compared", self.windows.to_string()),
            ("VIOLATIONS", self.violations.len().to_string()),
            ("seconds", self.seconds.to_string()),
        ];
        for (name, figure) in figures {
            writeln!(f, "{name:<32}{figure:>24}")?;
        }
        for violation in self.violations.iter().take(SHOWN) {
            writeln!(f, "- {violation}")?;
        }
        if let Some(evidence) = &self.evidence {
            writeln!(f, "kept: {evidence}")?;
        }
        Ok(())
    }
}
