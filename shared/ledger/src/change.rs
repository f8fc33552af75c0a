//! Why a change by an administrator was not made.

use domain::change::ChangeRefusal;

use super::DbError;

#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error(transparent)]
    Refused(#[from] ChangeRefusal),
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<tokio_postgres::Error> for ChangeError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(DbError::from(error))
    }
}
