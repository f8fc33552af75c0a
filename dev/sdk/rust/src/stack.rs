//! The running stack: its API, its ledger, and the calls that the mock provider counted.

use std::env;

use anyhow::{Context, ensure};
use async_openai::Client;
use async_openai::config::OpenAIConfig;
use serde_json::{Value, json};

pub(crate) struct Stack {
    api_url: String,
    admin_key: String,
    chat_key: String,
    mock_url: String,
    http: reqwest::Client,
}

impl Stack {
    #[expect(clippy::disallowed_methods, reason = "the settings of this program, which no function runs")]
    pub(crate) fn from_environment() -> anyhow::Result<Self> {
        let required = |name: &str| env::var(name).with_context(|| format!("{name} is not set"));
        Ok(Self {
            api_url: required("TOKENMETER_API_URL")?,
            admin_key: required("TOKENMETER_ADMIN_KEY")?,
            chat_key: required("TOKENMETER_CHAT_KEY")?,
            mock_url: required("MOCK_URL")?,
            http: reqwest::Client::builder().no_proxy().build()?,
        })
    }

    pub(crate) fn client(&self, label: &str) -> anyhow::Result<Client<OpenAIConfig>> {
        let config = OpenAIConfig::new()
            .with_api_base(format!("{}/v1", self.api_url))
            .with_api_key(&self.chat_key)
            .with_header("X-User-Label", label)?
            .with_header("X-Client-Request-Id", label)?;
        Ok(Client::with_config(config).with_http_client(self.http.clone()))
    }

    /// A hard limit on what the label may spend in a day. Returns its id.
    pub(crate) async fn set_hard_limit(&self, label: &str, usd: &str) -> anyhow::Result<String> {
        let subject = json!({ "kind": "label", "id": label });
        let limit =
            json!({ "subject": subject, "metric": "usd", "window": "day", "amount": usd, "mode": "hard" });
        let request = self.http.post(format!("{}/api/limits", self.api_url)).bearer_auth(&self.admin_key);
        let request = request.header("content-type", "application/json").body(limit.to_string());
        let response = request.send().await?.error_for_status()?;
        let limit: Value = serde_json::from_slice(&response.bytes().await?)?;
        Ok(limit["id"].as_str().context("no id")?.to_owned())
    }

    /// How many requests a limit has refused.
    pub(crate) async fn refusals(&self, limit: &str) -> anyhow::Result<u64> {
        let limit = self.get(&format!("{}/api/limits/{limit}", self.api_url)).await?;
        limit["refusals"].as_u64().context("no refusals")
    }

    /// How many calls of the label the provider has served.
    pub(crate) async fn served(&self, label: &str) -> anyhow::Result<usize> {
        let counters = self.get(&format!("{}/__mock/counters", self.mock_url)).await?;
        Ok(counters["calls"][label].as_array().map_or(0, Vec::len))
    }

    /// What the label has spent.
    pub(crate) async fn cost_usd(&self, label: &str) -> anyhow::Result<String> {
        let groups = self.get(&format!("{}/api/usage/summary?user_label={label}", self.api_url)).await?;
        Ok(groups[0]["cost_usd"].as_str().context("no cost")?.to_owned())
    }

    /// The ledger has each call that the provider served under the label and tag, settled, with the same tokens.
    pub(crate) async fn assert_as_served(&self, label: &str, at_least: usize) -> anyhow::Result<()> {
        let calls = self.get(&format!("{}/api/usage/calls?user_label={label}", self.api_url)).await?;
        let counters = self.get(&format!("{}/__mock/counters", self.mock_url)).await?;
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let (rows, served) = (list(&calls["data"]), list(&counters["calls"][label]));
        ensure!(served.len() >= at_least, "only {} calls reached the provider", served.len());
        ensure!(rows.iter().all(|row| row["status"] == "settled"), "not settled: {rows:?}");
        let tokens = |call: &Value, usage: &Value| {
            format!("{} {} {}", call["stream"], usage["input_tokens"], usage["output_tokens"])
        };
        let mut recorded: Vec<String> = rows.iter().map(|row| tokens(row, row)).collect();
        let mut expected: Vec<String> = served.iter().map(|call| tokens(call, &call["usage"])).collect();
        recorded.sort_unstable();
        expected.sort_unstable();
        ensure!(recorded == expected, "recorded {recorded:?}, served {expected:?}");
        Ok(())
    }

    async fn get(&self, url: &str) -> anyhow::Result<Value> {
        let response = self.http.get(url).bearer_auth(&self.admin_key).send().await?.error_for_status()?;
        Ok(serde_json::from_slice(&response.bytes().await?)?)
    }
}
