//! Database errors, and whether a retry can help.

use platform::secrets::SecretError;
use tokio_postgres::error::SqlState;

#[derive(Debug, thiserror::Error)]
pub enum DbError {
    #[error("connecting to the database failed")]
    Connect(#[source] tokio_postgres::Error),
    #[error("the database login could not be created")]
    Login(#[source] SecretError),
    #[error("the database login secret is not a JSON object with username and password")]
    LoginSecret,
    #[error("TLS cannot be configured")]
    Tls(#[source] platform::tls::TlsError),
    #[error("timed out waiting for a database connection")]
    Busy,
    #[error("the database did not respond in time")]
    Late,
    #[error("the statement failed")]
    Statement(#[from] tokio_postgres::Error),
    #[error("the database returned something unexpected: {0}")]
    Unexpected(&'static str),
}

impl DbError {
    /// Whether a retry may succeed: the database is unavailable, starting, full, or refused this order of locks.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connect(_) | Self::Login(_) | Self::Busy | Self::Late => true,
            Self::LoginSecret | Self::Tls(_) | Self::Unexpected(_) => false,
            Self::Statement(error) => match error.code() {
                None => true,
                Some(code) => matches!(
                    *code,
                    SqlState::T_R_SERIALIZATION_FAILURE
                        | SqlState::T_R_DEADLOCK_DETECTED
                        | SqlState::LOCK_NOT_AVAILABLE
                        | SqlState::QUERY_CANCELED
                        | SqlState::ADMIN_SHUTDOWN
                        | SqlState::CRASH_SHUTDOWN
                        | SqlState::CANNOT_CONNECT_NOW
                        | SqlState::TOO_MANY_CONNECTIONS
                        | SqlState::DISK_FULL
                        | SqlState::OUT_OF_MEMORY
                        | SqlState::READ_ONLY_SQL_TRANSACTION
                        | SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
                        | SqlState::IDLE_SESSION_TIMEOUT
                ),
            },
        }
    }

    /// The constraint that refused a write, by its name.
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Statement(error) => error.as_db_error()?.constraint(),
            _ => None,
        }
    }
}

/// Whether the connection itself is lost, so that the statement must be repeated over a new one.
pub(super) fn is_connection_lost(error: &tokio_postgres::Error) -> bool {
    match error.code() {
        None => {
            error.is_closed()
                || std::error::Error::source(error).is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
        }
        Some(code) => {
            matches!(
                *code,
                SqlState::ADMIN_SHUTDOWN
                    | SqlState::CRASH_SHUTDOWN
                    | SqlState::CANNOT_CONNECT_NOW
                    | SqlState::IDLE_SESSION_TIMEOUT
            )
        }
    }
}
