//! A call as its request describes it, as far as settlement needs it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Admitted, Endpoint, RequestContent, RoutedCall};
use crate::ids::CallId;
use crate::provider::{Provider, ProviderModel};
use crate::upstreams::PriceSource;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CallRequest {
    pub id: CallId,
    /// Who is paid for it.
    #[serde(default)]
    pub provider: Provider,
    /// A registered upstream; `None` is a provider of the environment.
    #[serde(default)]
    pub upstream: Option<String>,
    #[serde(default)]
    pub price_source: PriceSource,
    pub model: String,
    pub endpoint: Endpoint,
    pub stream: bool,
    pub service_tier: Option<String>,
    pub content: RequestContent,
    /// Of all turns; known once the call is admitted.
    pub input_bound_tokens: i64,
    /// Of all choices together; `None` if the request sets no bound.
    pub output_bound_tokens: Option<i64>,
    pub choices: i64,
    /// Whether the provider may go on after its answer ended.
    pub background: bool,
    /// Whether the provider generates choices that its answer does not show.
    pub hides_choices: bool,
    pub sdk: Option<String>,
    pub tags: Option<Value>,
    /// If the model is that of the target which a model route led to.
    #[serde(default)]
    pub route: Option<RoutedCall>,
}

impl CallRequest {
    /// The requested model, as its price is found.
    pub fn priced_model(&self) -> ProviderModel<'_> {
        self.provider.model(&self.model)
    }

    /// Whether the provider runs tools of its own, whose results are more input.
    pub(super) fn uses_provider_tools(&self) -> bool {
        !self.content.tools.is_empty()
    }

    /// The output bound that a hard limit filled in, in tokens per choice.
    pub fn filled_output_bound(&self, admitted: &Admitted) -> Option<u64> {
        if self.output_bound_tokens.is_some() || self.endpoint == Endpoint::ResponsesCompact {
            return None;
        }
        let tokens = admitted.output_bound_tokens? / self.choices.max(1);
        u64::try_from(tokens).ok()
    }

    /// How many calls of built-in tools a hard limit filled in.
    pub fn filled_tool_calls(&self, admitted: &Admitted) -> Option<u64> {
        if self.content.max_tool_calls.is_some() || self.endpoint != Endpoint::Responses {
            return None;
        }
        u64::try_from(admitted.tool_call_bound?).ok()
    }
}
