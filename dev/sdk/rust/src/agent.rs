//! The loop of an agent with one tool, by either API.

use anyhow::{Context, bail};
use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::types::responses::ResponseStreamEvent;
use futures_util::StreamExt;
use serde_json::{Value, json};

const MODEL: &str = "gpt-5.4-mini";
const MAX_TURNS: usize = 5;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Api {
    Chat,
    Responses,
}

pub(crate) struct Agent<'a> {
    pub(crate) client: &'a Client<OpenAIConfig>,
    pub(crate) api: Api,
    pub(crate) stream: bool,
}

/// What the model wants from one turn.
struct Turn {
    /// Items to repeat in the next request.
    said: Vec<Value>,
    /// Ids of calls to the tool.
    calls: Vec<Value>,
    text: String,
}

impl Agent<'_> {
    pub(crate) async fn ask(&self, prompt: &str) -> anyhow::Result<String> {
        let mut conversation = vec![json!({ "role": "user", "content": prompt })];
        let mut is_called = false;
        for _ in 0..MAX_TURNS {
            let turn = match self.api {
                Api::Chat => self.complete(&conversation).await?,
                Api::Responses => self.respond(&conversation).await?,
            };
            if turn.calls.is_empty() {
                anyhow::ensure!(is_called, "the model answers without the tool");
                return Ok(turn.text);
            }
            is_called = true;
            conversation.extend(turn.said);
            conversation.extend(turn.calls.iter().map(|id| self.result(id)));
        }
        bail!("no answer after {MAX_TURNS} turns")
    }

    fn result(&self, id: &Value) -> Value {
        match self.api {
            Api::Chat => json!({ "role": "tool", "tool_call_id": id, "content": "21 degrees" }),
            Api::Responses => {
                json!({ "type": "function_call_output", "call_id": id, "output": "21 degrees" })
            }
        }
    }

    async fn complete(&self, messages: &[Value]) -> anyhow::Result<Turn> {
        let function = json!({ "name": "get_weather", "parameters": parameters() });
        let request = json!({
            "model": MODEL,
            "messages": messages,
            "tools": [{ "type": "function", "function": function }],
        });
        let request = serde_json::from_value(request)?;
        let message = if self.stream {
            self.streamed_message(request).await?
        } else {
            let whole = self.client.chat().create(request).await?;
            serde_json::to_value(whole.choices.into_iter().next().context("no choice")?.message)?
        };
        let calls = message["tool_calls"].as_array().into_iter().flatten();
        Ok(Turn {
            calls: calls.map(|call| call["id"].clone()).collect(),
            text: message["content"].as_str().unwrap_or_default().to_owned(),
            said: vec![message],
        })
    }

    async fn streamed_message(
        &self,
        request: async_openai::types::chat::CreateChatCompletionRequest,
    ) -> anyhow::Result<Value> {
        let mut chunks = self.client.chat().create_stream(request).await?;
        let (mut text, mut id, mut arguments) = (String::new(), None, String::new());
        while let Some(chunk) = chunks.next().await {
            for choice in chunk?.choices {
                text.push_str(&choice.delta.content.unwrap_or_default());
                for call in choice.delta.tool_calls.unwrap_or_default() {
                    id = id.or(call.id);
                    let sent = call.function.and_then(|function| function.arguments);
                    arguments.push_str(&sent.unwrap_or_default());
                }
            }
        }
        let function = json!({ "name": "get_weather", "arguments": arguments });
        Ok(match id {
            Some(id) => json!({
                "role": "assistant",
                "tool_calls": [{ "id": id, "type": "function", "function": function }],
            }),
            None => json!({ "role": "assistant", "content": text }),
        })
    }

    async fn respond(&self, input: &[Value]) -> anyhow::Result<Turn> {
        let tool =
            json!({ "type": "function", "name": "get_weather", "parameters": parameters(), "strict": false });
        let request = serde_json::from_value(json!({ "model": MODEL, "input": input, "tools": [tool] }))?;
        let response = if self.stream {
            let mut events = self.client.responses().create_stream(request).await?;
            let mut ended = None;
            while let Some(event) = events.next().await {
                if let ResponseStreamEvent::ResponseCompleted(completed) = event? {
                    ended = Some(completed.response);
                }
            }
            ended.context("the stream never completes")?
        } else {
            self.client.responses().create(request).await?
        };
        let said = match serde_json::to_value(&response.output)? {
            Value::Array(items) => items,
            other => bail!("the output is no list: {other}"),
        };
        let calls = said.iter().filter(|item| item["type"] == "function_call");
        Ok(Turn {
            calls: calls.map(|call| call["call_id"].clone()).collect(),
            text: response.output_text().unwrap_or_default(),
            said,
        })
    }
}

fn parameters() -> Value {
    json!({ "type": "object", "properties": { "city": { "type": "string" } } })
}
