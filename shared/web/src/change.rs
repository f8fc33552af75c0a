//! The responses to refused changes by administrators.

use domain::change::ChangeRefusal;
use domain::keys::{Grant, KeyRefusal};
use domain::limits::LimitRefusal;
use domain::model_routes::ModelRouteRefusal;
use domain::prices::{FeeRefusal, PriceRefusal};
use domain::upstreams::UpstreamRefusal;
use ledger::change::ChangeError;

use super::{ApiError, FieldError};

impl<R: Into<Self>> From<ChangeError<R>> for ApiError {
    fn from(error: ChangeError<R>) -> Self {
        match error {
            ChangeError::Common(refusal) => refusal.into(),
            ChangeError::Refused(refusal) => refusal.into(),
            ChangeError::Database(error) => Self::Database(error),
        }
    }
}

impl From<ChangeRefusal> for ApiError {
    fn from(refusal: ChangeRefusal) -> Self {
        match refusal {
            ChangeRefusal::NotFound => Self::NotFound,
            ChangeRefusal::Stale => Self::PreconditionFailed,
            ChangeRefusal::OtherLabel => Self::LabelNotAllowed,
        }
    }
}

impl From<KeyRefusal> for ApiError {
    fn from(refusal: KeyRefusal) -> Self {
        match refusal {
            KeyRefusal::Revoked => conflict("key_revoked", "This key is permanently revoked."),
            KeyRefusal::ExpiresInPast => {
                invalid("expires_at", "must be in the future; to end a key now, revoke it")
            }
            KeyRefusal::LabelFixed => invalid(
                "user_label",
                "cannot be changed, since the key's history belongs to its label; create a new key",
            ),
            KeyRefusal::OwnKey => denied(
                "own_key",
                "A key bound to a label may not change itself. Ask an administrator whose key is not bound.",
            ),
            KeyRefusal::Stronger => denied(
                "exceeds_own_key",
                "This key may use more models, or lasts longer, than yours. Ask an administrator whose key is not bound.",
            ),
            KeyRefusal::Exceeds(Grant::Models) => denied(
                "exceeds_own_key",
                "Your key may use only some models, and may grant no others. Leave `models` out, or name some of those.",
            ),
            KeyRefusal::Exceeds(Grant::Expiry) => denied(
                "exceeds_own_key",
                "Your key or its secret expires, and no key may outlast it. Leave `expires_at` out, or choose an earlier time.",
            ),
            KeyRefusal::LastAdminGrace => invalid(
                "grace_seconds",
                "must be at least 60: this is the last unrestricted admin key, and a lost response would lose it",
            ),
            KeyRefusal::LastAdmin => conflict(
                "last_admin_key",
                "This is the last unrestricted admin key. Create another one first, with the scope `admin` and no user_label.",
            ),
            KeyRefusal::IdempotencyKeyReused => conflict(
                "idempotency_key_reused",
                "This Idempotency-Key was already used with a different request. Use a new one for each request.",
            ),
            KeyRefusal::IdempotencyKeyExpired => conflict(
                "idempotency_key_expired",
                "The secret created with this Idempotency-Key is no longer valid. Use a new Idempotency-Key.",
            ),
        }
    }
}

impl From<LimitRefusal> for ApiError {
    fn from(refusal: LimitRefusal) -> Self {
        match refusal {
            LimitRefusal::Exists => conflict(
                "already_exists",
                "An identical limit already exists, with the same subject, metric, window and mode.",
            ),
            LimitRefusal::Protected => denied(
                "limit_protected",
                "An administrator of all labels created this limit. A key bound to a label cannot change or delete it.",
            ),
            LimitRefusal::UnknownKey => invalid("subject.id", "does not name an existing key"),
            LimitRefusal::UnknownTimeZone => {
                invalid("time_zone", "must be an IANA name such as Europe/Berlin")
            }
        }
    }
}

impl From<PriceRefusal> for ApiError {
    fn from(refusal: PriceRefusal) -> Self {
        match refusal {
            PriceRefusal::Exists => conflict(
                "already_exists",
                "An identical price already exists, with the same model, service tier, threshold and effective_from.",
            ),
            PriceRefusal::InUse => conflict(
                "price_in_use",
                "Calls were priced with this row. To change future costs, add a row with a later effective_from.",
            ),
            PriceRefusal::MaybeInUse => conflict(
                "price_in_use",
                "Cannot confirm that no call was priced with this row: the ledger is too large to search, or no longer reaches back far enough.",
            ),
            PriceRefusal::RevisionPending => conflict(
                "revision_in_progress",
                "Another price correction is still being written. Try again in a few minutes.",
            ),
            PriceRefusal::AlreadyUndone => conflict(
                "revision_undone",
                "This correction is already undone, or is itself an undo. To correct prices again, request a new preview.",
            ),
            PriceRefusal::BuiltUpon => conflict(
                "revision_built_upon",
                "A later correction changed the same calls or replaced this price. Undo that one first.",
            ),
            PriceRefusal::TooManyCalls => invalid(
                "effective_from",
                "must be later: more calls were made since then than one correction can process",
            ),
        }
    }
}

impl From<FeeRefusal> for ApiError {
    fn from(refusal: FeeRefusal) -> Self {
        match refusal {
            FeeRefusal::Exists => conflict(
                "already_exists",
                "An identical fee already exists, with the same tool, model and effective_from.",
            ),
            FeeRefusal::InPast => invalid(
                "effective_from",
                "must not be in the past: calls keep the fees they were billed with; leave it out for a fee from now on",
            ),
            FeeRefusal::InEffect => conflict(
                "fee_in_effect",
                "This fee has taken effect, and calls may have been billed with it. To change future costs, add a fee.",
            ),
        }
    }
}

impl From<UpstreamRefusal> for ApiError {
    fn from(refusal: UpstreamRefusal) -> Self {
        match refusal {
            UpstreamRefusal::Exists => conflict(
                "already_exists",
                "An upstream of this name already exists. Change it, or choose another name.",
            ),
            UpstreamRefusal::TooMany => conflict(
                "too_many_upstreams",
                "There are 200 upstreams already. Delete one that is not used.",
            ),
            UpstreamRefusal::Conflict(conflict) => invalid(conflict.field(), &conflict.to_string()),
        }
    }
}

impl From<ModelRouteRefusal> for ApiError {
    fn from(refusal: ModelRouteRefusal) -> Self {
        match refusal {
            ModelRouteRefusal::Exists => conflict(
                "already_exists",
                "A route for this model and format already exists. Change it, or choose another name.",
            ),
            ModelRouteRefusal::TooMany => conflict(
                "too_many_routes",
                "There are 500 model routes already. Delete one that is not used.",
            ),
            ModelRouteRefusal::UnknownUpstream(place, name) => invalid(
                &format!("targets[{place}].upstream"),
                &format!("must be an upstream: there is no `{name}`"),
            ),
            ModelRouteRefusal::OtherWire(place, spoken) => invalid(
                &format!("targets[{place}].upstream"),
                &format!("must be an upstream of the route's format: this one speaks {spoken}"),
            ),
        }
    }
}

const fn conflict(code: &'static str, message: &'static str) -> ApiError {
    ApiError::Conflict { code, message }
}

const fn denied(code: &'static str, message: &'static str) -> ApiError {
    ApiError::Denied { code, message }
}

fn invalid(field: &str, message: &str) -> ApiError {
    ApiError::Validation(vec![FieldError::new(field, message)])
}
