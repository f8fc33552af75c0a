//! A mock of the provider: its real wire, usage that follows from the request, faults on demand, exact counters.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use mock_openai::{Fault, MockOpenAi};
//!
//! let mock = MockOpenAi::start().await;
//! mock.script([Fault::ServerError, Fault::Ok]);
//! // … point a client at mock.base_url(), call it …
//! assert_eq!(mock.counters().total.refused, 1);
//! # Ok(())
//! # }
//! ```
//!
//! # Usage
//!
//! - Input tokens: whitespace-separated words, 3 per message, 3 per request; an image is 85, audio 50, a file 100,
//!   tools a quarter of their JSON's bytes, a stored conversation or prompt 1,000. Embeddings: words alone, or the
//!   number of token ids.
//! - Output tokens of a choice: `8 + input / 4`, at most 256, within `max_completion_tokens`, `max_tokens` or
//!   `max_output_tokens`; the text has exactly that many words. JSON and tool arguments: a quarter of their bytes.
//!   `finish_reason` is `length` (Responses: `incomplete`) where the bound cut the answer.
//! - The model is served by its dated version (`gpt-4o` → `gpt-4o-2024-11-20`, `gpt-5.6` → `gpt-5.6-sol`), the tier
//!   is `default` for `auto` or none, `priority` for `fast`, else as asked.
//! - A streamed chat completion tells its usage only if `stream_options.include_usage` is true.
//!
//! # Steering
//!
//! A [`Behaviour`] parameter is set, strongest first, by a script ([`MockOpenAi::script`]), a header (`x-mock-fault`,
//! `x-mock-latency-ms`, …), metadata (`"metadata": {"mock_fault": "429", "mock_cached_tokens": "7"}`), a suffix of the
//! model (`gpt-4o?cached_tokens=7&latency_ms=20`) or a model named after a fault (`mock-429`).
//! [`Behaviour::PARAMETERS`] and [`Fault::ALL`] list everything, as does `mock-openai --help`. An unknown parameter
//! is a 400, a `mock-` model that names no fault a 404.
//!
//! # Keys
//!
//! Any key is accepted but `sk-invalid…` and Tokenmeter's own `tm_…`; [`MockOpenAi::accept_keys`] narrows it down.
//!
//! # Usage and costs
//!
//! `GET /v1/organization/usage/completions`, `…/usage/embeddings` and `…/costs` tell an admin key (`sk-admin-…`) what was
//! served, by the time a call ended. [`MockOpenAi::bill`] adds calls of another time or key, which nobody here saw;
//! [`MockOpenAi::set_rates`] changes what a model costs. A script for one of them names its path in place of a model:
//! `Match::model("organization/costs")`.
//!
//! # Other processes
//!
//! `GET /__mock/counters`, `GET /__mock/requests`, `POST /__mock/reset`, `POST /__mock/keys` (`{"keys": ["sk-new"]}`, null for any)
//! and `POST /__mock/script` (`{"match": {"model": "gpt-4o"}, "steps": ["500", {"latency_ms": 5}]}`).

mod ask;
mod behaviour;
mod billing;
mod breaker;
mod call;
mod control;
mod counters;
mod endpoint;
mod endpoints;
mod errors;
mod exchange;
mod fault;
mod intake;
mod mock;
mod output;
mod prompt;
mod refusal;
mod reply;
mod response;
mod schema;
mod script;
mod server;
mod usage;
mod wire;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::task::JoinHandle;

pub use behaviour::{BadParameter, Behaviour};
pub use billing::{Billed, Kind};
pub use counters::{CallRecord, Counters, End, Tally};
pub use fault::{Fault, Outcome, UnknownFault};
pub use mock::RecordedRequest;
pub use script::Match;
pub use usage::Usage;

/// A running mock; dropping it closes its port and every connection.
#[derive(Debug)]
pub struct MockOpenAi {
    mock: Arc<mock::Mock>,
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl MockOpenAi {
    /// Starts on a free port of the loopback interface.
    ///
    /// # Panics
    /// When the machine has no free port.
    #[expect(clippy::panic, reason = "a test without its provider has nothing left to do")]
    pub async fn start() -> Self {
        match Self::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await {
            Ok(mock) => mock,
            Err(error) => panic!("the mock found no free port: {error}"),
        }
    }

    /// Starts on an address of the caller's choice.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        let listener = server::bind(address).await?;
        let address = listener.local_addr()?;
        let mock = Arc::new(mock::Mock::default());
        #[expect(
            clippy::disallowed_methods,
            reason = "a server of its own, ended on drop; no function runs here"
        )]
        let task = tokio::spawn(server::serve(listener, mock.clone()));
        Ok(Self { mock, address, task })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What a client takes as the provider's base URL, ending in `/v1`.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    pub fn counters(&self) -> Counters {
        self.mock.counters().clone()
    }

    /// The last requests that arrived, oldest first: at most 1,024, and 64 MiB of bodies.
    pub fn requests(&self) -> Vec<RecordedRequest> {
        self.mock.requests()
    }

    /// The next requests get these, one step each; then the mock is its own again.
    pub fn script<S: Into<Behaviour>>(&self, steps: impl IntoIterator<Item = S>) {
        self.script_for(Match::any(), steps);
    }

    /// As [`Self::script`], for some requests only. Of several scripts, the first that applies is used up first.
    pub fn script_for<S: Into<Behaviour>>(&self, on: Match, steps: impl IntoIterator<Item = S>) {
        self.mock.add_script(script::Script::new(on, steps.into_iter().map(Into::into)));
    }

    /// Only these keys from now on.
    pub fn accept_keys<K: Into<String>>(&self, keys: impl IntoIterator<Item = K>) {
        self.mock.set_keys(Some(keys.into_iter().map(Into::into).collect()));
    }

    /// Puts calls into the books that did not come here, or not at that time.
    pub fn bill(&self, billed: Billed) {
        self.mock.billing().add(billed);
    }

    /// What a model costs from now on and in all books: USD per million tokens in millionths; input, cached input, output.
    pub fn set_rates(&self, model: &str, rates: (u64, u64, u64)) {
        self.mock.billing().set_rates(model, rates);
    }

    /// What the figures call a key.
    pub fn api_key_id(key: &str) -> String {
        billing::api_key_id(key)
    }

    /// Forgets counters, log, books, scripts and accepted keys.
    pub fn reset(&self) {
        self.mock.reset();
    }
}

impl Drop for MockOpenAi {
    fn drop(&mut self) {
        self.task.abort();
    }
}
