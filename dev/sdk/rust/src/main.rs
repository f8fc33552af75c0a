//! `async-openai` against a running stack (`TOKENMETER_API_URL`, `TOKENMETER_ADMIN_KEY`, `TOKENMETER_CHAT_KEY`,
//! `MOCK_URL`), with only base URL, key and headers changed: a tool, its result, the answer; plain and streaming; with
//! and without a hard limit. Each call must be in the ledger as the provider served it. Agents whose budget is used up, or
//! too small for their next call, stop and do not send it again.

mod agent;
mod budgets;
mod stack;

use std::io::{self, Write as _};

use agent::{Agent, Api};
use anyhow::Context;
use stack::Stack;

const ASK: &str = "Use get_weather and tell me how the sea is";
const LIMITS: [Option<&str>; 2] = [None, Some("5")];

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let installed = rustls::crypto::ring::default_provider().install_default();
    anyhow::ensure!(installed.is_ok(), "another crypto provider is installed");
    let stack = Stack::from_environment()?;
    for limit in LIMITS {
        for api in [Api::Chat, Api::Responses] {
            for stream in [false, true] {
                let name = format!("async-openai {api:?} stream={stream} limit={limit:?}");
                run(&stack, limit, api, stream).await.with_context(|| name.clone())?;
                writeln!(io::stdout(), "ok {name}")?;
            }
        }
    }
    for api in [Api::Chat, Api::Responses] {
        for stream in [false, true] {
            let name = format!("async-openai {api:?} stream={stream} budget");
            budgets::stop_agents(&stack, api, stream).await.with_context(|| name.clone())?;
            writeln!(io::stdout(), "ok {name}")?;
        }
    }
    Ok(())
}

async fn run(stack: &Stack, limit: Option<&str>, api: Api, stream: bool) -> anyhow::Result<()> {
    let label = new_label();
    if let Some(usd) = limit {
        stack.set_hard_limit(&label, usd).await?;
    }
    let client = stack.client(&label)?;
    let answer = Agent { client: &client, api, stream }.ask(ASK).await?;
    anyhow::ensure!(!answer.is_empty(), "the agent has no answer");
    stack.assert_as_served(&label, 2).await
}

fn new_label() -> String {
    format!("sdk-rust-{:032x}", fastrand::u128(..))
}
