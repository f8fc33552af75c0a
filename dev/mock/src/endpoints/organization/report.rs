//! The reports, and how each can be grouped and bucketed.

use crate::billing::BilledKind;

const DAY: u64 = 86_400;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OrganizationReport {
    Usage(BilledKind),
    Costs,
}

impl OrganizationReport {
    /// The name that a script uses instead of a model.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Usage(BilledKind::Completions | BilledKind::Messages) => "organization/usage/completions",
            Self::Usage(BilledKind::Embeddings) => "organization/usage/embeddings",
            Self::Costs => "organization/costs",
        }
    }

    pub(super) const fn groups(self) -> &'static [&'static str] {
        match self {
            Self::Usage(BilledKind::Completions | BilledKind::Messages) => {
                &["project_id", "user_id", "api_key_id", "model", "batch", "service_tier"]
            }
            Self::Usage(BilledKind::Embeddings) => &["project_id", "user_id", "api_key_id", "model"],
            Self::Costs => &["project_id", "line_item"],
        }
    }

    /// Bucket width in seconds, and the default and maximum number of buckets per page.
    pub(super) fn buckets(self, width: &str) -> Option<(u64, usize, usize)> {
        match (self, width) {
            (Self::Costs, "1d") => Some((DAY, 7, 180)),
            (Self::Usage(_), "1d") => Some((DAY, 7, 31)),
            (Self::Usage(_), "1h") => Some((3_600, 24, 168)),
            (Self::Usage(_), "1m") => Some((60, 60, 1_440)),
            _ => None,
        }
    }
}
