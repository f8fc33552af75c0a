//! Whether the caller may use the objects that a request names.

use domain::calls::{NamedIds, ObjectClaim};
use ledger::objects;
use upstream::wire::{NamedObjects, is_id};
use web::{ApiError, ProviderObject};

use crate::call::NewCall;
use crate::fallback::{PlannedTarget, Routing};
use crate::state::ChatState;

/// Refuses objects of others as the provider refuses unknown ones. With a provider key of their own, callers use the
/// objects of their own account.
pub(super) async fn check(state: &ChatState, call: &NewCall, named: &NamedObjects) -> Result<(), ApiError> {
    let Some(key) = call.key.as_ref().filter(|_| !named.is_empty()) else { return Ok(()) };
    let own: Vec<String> = named.responses.iter().chain(&named.items).chain(&named.audio).cloned().collect();
    let claimed: Vec<String> = named.conversations.iter().chain(&named.containers).cloned().collect();
    if let Some(id) = own.iter().chain(&claimed).find(|id| !is_id(id)) {
        return Err(refusal(named, id));
    }
    let sent_back: Vec<String> = named.sent_back.iter().filter(|id| is_id(id)).cloned().collect();
    let claim = ObjectClaim {
        call_id: call.request.id,
        label: call.label.as_deref().or(call.fallback_label.as_deref()),
        model: &call.request.model,
    };
    let ids = NamedIds { own: &own, sent_back: &sent_back, claimed: &claimed };
    match objects::find_refused(state.database(), key, ids, claim).await? {
        Some(id) => Err(refusal(named, &id)),
        None => Ok(()),
    }
}

/// What an object was made at is the only target that has it. The first one stands for the account of objects that were
/// made elsewhere.
pub(super) async fn choose_targets(
    state: &ChatState,
    call: &mut NewCall,
    named: &NamedObjects,
) -> Result<(), ApiError> {
    let Routing::Planned(plan) = &mut call.routing else { return Ok(()) };
    if let Some(id) = named.responses.iter().chain(&named.items).chain(&named.audio).next() {
        let found = objects::find(state.database(), call.key.as_ref(), id).await?;
        let maker = found.and_then(|stored| stored.owner.upstream);
        let has_it = |planned: &PlannedTarget| {
            planned.upstream.as_ref().map(|upstream| upstream.facts().name.as_str()) == maker.as_deref()
        };
        let model = plan.model().to_owned();
        if !plan.retain(has_it) {
            let maker = maker.as_deref().unwrap_or("openai");
            let message = format!("`{id}` was made at `{maker}`, which is not a target of `{model}`.");
            return Err(ApiError::InvalidRequest { message, param: None });
        }
    } else if !named.conversations.is_empty() || !named.containers.is_empty() {
        plan.keep_first();
    }
    Ok(())
}

fn refusal(named: &NamedObjects, id: &str) -> ApiError {
    let is_in = |ids: &[String]| ids.iter().any(|known| known == id);
    let object = if is_in(&named.responses) {
        ProviderObject::PreviousResponse
    } else if is_in(&named.conversations) {
        ProviderObject::Conversation
    } else if is_in(&named.audio) {
        ProviderObject::Audio
    } else if is_in(&named.containers) {
        ProviderObject::Container
    } else {
        ProviderObject::Item
    };
    ApiError::object_not_found(object, id)
}
