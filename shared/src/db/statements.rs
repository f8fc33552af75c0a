//! Every statement of this crate with the parameter types its module declares, for the test that prepares them all.

use tokio_postgres::types::Type;

use super::{audit, calls, keys, limits, partitions, prices, rollups, usage};

/// A `.sql` file, by its path below `src/db`.
pub struct Statement {
    pub file: &'static str,
    pub sql: &'static str,
    pub types: &'static [Type],
}

pub const ALL: &[Statement] = &[
    Statement { file: "audit/list.sql", sql: audit::LIST, types: audit::LIST_TYPES },
    Statement { file: "audit/record.sql", sql: audit::RECORD, types: audit::RECORD_TYPES },
    Statement { file: "calls/admit.sql", sql: calls::ADMIT, types: calls::ADMIT_TYPES },
    Statement { file: "calls/flush.sql", sql: calls::FLUSH, types: calls::FLUSH_TYPES },
    Statement { file: "calls/rebook.sql", sql: calls::REBOOK, types: calls::REBOOK_TYPES },
    Statement { file: "calls/releasable.sql", sql: calls::RELEASABLE, types: calls::SWEEP_TYPES },
    Statement { file: "calls/release.sql", sql: calls::RELEASE, types: calls::RELEASE_TYPES },
    Statement { file: "calls/settle.sql", sql: calls::SETTLE, types: calls::SETTLE_TYPES },
    Statement { file: "calls/settle_late.sql", sql: calls::SETTLE_LATE, types: calls::SETTLE_TYPES },
    Statement { file: "calls/sweep.sql", sql: calls::SWEEP, types: calls::SWEEP_TYPES },
    Statement {
        file: "keys/add_secret.sql",
        sql: keys::changes::ADD_SECRET,
        types: keys::changes::ADD_SECRET_TYPES,
    },
    Statement { file: "keys/authenticate.sql", sql: keys::AUTHENTICATE, types: keys::AUTHENTICATE_TYPES },
    Statement { file: "keys/create.sql", sql: keys::CREATE, types: keys::CREATE_TYPES },
    Statement { file: "keys/find.sql", sql: keys::details::FIND, types: keys::details::FIND_TYPES },
    Statement {
        file: "keys/find_secret.sql",
        sql: keys::changes::FIND_SECRET,
        types: keys::changes::FIND_SECRET_TYPES,
    },
    Statement { file: "keys/insert.sql", sql: keys::changes::INSERT, types: keys::changes::FACTS_TYPES },
    Statement { file: "keys/list.sql", sql: keys::details::LIST, types: keys::details::LIST_TYPES },
    Statement { file: "keys/lock.sql", sql: keys::changes::LOCK, types: keys::changes::ID_TYPES },
    Statement {
        file: "keys/other_admin.sql",
        sql: keys::changes::OTHER_ADMIN,
        types: keys::changes::ID_TYPES,
    },
    Statement {
        file: "keys/retire_secrets.sql",
        sql: keys::changes::RETIRE_SECRETS,
        types: keys::changes::RETIRE_SECRETS_TYPES,
    },
    Statement { file: "keys/revoke.sql", sql: keys::changes::REVOKE, types: keys::changes::ID_TYPES },
    Statement { file: "keys/update.sql", sql: keys::changes::UPDATE, types: keys::changes::FACTS_TYPES },
    Statement { file: "limits/applying.sql", sql: limits::APPLYING, types: limits::APPLYING_TYPES },
    Statement {
        file: "limits/claim.sql",
        sql: limits::deliveries::CLAIM,
        types: limits::deliveries::CLAIM_TYPES,
    },
    Statement { file: "limits/delete.sql", sql: limits::changes::DELETE, types: limits::changes::ID_TYPES },
    Statement {
        file: "limits/delete_events.sql",
        sql: limits::upkeep::DELETE_EVENTS,
        types: limits::upkeep::BATCH_TYPES,
    },
    Statement {
        file: "limits/delete_windows.sql",
        sql: limits::upkeep::DELETE_WINDOWS,
        types: limits::upkeep::BATCH_TYPES,
    },
    Statement {
        file: "limits/due.sql",
        sql: limits::deliveries::DUE,
        types: limits::deliveries::TARGETS_TYPES,
    },
    Statement {
        file: "limits/enqueue.sql",
        sql: limits::deliveries::ENQUEUE,
        types: limits::deliveries::TARGETS_TYPES,
    },
    Statement { file: "limits/events.sql", sql: limits::events::EVENTS, types: limits::events::EVENTS_TYPES },
    Statement { file: "limits/find.sql", sql: limits::FIND, types: limits::FIND_TYPES },
    Statement {
        file: "limits/insert.sql",
        sql: limits::changes::INSERT,
        types: limits::changes::INSERT_TYPES,
    },
    Statement { file: "limits/list.sql", sql: limits::LIST, types: limits::LIST_TYPES },
    Statement { file: "limits/lock.sql", sql: limits::changes::LOCK, types: limits::changes::ID_TYPES },
    Statement {
        file: "limits/record.sql",
        sql: limits::deliveries::RECORD,
        types: limits::deliveries::RECORD_TYPES,
    },
    Statement {
        file: "limits/update.sql",
        sql: limits::changes::UPDATE,
        types: limits::changes::UPDATE_TYPES,
    },
    Statement { file: "limits/zone.sql", sql: limits::changes::ZONE, types: limits::changes::ZONE_TYPES },
    Statement {
        file: "partitions/announce_drop.sql",
        sql: partitions::ANNOUNCE_DROP,
        types: partitions::ANNOUNCE_DROP_TYPES,
    },
    Statement {
        file: "partitions/delete_default.sql",
        sql: partitions::DELETE_DEFAULT,
        types: partitions::UNTIL_TYPES,
    },
    Statement {
        file: "partitions/droppable.sql",
        sql: partitions::DROPPABLE,
        types: partitions::UNTIL_TYPES,
    },
    Statement { file: "prices/add.sql", sql: prices::changes::ADD, types: prices::changes::ADD_TYPES },
    Statement { file: "prices/aliases.sql", sql: prices::ALIASES, types: prices::NO_TYPES },
    Statement { file: "prices/book.sql", sql: prices::BOOK, types: prices::NO_TYPES },
    Statement { file: "prices/find.sql", sql: prices::rows::FIND, types: prices::rows::FIND_TYPES },
    Statement { file: "prices/is_used.sql", sql: prices::changes::IS_USED, types: prices::changes::ID_TYPES },
    Statement { file: "prices/list.sql", sql: prices::rows::LIST, types: prices::rows::LIST_TYPES },
    Statement { file: "prices/outputs.sql", sql: prices::OUTPUTS, types: prices::NO_TYPES },
    Statement {
        file: "prices/withdraw.sql",
        sql: prices::changes::WITHDRAW,
        types: prices::changes::ID_TYPES,
    },
    Statement { file: "rollups/chunk_end.sql", sql: rollups::CHUNK_END, types: rollups::CHUNK_END_TYPES },
    Statement {
        file: "rollups/compare_ledger.sql",
        sql: rollups::COMPARE_LEDGER,
        types: rollups::RANGE_TYPES,
    },
    Statement {
        file: "rollups/compare_levels.sql",
        sql: rollups::COMPARE_LEVELS,
        types: rollups::RANGE_TYPES,
    },
    Statement { file: "rollups/health.sql", sql: rollups::HEALTH, types: rollups::NO_TYPES },
    Statement { file: "rollups/lock_state.sql", sql: rollups::LOCK_STATE, types: rollups::NO_TYPES },
    Statement { file: "rollups/months.sql", sql: rollups::MONTHS, types: rollups::RANGE_TYPES },
    Statement { file: "rollups/move_mark.sql", sql: rollups::MOVE_MARK, types: rollups::MOVE_MARK_TYPES },
    Statement { file: "rollups/seal.sql", sql: rollups::SEAL, types: rollups::RANGE_TYPES },
    Statement { file: "rollups/sum_all.sql", sql: rollups::SUM_ALL, types: rollups::NO_TYPES },
    Statement { file: "rollups/sum_level.sql", sql: rollups::SUM_LEVEL, types: rollups::SUM_LEVEL_TYPES },
    Statement { file: "rollups/sum_quarters.sql", sql: rollups::SUM_QUARTERS, types: rollups::RANGE_TYPES },
    Statement { file: "usage/bounds.sql", sql: usage::BOUNDS, types: usage::NO_TYPES },
    Statement { file: "usage/buckets.sql", sql: usage::BUCKETS, types: usage::BUCKETS_TYPES },
    Statement { file: "usage/call.sql", sql: usage::CALL, types: usage::CALL_TYPES },
    Statement { file: "usage/calls.sql", sql: usage::CALLS, types: usage::CALLS_TYPES },
    Statement { file: "usage/estimate.sql", sql: usage::ESTIMATE, types: usage::ESTIMATE_TYPES },
    Statement { file: "usage/export.sql", sql: usage::EXPORT, types: usage::EXPORT_TYPES },
    Statement { file: "usage/measures.sql", sql: usage::MEASURES, types: usage::MEASURES_TYPES },
];
