//! The ledger compared with the provider's own usage and costs: sums of both sides, their differences, and likely
//! causes.

mod cause;
mod compare;
mod input;
mod items;
mod sums;
#[cfg(test)]
mod tests;

pub use self::cause::{DifferenceCause, DifferenceFacts, likely_causes};
pub use self::compare::{ReconcileRow, compare};
pub use self::input::{
    FetchedDay, LedgerLine, ProviderLine, ReconcileGroups, ReconcileInput, ReportedFigures,
};
pub use self::items::{billed_item, fee_item};
pub use self::sums::{LedgerSums, ProviderSums, UsageCounts};
