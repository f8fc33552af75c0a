//! The usage of a message: what its start, its end and a plain answer report, and what is billed.

use serde_json::{Value, json};

use super::cache_split::CacheSplit;
use super::iterations::{Iterations, Step, StepKind};
use super::prompt::Input;
use super::server_tools::{self, ServerTool};
use crate::counters::BilledStep;
use crate::request::ModelRequest;
use crate::usage::Usage;

pub(super) struct MessageUsage {
    input: Input,
    /// What a stream reports with its end only.
    late_input: u64,
    late_written: u64,
    output: u64,
    thinking: u64,
    searches: u64,
    fetches: u64,
    executions: u64,
    split: CacheSplit,
    is_output_only: bool,
    iterations: Option<Iterations>,
    served_model: String,
    service_tier: String,
    speed: Value,
    inference_geo: Value,
}

impl MessageUsage {
    pub(super) fn new(
        request: &ModelRequest,
        input: Input,
        server_calls: &[ServerTool],
        output: u64,
        thinking: u64,
    ) -> Self {
        let behaviour = &request.behaviour;
        let named = |set: &Option<String>, member: &str| match set {
            Some(set) => json!(set),
            None => request.body[member].clone(),
        };
        let inference_geo = named(&behaviour.inference_geo, "inference_geo");
        let found = server_tools::found(server_calls);
        Self {
            input,
            late_input: behaviour.late_input_tokens.unwrap_or(found).min(input.uncached),
            late_written: behaviour.late_cache_write_tokens.unwrap_or(0).min(input.written),
            output,
            thinking,
            searches: server_tools::count(server_calls, ServerTool::WebSearch),
            fetches: server_tools::count(server_calls, ServerTool::WebFetch),
            executions: server_tools::count(server_calls, ServerTool::CodeExecution),
            split: behaviour.cache_split.unwrap_or_default(),
            is_output_only: behaviour.output_only_delta.unwrap_or(false),
            iterations: behaviour.iterations.clone(),
            served_model: request.served_model.clone(),
            service_tier: request.service_tier.clone(),
            speed: named(&behaviour.speed, "speed"),
            inference_geo: if inference_geo.is_null() { json!("global") } else { inference_geo },
        }
    }

    /// The model that declined, if the served one is its fallback.
    pub(super) fn first_model(&self) -> Option<&String> {
        self.steps_of(StepKind::Declined).find_map(|step| step.model.as_ref())
    }

    pub(super) fn whole(&self) -> Value {
        let mut usage = counts(self.input, self.output);
        usage["cache_creation"] = self.cache_creation(self.input.written);
        self.describe(&mut usage);
        self.add_tools(&mut usage);
        self.add_iterations(&mut usage);
        usage
    }

    /// With the first token of the output.
    pub(super) fn start(&self) -> Value {
        let mut input = self.input;
        input.uncached -= self.late_input;
        input.written -= self.late_written;
        let mut usage = counts(input, self.output.min(1));
        usage["cache_creation"] = self.cache_creation(input.written);
        self.describe(&mut usage);
        usage
    }

    /// Cumulative; the split by time to live is never repeated.
    pub(super) fn delta(&self) -> Value {
        if self.is_output_only {
            return json!({ "output_tokens": self.output });
        }
        let mut usage = counts(self.input, self.output);
        if self.thinking > 0 {
            usage["output_tokens_details"] = json!({ "thinking_tokens": self.thinking });
        }
        self.add_tools(&mut usage);
        self.add_iterations(&mut usage);
        usage
    }

    fn cache_creation(&self, written: u64) -> Value {
        let short = match self.split {
            CacheSplit::Whole => written,
            CacheSplit::Short => written / 2,
            CacheSplit::None => return Value::Null,
        };
        json!({ "ephemeral_5m_input_tokens": short, "ephemeral_1h_input_tokens": self.input.written_long })
    }

    fn describe(&self, usage: &mut Value) {
        usage["service_tier"] = json!(self.service_tier);
        usage["inference_geo"] = self.inference_geo.clone();
        if !self.speed.is_null() {
            usage["speed"] = self.speed.clone();
        }
        if self.thinking > 0 {
            usage["output_tokens_details"] = json!({ "thinking_tokens": self.thinking });
        }
    }

    fn add_tools(&self, usage: &mut Value) {
        if self.searches + self.fetches + self.executions > 0 {
            usage["server_tool_use"] =
                json!({ "web_search_requests": self.searches, "web_fetch_requests": self.fetches });
        }
        if self.executions > 0 {
            usage["server_tool_use"]["code_execution_requests"] = json!(self.executions);
        }
    }

    fn add_iterations(&self, usage: &mut Value) {
        if self.iterations.is_none() {
            return;
        }
        let mut own = counts(self.input, self.output);
        own["cache_creation"] = self.cache_creation(self.input.written);
        let is_fallback = self.first_model().is_some();
        own["type"] = json!(if is_fallback { "fallback_message" } else { "message" });
        if is_fallback {
            own["model"] = json!(self.served_model);
        }
        let declined = self.steps_of(StepKind::Declined).map(|step| iteration("message", step));
        let compactions = self.steps_of(StepKind::Compaction).map(|step| iteration("compaction", step));
        let advice = self.steps_of(StepKind::Advisor).map(|step| iteration("advisor_message", step));
        usage["iterations"] = declined.chain(compactions).chain([own]).chain(advice).collect();
    }

    fn steps_of(&self, kind: StepKind) -> impl Iterator<Item = &Step> {
        self.iterations.iter().flat_map(move |iterations| iterations.of_kind(kind))
    }

    /// The sum of all steps, and the steps if there are several. A step without output that declined is free.
    pub(super) fn billed(&self, model: &str) -> (Usage, Vec<BilledStep>) {
        let own = Usage {
            input_tokens: self.input.total(),
            cached_tokens: self.input.read,
            cache_write_tokens: self.input.written,
            cache_write_long_tokens: self.input.written_long,
            output_tokens: self.output,
            reasoning_tokens: self.thinking,
            web_search_requests: self.searches,
            ..Usage::default()
        };
        let declined = self.steps_of(StepKind::Declined).filter(|step| step.output > 0);
        let others =
            self.steps_of(StepKind::Compaction).chain(self.steps_of(StepKind::Advisor)).chain(declined);
        let others = others.map(|step| BilledStep {
            model: step.model.clone().unwrap_or_else(|| model.to_owned()),
            usage: Usage { input_tokens: step.input, output_tokens: step.output, ..Usage::default() },
        });
        let mut steps = vec![BilledStep { model: model.to_owned(), usage: own }];
        steps.extend(others);
        let mut sum = Usage::default();
        for step in &steps {
            sum += step.usage;
        }
        (sum, if steps.len() > 1 { steps } else { Vec::new() })
    }
}

fn counts(input: Input, output: u64) -> Value {
    json!({
        "input_tokens": input.uncached,
        "cache_creation_input_tokens": input.written + input.written_long,
        "cache_read_input_tokens": input.read,
        "output_tokens": output,
    })
}

fn iteration(kind: &str, step: &Step) -> Value {
    let mut iteration = json!({
        "type": kind,
        "input_tokens": step.input,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": step.output,
    });
    if let Some(model) = &step.model {
        iteration["model"] = json!(model);
    }
    iteration
}
