//! What a refused change of an administrator is answered with.

use domain::change::ChangeRefusal;
use ledger::change::ChangeError;

use super::{ApiError, FieldError};

impl From<ChangeError> for ApiError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Refused(refusal) => refusal.into(),
            ChangeError::Database(error) => Self::Database(error),
        }
    }
}

impl From<ChangeRefusal> for ApiError {
    fn from(refusal: ChangeRefusal) -> Self {
        let conflict = |code, message| Self::Conflict { code, message };
        let invalid = |field: &str, message: &str| Self::Validation(vec![FieldError::new(field, message)]);
        match refusal {
            ChangeRefusal::NotFound => Self::NotFound,
            ChangeRefusal::Stale => Self::PreconditionFailed,
            ChangeRefusal::OtherLabel => Self::LabelNotAllowed,
            ChangeRefusal::Revoked => conflict("key_revoked", "The key is revoked, and that is for good."),
            ChangeRefusal::InPast => {
                invalid("expires_at", "must be in the future; to end a key now, revoke it")
            }
            ChangeRefusal::Exists => conflict("already_exists", "There is one for exactly this already."),
            ChangeRefusal::UnknownKey => invalid("subject.id", "is no key"),
            ChangeRefusal::UnknownTimeZone => {
                invalid("time_zone", "must be an IANA name such as Europe/Berlin")
            }
            ChangeRefusal::InUse => conflict(
                "price_in_use",
                "Calls were priced with it. To change what calls cost from now on, add a row with a later effective_from.",
            ),
            ChangeRefusal::MaybeInUse => conflict(
                "price_in_use",
                "The ledger is too long, or no longer kept for long enough, to show that no call was priced with it.",
            ),
            ChangeRefusal::LastAdmin => conflict(
                "last_admin_key",
                "This is the last key that may administrate everything. Make another one first, with the scope `admin` and no user_label.",
            ),
            ChangeRefusal::OtherRequest => conflict(
                "idempotency_key_reused",
                "This Idempotency-Key came with another request before. Use one key for one request.",
            ),
            ChangeRefusal::Superseded => conflict(
                "idempotency_key_expired",
                "The secret that this Idempotency-Key once made is no longer valid. Use another key for a new one.",
            ),
            ChangeRefusal::RevisionPending => conflict(
                "revision_in_progress",
                "Another correction of prices is still being written. It is complete within minutes; try again then.",
            ),
            ChangeRefusal::Undone => conflict(
                "revision_undone",
                "This is undone already, or an undoing itself. To correct again, take a new preview.",
            ),
            ChangeRefusal::BuiltUpon => conflict(
                "revision_built_upon",
                "A later correction changed the same calls or took the price's place. Undo that one first.",
            ),
            ChangeRefusal::TooManyCalls => invalid(
                "effective_from",
                "must be later: there are more calls since than one correction may look at",
            ),
        }
    }
}
