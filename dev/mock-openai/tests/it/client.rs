//! A client of the mock that reads whole answers and takes streams apart.

use std::time::{Duration, Instant};

use mock_openai::{Counters, MockOpenAi};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

pub(crate) struct TestMock {
    pub(crate) mock: MockOpenAi,
    pub(crate) http: Client,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// The data of every event, by the rules of server-sent events.
    pub(crate) fn data(&self) -> Vec<String> {
        let text = self.text.replace("\r\n", "\n");
        let events = text.split_terminator("\n\n");
        let lines = events.map(|event| {
            let data = event.lines().filter_map(|line| line.strip_prefix("data: "));
            data.collect::<Vec<_>>().join("\n")
        });
        lines.filter(|data| !data.is_empty()).collect()
    }

    pub(crate) fn events(&self) -> Vec<Value> {
        self.data().iter().filter_map(|data| serde_json::from_str(data).ok()).collect()
    }

    /// Usage as a careful reader takes it: the last that is not null, in chunks, responses or a plain body.
    pub(crate) fn usage(&self) -> Option<Value> {
        let mut objects = self.events();
        objects.extend(serde_json::from_str::<Value>(&self.text));
        let mut usages = objects.iter().map(|object| {
            let nested = &object["response"]["usage"];
            if nested.is_null() { object["usage"].clone() } else { nested.clone() }
        });
        usages.rfind(|usage| !usage.is_null())
    }
}

impl TestMock {
    pub(crate) async fn start() -> Self {
        // Already installed by another test of this process: just as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder().no_proxy().build().expect("a client");
        Self { mock: MockOpenAi::start().await, http }
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        let url = format!("{}{path}", self.mock.base_url());
        self.http.post(url).header("authorization", "Bearer sk-test").body(body.to_string())
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> reqwest::Result<Answer> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Answer { status, headers, text: response.text().await? })
    }

    pub(crate) async fn ask(&self, path: &str, body: Value) -> Answer {
        self.send(self.post(path, &body)).await.expect("an answer")
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        let request = self.http.get(format!("{}{path}", self.mock.base_url()));
        self.send(request.header("authorization", "Bearer sk-test")).await.expect("an answer")
    }

    /// Lets the server's task run until the counters are as wanted.
    pub(crate) async fn counters_when(&self, wanted: impl Fn(&Counters) -> bool) -> Counters {
        let started = Instant::now();
        loop {
            let counters = self.mock.counters();
            if wanted(&counters) {
                return counters;
            }
            assert!(started.elapsed() < Duration::from_secs(10), "never came: {counters:?}");
            tokio::task::yield_now().await;
        }
    }
}

pub(crate) fn hello(model: &str) -> Value {
    json!({ "model": model, "messages": [{ "role": "user", "content": "hello there" }] })
}

/// `extra` laid over `body`.
pub(crate) fn with(mut body: Value, extra: Value) -> Value {
    let (Value::Object(members), Value::Object(extra)) = (&mut body, extra) else { panic!("two objects") };
    members.extend(extra);
    body
}
