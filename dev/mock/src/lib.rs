//! A mock of the APIs of OpenAI, Anthropic, Gemini and Bedrock on one port: the real wire formats, usage derived from the
//! request, faults on demand, exact counters.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use mock_provider::{Fault, MockProvider};
//!
//! let mock = MockProvider::start().await;
//! mock.script([Fault::ServerError, Fault::Ok]);
//! // … call mock.base_url() with a client …
//! assert_eq!(mock.counters().total.refused, 1);
//! # Ok(())
//! # }
//! ```
//!
//! # Usage
//!
//! - Input tokens: one per word, 3 per message, 3 per request, 85 per image, 50 per audio part, 100 per file, 100 per
//!   call to a built-in tool, and a quarter of the bytes of the tools' JSON. A stored response counts all its tokens
//!   again; a conversation or prompt that only the real provider has, 1,000. Embeddings and legacy completions count
//!   words or token ids.
//! - Output tokens of a choice: `8 + input / 4`, at most 256, within `max_completion_tokens`, `max_tokens` or
//!   `max_output_tokens`; the text has exactly that many words. JSON and tool arguments count a quarter of their bytes.
//!   `finish_reason` is `length` (Responses: `incomplete`) if the bound cut the text.
//! - A model is served by its dated version (`gpt-4o` → `gpt-4o-2024-11-20`, `gpt-5.6` → `gpt-5.6-sol`). The tier is
//!   `default` if it is missing or `auto`, `priority` for `fast`, otherwise the requested one.
//! - A streamed chat completion reports usage only if `stream_options.include_usage` is true; with `usage_place=x_groq`,
//!   always, and where Groq does.
//!
//! # Tools
//!
//! - After a user message, an answer calls the caller's tools that the message names, otherwise the first. With the
//!   results, it is text: agents end. `tool_calls` sets the number of calls.
//! - `tool_choice: required` calls the last tool too before the text, because frameworks that require a tool end their
//!   runs with it.
//! - Responses use each built-in tool once, within `max_tool_calls`, and report it in items and in `tool_usage`.
//!
//! # Anthropic
//!
//! - `/v1/messages` and `/v1/messages/count_tokens`; `/v1/models` for callers that send `anthropic-version`. The key is
//!   in `x-api-key` or `Authorization: Bearer`.
//! - Input is counted as above, and split as the parameters say, or by the request's `cache_control`: what precedes the
//!   last answer of the model is read from the cache, the rest is written to it, both up to three tokens.
//! - A web search, web fetch or code execution that is offered is used once, within `max_uses`. What it finds is input
//!   that only the end of a stream reports.
//! - `iterations` adds steps of other models. [`ProviderCall::usage`] and the tallies contain them;
//!   [`Counters::billed`] has them at their own models. A refusal before any output is counted but not billed.
//! - A call of Claude Code is tagged with its session.
//!
//! # Gemini
//!
//! - `:generateContent`, `:streamGenerateContent` as events or as a JSON array, `:countTokens`, `:embedContent` and
//!   `:batchEmbedContents` under `/v1beta/models/`, also of the versions `v1` and `v1alpha`, and the list of models. The key is in `x-goog-api-key`, `?key=` or
//!   `Authorization: Bearer`.
//! - Thoughts come if `thinkingConfig` does not switch them off. Each search with Google is a query of the grounding.
//! - A stream reports running counts. Embeddings report none, so they count as `answered_without_usage`.
//! - Parameters come in headers, in a member `metadata`, or behind the model.
//!
//! # Other hosts
//!
//! Everything is also served below `/at/{name}`, as by a server of another company: `/at/groq/v1/chat/completions`,
//! `/at/vertex/v1beta/models/…`. There, Azure's paths are served as well (`/at/azure/openai/v1/…` and
//! `/at/azure/openai/deployments/{name}/…`), and a key may be in any place that a provider has,
//! or missing.
//!
//! # Bedrock
//!
//! - `/model/{model}/converse`, `…/converse-stream`, `…/invoke`, `…/invoke-with-response-stream` and `…/count-tokens`.
//!   The key is in `Authorization: Bearer`, or the request is signed for `bedrock`: the id of the credentials is the key,
//!   and the signature itself is not checked.
//! - Invoke takes the bodies of Claude, embeddings (a model with `embed` in its name) and prompts, whose tokens are in
//!   headers alone.
//! - Parameters come in headers, in `requestMetadata` of Converse, or in `metadata` of Invoke.
//!
//! # Stored responses
//!
//! `/v1/responses/{id}` serves the last 1,024 responses whose request does not set `store: false`. `background: true`
//! is queued; the retrieval after `background_polls` others ends the work, and only then it is counted and billed.
//! Scripts select these requests by name: `Match::model("responses/retrieve")`, also `…/delete`, `…/cancel`,
//! `…/input_items` and `…/input_tokens`, and `moderations`.
//!
//! # Control
//!
//! A [`Behaviour`] parameter is set, highest precedence first, by a function ([`MockProvider::decide`]), a script
//! ([`MockProvider::script`]), a header (`x-mock-fault`, `x-mock-latency-ms`, …), metadata (`"metadata": {"mock_fault":
//! "429", "mock_cached_tokens": "7"}`), a model suffix (`gpt-4o?cached_tokens=7&latency_ms=20`) or a model named after
//! a fault (`mock-429`). [`Behaviour::PARAMETERS`], [`Fault::ALL`] and [`Fault::OF_OTHERS`] list everything, as does
//! `mock-provider --help`. An unknown parameter or a fault of another wire is a 400, a `mock-` model that names no
//! fault a 404.
//!
//! # Keys
//!
//! Every key is accepted except `sk-invalid…` and Tokenmeter's own `tm_…`, which no header may contain;
//! [`MockProvider::accept_keys`] sets a list.
//!
//! # Usage and cost reports
//!
//! `GET /v1/organization/usage/completions`, `…/usage/embeddings` and `…/costs` report what was served, by the time a
//! call ended, to an admin key (`sk-admin-…`). Fees of built-in tools are line items of their own. Anthropic's are
//! `GET /v1/organizations/usage_report/messages` and `/v1/organizations/cost_report` (`sk-ant-admin…`).
//! [`MockProvider::bill`] adds calls that this mock did not serve; [`MockProvider::set_rates`] changes the price of a
//! model. A script selects one of these endpoints by its path instead of a model: `Match::model("organization/costs")`.
//!
//! # Control from other processes
//!
//! `GET /__mock/counters`, `GET /__mock/requests`, `POST /__mock/reset`, `POST /__mock/keys` (`{"keys": ["sk-new"]}`,
//! or null for any key) and `POST /__mock/script` (`{"match": {"model": "gpt-4o"}, "steps": ["500", {"latency_ms":
//! 5}]}`).

mod anthropic;
mod bedrock;
mod behaviour;
mod billing;
mod builtin;
mod call;
mod control;
mod counters;
mod endpoint;
mod endpoints;
mod errors;
mod exchange;
mod fault;
mod free;
mod gemini;
mod intake;
mod mock;
mod output;
mod prefix;
mod prompt;
mod refusal;
mod reply;
mod request;
mod reset;
mod response;
mod router;
mod schema;
mod script;
mod server;
mod stored;
mod tools;
mod usage;
mod usage_place;
mod vector;
mod wire;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::task::JoinHandle;

pub use anthropic::{CacheSplit, Iterations};
pub use behaviour::{BadParameter, Behaviour};
pub use billing::{Billed, BilledKind};
pub use counters::{BilledStep, CallEnd, Counters, ProviderCall, Tally};
pub use endpoint::Wire;
pub use fault::{Fault, FaultOutcome, UnknownFault};
pub use mock::RecordedRequest;
pub use script::Match;
pub use usage::Usage;
pub use usage_place::UsagePlace;

/// A running mock. Dropping it closes its port and all connections.
#[derive(Debug)]
pub struct MockProvider {
    mock: Arc<mock::Mock>,
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl MockProvider {
    /// Starts on a free loopback port.
    ///
    /// # Panics
    /// If no port is free.
    #[expect(clippy::panic, reason = "a test cannot run without its provider")]
    pub async fn start() -> Self {
        match Self::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await {
            Ok(mock) => mock,
            Err(error) => panic!("cannot start the mock on a free port: {error}"),
        }
    }

    /// Starts on the given address.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        let listener = server::bind(address).await?;
        let address = listener.local_addr()?;
        let mock = Arc::new(mock::Mock::default());
        #[expect(
            clippy::disallowed_methods,
            reason = "a server task, aborted on drop; no Lambda function runs here"
        )]
        let task = tokio::spawn(server::serve(listener, mock.clone()));
        Ok(Self { mock, address, task })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The base URL for clients, ending in `/v1`.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    pub fn counters(&self) -> Counters {
        self.mock.counters().clone()
    }

    /// The most recent requests, oldest first: at most 1,024, with at most 64 MiB of bodies.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.mock.requests()
    }

    /// Each of the next requests takes one step; then the mock behaves normally again.
    pub fn script<S: Into<Behaviour>>(&self, steps: impl IntoIterator<Item = S>) {
        self.script_for(Match::any(), steps);
    }

    /// Like [`Self::script`], for matching requests only. If several scripts match, the oldest is used up first.
    pub fn script_for<S: Into<Behaviour>>(&self, on: Match, steps: impl IntoIterator<Item = S>) {
        self.mock.add_script(script::Script::new(on, steps.into_iter().map(Into::into)));
    }

    /// Lets a test decide how each request to a model is answered, once it has seen it; what it sets overrides the
    /// request's own parameters and scripts.
    pub fn decide(&self, decide: impl Fn(&RecordedRequest) -> Behaviour + Send + Sync + 'static) {
        self.mock.set_decision(Some(Arc::new(decide)));
    }

    /// Accepts only these keys from now on.
    pub fn accept_keys<K: Into<String>>(&self, keys: impl IntoIterator<Item = K>) {
        self.mock.set_keys(Some(keys.into_iter().map(Into::into).collect()));
    }

    /// Adds calls to the usage and cost reports that this mock did not serve.
    pub fn bill(&self, billed: Billed) {
        self.mock.billing().add(billed);
    }

    /// Sets the price of a model in all reports, past ones included: input, cached input and output, in millionths of a
    /// USD per million tokens.
    pub fn set_rates(&self, model: &str, rates: (u64, u64, u64)) {
        self.mock.billing().set_rates(model, rates);
    }

    /// The id of a key in the reports.
    pub fn api_key_id(key: &str) -> String {
        billing::api_key_id(key)
    }

    /// Clears counters, request log, reports, scripts and accepted keys.
    pub fn reset(&self) {
        self.mock.reset();
    }
}

impl Drop for MockProvider {
    fn drop(&mut self) {
        self.task.abort();
    }
}
