//! The most that the provider may bill for a request, from what it publishes about its models and tools. Computed from
//! the request as the provider got it, apart from the code that bounds requests.

use mock_provider::RecordedRequest;
use serde_json::Value;

/// A model as the provider's pages describe it.
pub(super) struct Model {
    pub name: &'static str,
    window: u64,
    output: u64,
    image: Option<u64>,
    low_detail_image: Option<u64>,
    pub has_audio: bool,
    searches: bool,
}

const fn model(name: &'static str, window: u64, output: u64, image: Option<u64>) -> Model {
    Model { name, window, output, image, low_detail_image: None, has_audio: false, searches: false }
}

pub(super) const CHAT_MODELS: [Model; 7] = [
    Model { low_detail_image: Some(2_833), ..model("gpt-4o-mini", 128_000, 16_384, Some(48_169)) },
    Model { low_detail_image: Some(85), ..model("gpt-4o", 128_000, 16_384, Some(1_445)) },
    Model { low_detail_image: Some(70), ..model("gpt-5", 400_000, 128_000, Some(1_190)) },
    model("gpt-4.1-mini", 1_047_576, 32_768, Some(2_489)),
    // The price of all tokens doubles above 272,000.
    model("gpt-5.6-terra", 1_050_000, 128_000, Some(12_000)),
    Model { has_audio: true, ..model("gpt-audio", 128_000, 16_384, None) },
    Model { searches: true, ..model("gpt-4o-search-preview", 128_000, 16_384, None) },
];
pub(super) const EMBEDDING_MODEL: &str = "text-embedding-3-small";
pub(super) const COMPLETION_MODEL: &str = "gpt-3.5-turbo-instruct";

/// What a search reads at most.
const SEARCH_TOKENS: u64 = 128_000;
/// Without a bound on tool calls the provider makes as many as it likes.
const UNBOUNDED_CALLS: u64 = 6;

#[derive(Debug, Clone, Copy)]
pub(super) struct Published {
    pub input: u64,
    pub output: u64,
    pub tool_calls: u64,
}

impl Published {
    pub(super) fn of(request: &RecordedRequest) -> Self {
        let body = request.json();
        let bytes = prompt_bytes(&body);
        let name = body["model"].as_str().unwrap_or_default();
        let count = |name: &str| body[name].as_u64();
        if request.path.ends_with("/embeddings") {
            return Self { input: bytes, output: 0, tool_calls: 0 };
        }
        if request.path.ends_with("/v1/completions") {
            let generated = count("best_of").or(count("n")).unwrap_or(1);
            let prompts = body["prompt"].as_array().map_or(1, Vec::len) as u64;
            let output = count("max_tokens").unwrap_or(16) * generated * prompts;
            return Self { input: bytes, output, tool_calls: 0 };
        }
        let model = CHAT_MODELS.iter().find(|model| model.name == name).expect("a model of these tests");
        let first_turn = first_turn(model, &body, bytes);
        let tools: Vec<&str> = tools(&body).collect();
        let searches = model.searches || !body["web_search_options"].is_null();
        let tool_calls = match count("max_tool_calls") {
            _ if searches => 1,
            _ if tools.is_empty() => 0,
            bound => bound.unwrap_or(UNBOUNDED_CALLS),
        };
        let only_searches = tools.iter().all(|tool| tool.starts_with("web_search"));
        let later_turn =
            if only_searches { model.window.min(first_turn + SEARCH_TOKENS) } else { model.window };
        let bound = ["max_completion_tokens", "max_tokens", "max_output_tokens"];
        let bound = bound.into_iter().find_map(count).unwrap_or(model.output);
        Self {
            input: first_turn + tool_calls * later_turn,
            output: bound * count("n").unwrap_or(1),
            tool_calls,
        }
    }
}

/// Whether no number in the request bounds all of it.
pub(super) fn is_unbounded(model: &str, body: &Value) -> bool {
    let Some(model) = CHAT_MODELS.iter().find(|listed| listed.name == model) else { return false };
    let mut found = Stored::default();
    found.read(body);
    model.searches
        || found.fills_window
        || found.outputs + found.searches > 0
        || (found.images + found.low_detail_images > 0 && model.image.is_none())
        || !body["web_search_options"].is_null()
        || tools(body).next().is_some()
}

/// Parameters are no input, those that a limit fills in included.
fn prompt_bytes(body: &Value) -> u64 {
    let prompts = ["messages", "input", "prompt", "tools"].into_iter().filter(|name| !body[*name].is_null());
    prompts.map(|name| body[name].to_string().len() as u64).sum()
}

/// Tools that the provider runs.
fn tools(body: &Value) -> impl Iterator<Item = &str> {
    let tools = body["tools"].as_array().into_iter().flatten().filter_map(|tool| tool["type"].as_str());
    tools.filter(|kind| !matches!(*kind, "function" | "custom"))
}

fn first_turn(model: &Model, body: &Value, bytes: u64) -> u64 {
    let mut found = Stored::default();
    found.read(body);
    if found.fills_window || (found.images + found.low_detail_images > 0 && model.image.is_none()) {
        return model.window;
    }
    let image = model.image.unwrap_or_default();
    let tokens = (bytes - found.image_bytes)
        + found.images * image
        + found.low_detail_images * model.low_detail_image.unwrap_or(image)
        + found.outputs * model.output
        + found.searches * SEARCH_TOKENS;
    tokens.min(model.window)
}

/// What a request refers to beside its text.
#[derive(Default)]
struct Stored {
    fills_window: bool,
    outputs: u64,
    searches: u64,
    images: u64,
    low_detail_images: u64,
    image_bytes: u64,
}

impl Stored {
    fn read(&mut self, body: &Value) {
        self.fills_window |=
            ["previous_response_id", "conversation", "prompt"].iter().any(|name| !body[name].is_null());
        let items = body["messages"].as_array().or(body["input"].as_array());
        for item in items.into_iter().flatten() {
            let id = item["id"].as_str().unwrap_or_default();
            match item["type"].as_str() {
                Some("reasoning") if item["encrypted_content"].is_null() => self.outputs += 1,
                Some("item_reference") if id.starts_with("rs_") => self.outputs += 1,
                Some("item_reference" | "compaction") => self.fills_window = true,
                Some("web_search_call") => self.searches += 1,
                _ => {}
            }
            self.outputs += u64::from(!item["audio"].is_null());
            for part in item["content"].as_array().into_iter().flatten() {
                self.read_part(part);
            }
        }
    }

    fn read_part(&mut self, part: &Value) {
        match part["type"].as_str() {
            Some("image_url" | "input_image") => {
                let nested = &part["image_url"];
                let url = nested["url"].as_str().or(nested.as_str()).unwrap_or_default();
                if url.starts_with("data:") {
                    self.image_bytes += url.len() as u64;
                }
                let detail = nested["detail"].as_str().or(part["detail"].as_str());
                if detail == Some("low") { self.low_detail_images += 1 } else { self.images += 1 }
            }
            Some("file" | "input_file") => self.fills_window = true,
            _ => {}
        }
    }
}
