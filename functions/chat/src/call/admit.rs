//! Admission: whether a call may be sent, decided together with its reservation.

use std::time::{Duration, Instant};

use domain::calls::{Admission, Bound, Verdict};
use domain::ids::CallId;
use domain::keys::Scope;
use domain::pricing::{BoundedRequest, PriceBook};
use domain::provider::Provider;
use ledger::{DbError, calls};
use tokio::time::timeout_at;
use web::ApiError;

use super::admitted::AdmittedCall;
use super::deadline::{database_deadline, time_to_settle, upstream_deadline, wall_clock};
use super::new::NewCall;
use crate::fallback::Routing;
use crate::state::ChatState;

/// How often prices may change while one call is being admitted.
const MAX_PRICE_RELOADS: u32 = 4;

/// How long an admission may take, with all that it loads. A database that hangs is reported, not waited for.
const MAX_ADMISSION_TIME: Duration = Duration::from_secs(5);

/// Decides and reserves in one round trip to the database; in two after a change of prices.
pub(crate) async fn admit(state: &ChatState, mut new: NewCall) -> Result<AdmittedCall, ApiError> {
    let timeout = state.upstream().timeout();
    let timeout = new.timeout.map_or(timeout, |own| own.min(timeout));
    let deadline = upstream_deadline(timeout, new.arrived_at, new.deadline);
    let give_up_at = database_deadline(deadline).min(Instant::now() + MAX_ADMISSION_TIME);
    let time_to_settle = time_to_settle(deadline);
    for _ in 0..MAX_PRICE_RELOADS {
        let prices = state.prices();
        let bound = bound(&mut new, &prices);
        let admission = Admission {
            id: new.request.id,
            key: new.key,
            price_version: prices.version(),
            label: new.label.as_deref(),
            fallback_label: new.fallback_label.as_deref(),
            provider: &new.request.provider,
            model: &new.request.model,
            endpoint: new.request.endpoint,
            stream: new.request.stream,
            service_tier: new.request.service_tier.as_deref(),
            bound,
            time_to_settle,
            sdk: new.request.sdk.as_deref(),
            tags: new.request.tags.as_ref(),
            idempotency: new.idempotency,
        };
        // Boxed, as it is moved into the futures that wait for it.
        let verdict = timeout_at(give_up_at.into(), Box::pin(decide(state, &admission)));
        match verdict.await.map_err(|_| DbError::Late)?? {
            Verdict::Admitted(admitted) => {
                new.request.input_bound_tokens = admitted.input_bound_tokens;
                return Ok(AdmittedCall { state: state.clone(), new, admitted, deadline });
            }
            Verdict::StalePrices => {
                let reloaded = timeout_at(give_up_at.into(), Box::pin(state.reload_prices()));
                reloaded.await.map_err(|_| DbError::Late)??;
                if !new.is_current(state) {
                    return Err(ApiError::UpstreamChanged);
                }
            }
            refused => return Err(refusal(refused, new)),
        }
    }
    Err(ApiError::Internal("prices changed faster than they could be loaded".into()))
}

/// Tries the plain admission where it is likely to succeed: if it does not, it costs a round trip.
async fn decide(state: &ChatState, admission: &Admission<'_>) -> Result<Verdict, DbError> {
    let plain = state.plain_callers();
    if plain.has(admission)
        && let Some(admitted) = calls::admit_plain(state.database(), admission).await?
    {
        return Ok(Verdict::Admitted(admitted));
    }
    let verdict = calls::admit(state.database(), admission).await?;
    let is_plain = matches!(&verdict, Verdict::Admitted(admitted) if admitted.reservations.is_empty());
    plain.note(admission, is_plain);
    Ok(verdict)
}

/// The most that the call can use, at whichever upstream.
fn bound(new: &mut NewCall, prices: &PriceBook) -> Bound {
    let NewCall { request, routing, .. } = new;
    let now = wall_clock();
    let bound_of = |provider: &Provider, model: &str| {
        let request = BoundedRequest {
            endpoint: request.endpoint,
            provider,
            model,
            service_tier: request.service_tier.as_deref(),
            content: &request.content,
            output_tokens: request.output_bound_tokens,
            choices: request.choices,
        };
        prices.request_bound(&request, now)
    };
    let planned = match routing {
        Routing::Planned(plan) => plan.bound(|planned| bound_of(&planned.provider, &planned.priced_model)),
        Routing::Fixed | Routing::Unrouted => None,
    };
    planned.unwrap_or_else(|| bound_of(&request.provider, &request.model))
}

fn refusal(verdict: Verdict, new: NewCall) -> ApiError {
    match verdict {
        Verdict::InvalidKey => ApiError::KeyInvalid,
        Verdict::ScopeMissing => ApiError::ScopeMissing(Scope::Chat),
        Verdict::LabelNotAllowed => ApiError::LabelNotAllowed,
        Verdict::LabelNeedsKey(label) => ApiError::LabelNeedsKey(label),
        Verdict::ModelNotAllowed => ApiError::ModelNotAllowed(new.request.model),
        Verdict::IdempotencyInProgress => ApiError::IdempotencyInProgress,
        Verdict::ModelNotPriced => ApiError::ModelNotPriced(new.request.model),
        Verdict::Unbounded => {
            let content = new.request.content;
            let has_images = content.images + content.low_detail_images > 0;
            // What has no bound with this model alone.
            let implied = if has_images { "images" } else { "web search" };
            let is_named = !content.unbounded.is_empty();
            ApiError::UnboundedRequest(if is_named { content.unbounded } else { vec![implied.to_owned()] })
        }
        Verdict::Limited(refusal) => {
            let outlook = refusal.outlook(wall_clock(), jitter(new.request.id));
            ApiError::Limited { refusal, outlook }
        }
        Verdict::Admitted(_) | Verdict::StalePrices => {
            ApiError::Internal("the verdict is not a refusal".into())
        }
    }
}

/// A number in `[0, 1)` from the random part of an id.
fn jitter(id: CallId) -> f64 {
    let [.., a, b, c, d] = id.as_uuid().into_bytes();
    f64::from(u32::from_be_bytes([a, b, c, d])) / (f64::from(u32::MAX) + 1.0)
}
