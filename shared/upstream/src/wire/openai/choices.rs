//! How many choices a request asks for.

use domain::calls::Endpoint;

use crate::json::{as_array, as_present};
use crate::wire::members::{Members, RequestError};

pub(super) struct Choices {
    pub generated: u64,
    pub shown: u64,
}

impl Choices {
    pub(super) fn of(endpoint: Endpoint, members: &Members<'_>) -> Result<Self, RequestError> {
        if endpoint.is_chat_completion() {
            let n = members.count("n")?.unwrap_or(1).max(1);
            return Ok(Self { generated: n, shown: n });
        }
        if endpoint != Endpoint::Completions {
            return Ok(Self { generated: 1, shown: 1 });
        }
        let prompts = members.value("prompt").map_or(1, prompts);
        let n = members.count("n")?.unwrap_or(1).max(1);
        // The best `n` of these are returned.
        let candidates = members.count("best_of")?.unwrap_or(n).max(n);
        Ok(Self { generated: candidates.saturating_mul(prompts), shown: n.saturating_mul(prompts) })
    }
}

/// Each text of a list, or list of tokens, is a prompt of its own; a list of tokens alone is one prompt.
fn prompts(prompt: &str) -> u64 {
    let items = as_array(prompt).unwrap_or_default();
    let is_token = |item: &&str| as_present(item).is_some_and(|item| item.parse::<f64>().is_ok());
    if items.iter().all(is_token) { 1 } else { items.len() as u64 }
}
