//! Every statement of this crate with the parameter types its module declares, for the test that prepares them all.

use tokio_postgres::types::Type;

use super::{calls, keys, prices, usage};

/// A `.sql` file, by its path below `src/db`.
pub struct Statement {
    pub file: &'static str,
    pub sql: &'static str,
    pub types: &'static [Type],
}

pub const ALL: &[Statement] = &[
    Statement { file: "calls/admit.sql", sql: calls::ADMIT, types: calls::ADMIT_TYPES },
    Statement { file: "calls/rebook.sql", sql: calls::REBOOK, types: calls::REBOOK_TYPES },
    Statement { file: "calls/releasable.sql", sql: calls::RELEASABLE, types: calls::SWEEP_TYPES },
    Statement { file: "calls/release.sql", sql: calls::RELEASE, types: calls::RELEASE_TYPES },
    Statement { file: "calls/settle.sql", sql: calls::SETTLE, types: calls::SETTLE_TYPES },
    Statement { file: "calls/settle_late.sql", sql: calls::SETTLE_LATE, types: calls::SETTLE_TYPES },
    Statement { file: "calls/sweep.sql", sql: calls::SWEEP, types: calls::SWEEP_TYPES },
    Statement { file: "keys/authenticate.sql", sql: keys::AUTHENTICATE, types: keys::AUTHENTICATE_TYPES },
    Statement { file: "keys/create.sql", sql: keys::CREATE, types: keys::CREATE_TYPES },
    Statement { file: "prices/aliases.sql", sql: prices::ALIASES, types: prices::NO_TYPES },
    Statement { file: "prices/book.sql", sql: prices::BOOK, types: prices::NO_TYPES },
    Statement { file: "prices/outputs.sql", sql: prices::OUTPUTS, types: prices::NO_TYPES },
    Statement { file: "usage/summary.sql", sql: usage::SUMMARY, types: usage::SUMMARY_TYPES },
];
