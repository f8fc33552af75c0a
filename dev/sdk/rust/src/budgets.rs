//! Agents whose budget does not allow their next call.

use anyhow::ensure;

use crate::agent::{Agent, Api};
use crate::stack::Stack;
use crate::{ASK, new_label};

pub(crate) async fn stop_agents(stack: &Stack, api: Api, stream: bool) -> anyhow::Result<()> {
    let label = new_label();
    let client = stack.client(&label)?;
    let agent = Agent { client: &client, api, stream };
    agent.ask(ASK).await?;
    let served = stack.served(&label).await?;
    let spent = stack.cost_usd(&label).await?;
    let limit = stack.set_hard_limit(&label, &spent).await?;
    expect_refusal(stack, &agent, &limit, "is used up").await?;
    ensure!(stack.served(&label).await? == served, "a call was sent although the budget is used up");

    let label = new_label();
    let limit = stack.set_hard_limit(&label, "0.000001").await?;
    let client = stack.client(&label)?;
    expect_refusal(stack, &Agent { client: &client, api, stream }, &limit, "this call may need").await?;
    ensure!(stack.served(&label).await? == 0, "a call was sent that is larger than the budget");
    Ok(())
}

/// The run ends with the refusal, after one request.
async fn expect_refusal(stack: &Stack, agent: &Agent<'_>, limit: &str, reason: &str) -> anyhow::Result<()> {
    let error = match agent.ask(ASK).await {
        Ok(answer) => anyhow::bail!("answered: {answer}"),
        Err(error) => format!("{error:#}"),
    };
    ensure!(error.contains(limit) && error.contains(reason), "another error: {error}");
    let refusals = stack.refusals(limit).await?;
    ensure!(refusals == 1, "sent {refusals} times");
    Ok(())
}
