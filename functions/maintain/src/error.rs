//! Why the function cannot start, or a run fails.

use ledger::DbError;
use ledger::migrate::MigrateError;

use crate::admin_key::AdminKeyError;
use crate::delivery::WebhookError;

/// The function cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Database(#[from] DbError),
    #[error(transparent)]
    Webhook(#[from] WebhookError),
}

#[derive(Debug, thiserror::Error)]
pub enum MaintainError {
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    #[error(transparent)]
    AdminKey(#[from] AdminKeyError),
    #[error(transparent)]
    Db(#[from] DbError),
}
