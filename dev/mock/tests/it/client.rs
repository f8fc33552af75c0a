//! A client of the mock that reads whole responses and splits streams into events.

use std::time::{Duration, Instant};

use mock_provider::{Counters, MockProvider};
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};

pub(crate) struct TestMock {
    pub(crate) mock: MockProvider,
    pub(crate) http: Client,
}

pub(crate) struct TestResponse {
    pub(crate) status: u16,
    pub(crate) headers: http::HeaderMap,
    pub(crate) text: String,
}

impl TestResponse {
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

    /// The last usage that is not null, from chunks, responses or a plain body.
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
        // Fails if another test of this process has installed it, which is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder().no_proxy().build().expect("a client");
        Self { mock: MockProvider::start().await, http }
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        let url = format!("{}{path}", self.mock.base_url());
        self.http.post(url).header("authorization", "Bearer sk-test").body(body.to_string())
    }

    pub(crate) async fn send(&self, request: RequestBuilder) -> reqwest::Result<TestResponse> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(TestResponse { status, headers, text: response.text().await? })
    }

    pub(crate) async fn call(&self, path: &str, body: Value) -> TestResponse {
        self.send(self.post(path, &body)).await.expect("an answer")
    }

    pub(crate) async fn get(&self, path: &str) -> TestResponse {
        let request = self.http.get(format!("{}{path}", self.mock.base_url()));
        self.send(request.header("authorization", "Bearer sk-test")).await.expect("an answer")
    }

    /// Lets the server task run until the counters meet the condition.
    pub(crate) async fn counters_when(&self, condition: impl Fn(&Counters) -> bool) -> Counters {
        let started = Instant::now();
        loop {
            let counters = self.mock.counters();
            if condition(&counters) {
                return counters;
            }
            assert!(
                started.elapsed() < Duration::from_secs(10),
                "the counters never met the condition: {counters:?}"
            );
            tokio::task::yield_now().await;
        }
    }
}

pub(crate) fn hello(model: &str) -> Value {
    json!({ "model": model, "messages": [{ "role": "user", "content": "hello there" }] })
}

/// `body` with the members of `extra`.
pub(crate) fn with(mut body: Value, extra: Value) -> Value {
    let (Value::Object(members), Value::Object(extra)) = (&mut body, extra) else { panic!("two objects") };
    members.extend(extra);
    body
}
