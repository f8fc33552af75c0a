//! The result of a run: counts and violations.

use std::fmt;

use crate::call::TokenCounts;
use crate::rounds::RoundCounts;

/// At most this many violations are printed.
const MAX_PRINTED: usize = 20;

#[derive(Debug, Default)]
pub struct ChaosReport {
    pub rounds: RoundCounts,
    pub seconds: u64,
    /// Calls that reached the service, by outcome.
    pub sent: usize,
    pub answered: usize,
    pub refused: usize,
    pub broken: usize,
    pub hung_up: usize,
    pub stuck: usize,
    pub at_provider: usize,
    pub attempts_at_provider: usize,
    /// Calls in the ledger, by final status.
    pub settled: usize,
    pub failed: usize,
    pub abandoned: usize,
    /// Abandoned calls that were admitted but never sent to the provider.
    pub abandoned_unsent: usize,
    /// Swept too early and corrected by their settlement.
    pub corrected: usize,
    /// Number of limit windows compared with the ledger.
    pub windows: usize,
    pub(crate) total: TokenCounts,
    pub violations: Vec<String>,
    /// The folder with the data of a wrong ledger.
    pub evidence: Option<String>,
}

impl fmt::Display for ChaosReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let figures = [
            ("kills", self.rounds.kills.to_string()),
            ("  of the service during start", self.rounds.kills_while_starting.to_string()),
            ("  of the database", self.rounds.database_crashes.to_string()),
            ("  of the service while it was down", self.rounds.kills_without_database.to_string()),
            ("database connections cut", self.rounds.connection_cuts.to_string()),
            ("sweeps of calls in flight", self.rounds.early_sweeps.to_string()),
            ("failed starts", self.rounds.failed_starts.to_string()),
            ("calls sent", self.sent.to_string()),
            ("  answered", self.answered.to_string()),
            ("  refused", self.refused.to_string()),
            ("  cut off by a kill", self.broken.to_string()),
            ("  caller hung up", self.hung_up.to_string()),
            ("  stuck", self.stuck.to_string()),
            ("calls at the provider", self.at_provider.to_string()),
            ("  attempts", self.attempts_at_provider.to_string()),
            ("ledger: settled", self.settled.to_string()),
            ("ledger: failed", self.failed.to_string()),
            ("ledger: abandoned", self.abandoned.to_string()),
            ("  never sent to the provider", self.abandoned_unsent.to_string()),
            ("ledger: corrected", self.corrected.to_string()),
            ("ledger: tokens in / out", format!("{} / {}", self.total.input, self.total.output)),
            ("limit windows compared", self.windows.to_string()),
            ("VIOLATIONS", self.violations.len().to_string()),
            ("seconds", self.seconds.to_string()),
        ];
        for (name, figure) in figures {
            writeln!(f, "{name:<32}{figure:>24}")?;
        }
        for violation in self.violations.iter().take(MAX_PRINTED) {
            writeln!(f, "- {violation}")?;
        }
        if let Some(evidence) = &self.evidence {
            writeln!(f, "kept: {evidence}")?;
        }
        Ok(())
    }
}
