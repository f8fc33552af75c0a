//! The most that a request can use.

use proptest::prelude::*;

use super::{at, book_of, openai};
use crate::calls::{Bound, Endpoint, RequestContent};
use crate::money::PicoUsd;
use crate::pricing::{BoundedRequest, ListedModel, ModelFacts, ModelLimits, PriceBook, ToolFee};
use crate::provider::Provider;
use crate::usage::Usage;

fn listed(model: &str, from: &str, window: i64, images: Option<i64>) -> ListedModel {
    let limits = ModelLimits {
        effective_from: at(from),
        context_window_tokens: window,
        max_output_tokens: window / 4,
        image_tokens: images,
        low_detail_image_tokens: images.map(|tokens| tokens / 10),
    };
    ListedModel { provider: Provider::OPENAI, model: model.to_owned(), limits }
}

fn fee(tool: &str, model: &str, price: Option<i64>, bound: i64, result_tokens: Option<i64>) -> ToolFee {
    ToolFee {
        provider: Provider::OPENAI,
        tool: tool.to_owned(),
        model: model.to_owned(),
        effective_from: at("2026-01-01T00:00:00Z"),
        price: price.map(PicoUsd::from_pico),
        bound: PicoUsd::from_pico(bound),
        result_tokens,
    }
}

fn book() -> PriceBook {
    let facts = ModelFacts::new(
        vec![
            listed("small", "2026-01-01T00:00:00Z", 1_000, Some(100)),
            listed("small", "2026-06-01T00:00:00Z", 2_000, Some(100)),
            listed("blind", "2026-01-01T00:00:00Z", 1_000, None),
            listed("long", "2026-01-01T00:00:00Z", 100_000, None),
        ],
        vec![
            fee("search", "", Some(10), 10, Some(200)),
            fee("search", "small", Some(20), 20, Some(200)),
            fee("web_search", "", Some(10), 10, Some(300)),
            fee("files", "", Some(5), 5, None),
            fee("other", "", None, 50, None),
            fee("chat_search", "", None, 90, None),
            fee("chat_search", "blind", Some(30), 30, None),
        ],
    );
    book_of(&[
        "priced default 0 2026-01-01 1/-/-/1",
        "long default 0 2026-01-01 1/-/-/1",
        "long default 700 2026-01-01 2/-/-/2",
    ])
    .with_facts(facts)
}

fn bound_at(model: &str, content: &RequestContent, endpoint: Endpoint, day: &str) -> Bound {
    let request = BoundedRequest {
        endpoint,
        provider: &Provider::OPENAI,
        model,
        service_tier: None,
        content,
        output_tokens: None,
        choices: 1,
    };
    book().request_bound(&request, at(day))
}

fn bound(model: &str, content: &RequestContent) -> Bound {
    bound_at(model, content, Endpoint::Responses, "2026-03-01T00:00:00Z")
}

fn with_tools(tools: &[&str]) -> RequestContent {
    RequestContent {
        tools: tools.iter().map(|tool| (*tool).to_owned()).collect(),
        ..RequestContent::text(50)
    }
}

#[test]
fn input_is_at_most_the_window_of_a_listed_model() {
    let text = RequestContent::text;
    assert_eq!(bound("small", &text(50)).input_tokens, 50);
    assert_eq!(bound("small-2026-01-01", &text(5_000)).input_tokens, 1_000);
    assert_eq!(
        bound_at("small", &text(5_000), Endpoint::Responses, "2026-06-01T00:00:00Z").input_tokens,
        2_000
    );
    assert_eq!(bound("unheard-of", &text(5_000)).input_tokens, 5_000);
    // Several texts, each with a window of its own.
    assert_eq!(
        bound_at("small", &text(5_000), Endpoint::Embeddings, "2026-03-01T00:00:00Z").input_tokens,
        5_000
    );
    let stored = RequestContent { fills_window: true, unbounded: vec!["conversation".into()], ..text(50) };
    assert_eq!(bound("small", &stored).input_tokens, 1_000);
    let outputs =
        |stored_outputs| RequestContent { stored_outputs, unbounded: vec!["input".into()], ..text(50) };
    assert_eq!(bound("small", &outputs(1)).input_tokens, 300);
    assert_eq!(bound("small", &outputs(9)).input_tokens, 1_000);
    let searches =
        |earlier_searches| RequestContent { earlier_searches, unbounded: vec!["input".into()], ..text(50) };
    assert_eq!(bound("small", &searches(2)).input_tokens, 650);
    assert_eq!(bound("small", &searches(9)).input_tokens, 1_000);
    assert!(bound("small", &text(50)).unbounded.is_none());
}

#[test]
fn images_count_by_the_rule_of_their_model() {
    let content = RequestContent { images: 2, low_detail_images: 3, ..RequestContent::text(50) };
    let known = bound("small", &content);
    assert_eq!((known.input_tokens, known.unbounded), (280, None));
    let unknown = bound("blind", &content);
    assert_eq!((unknown.input_tokens, unknown.unbounded.unwrap().names.as_str()), (1_000, "images"));
}

#[test]
fn each_tool_call_adds_a_turn_and_its_fee() {
    let tools = bound("small", &with_tools(&["search"])).tools.unwrap();
    assert_eq!((tools.tokens_per_call, tools.fee_per_call), (250, PicoUsd::from_pico(20)));
    // A result of unknown size fills the window; so does an unknown tool, at the fee of unknown tools.
    let tools = bound("small", &with_tools(&["search", "files"])).tools.unwrap();
    assert_eq!((tools.tokens_per_call, tools.fee_per_call), (1_000, PicoUsd::from_pico(20)));
    let tools = bound("small", &with_tools(&["teleport"])).tools.unwrap();
    assert_eq!((tools.tokens_per_call, tools.fee_per_call), (1_000, PicoUsd::from_pico(50)));
    assert_eq!((tools.max_calls, tools.fill_calls), (None, 32));
    let own = RequestContent { max_tool_calls: Some(3), ..with_tools(&["search"]) };
    assert_eq!(bound("small", &own).tools.unwrap().max_calls, Some(3));
    assert!(
        bound("small", &RequestContent { max_tool_calls: Some(3), ..RequestContent::text(1) })
            .tools
            .is_none()
    );
}

#[test]
fn chat_completions_search_once_and_search_models_always_do() {
    let chat = |model: &str, content: RequestContent| {
        bound_at(model, &content, Endpoint::ChatCompletions, "2026-03-01T00:00:00Z").tools
    };
    let tools = chat("blind-2026-02-02", RequestContent::text(50)).unwrap();
    assert_eq!((tools.max_calls, tools.fee_per_call), (Some(1), PicoUsd::from_pico(30)));
    assert_eq!(chat("small", RequestContent::text(50)), None);
    let tools = chat("small", with_tools(&["chat_search"])).unwrap();
    assert_eq!((tools.max_calls, tools.fee_per_call), (Some(1), PicoUsd::from_pico(90)));
    assert_eq!(bound("blind", &RequestContent::text(50)).tools, None);
}

#[test]
fn filled_in_tool_calls_stay_below_the_price_of_long_input() {
    let search = bound("long", &with_tools(&["search"]));
    let tools = search.tools.unwrap();
    assert_eq!((tools.tokens_per_call, tools.fill_calls), (250, 2));
    assert_eq!(search.price.unwrap().input_token.as_pico_per_token(), 1_000_000);
    // One call passes the threshold: the higher price holds, and the calls are not restricted.
    let files = bound("long", &with_tools(&["files"]));
    assert_eq!(files.tools.unwrap().fill_calls, 32);
    assert_eq!(files.price.unwrap().input_token.as_pico_per_token(), 2_000_000);
}

#[test]
fn typical_amounts_are_never_more_than_the_bound() {
    let parts = |model: &str| {
        let content = RequestContent { fills_window: true, ..with_tools(&["search"]) };
        bound(model, &RequestContent { unbounded: vec!["conversation".into()], ..content }).unbounded.unwrap()
    };
    assert_eq!(parts("small").typical_input_tokens, 1_000 + 32 * 1_000);
    assert_eq!(parts("long").typical_input_tokens, 50 + 32_768 + 4 * (50 + 32_768 + 16_384));
    assert_eq!(parts("small").typical_fees, PicoUsd::from_pico(80));
    assert!(
        parts("small").is_model_known
            && parts("priced").is_model_known
            && !parts("unheard-of").is_model_known
    );
}

prop_compose! {
    fn any_content()(
        text_bytes in 0_i64..5_000,
        images in 0_i64..4,
        low_detail_images in 0_i64..4,
        stored_outputs in 0_i64..4,
        earlier_searches in 0_i64..4,
        fills_window in any::<bool>(),
        tools in prop::sample::subsequence(vec!["search", "files", "teleport"], 0..=3),
        max_tool_calls in prop::option::of(0_i64..40),
    ) -> RequestContent {
        RequestContent {
            cache_writes_long: false, has_audio: false, may_speak: false, may_draw: false, uses_other_models: false, text_bytes, images, low_detail_images,
            stored_outputs, earlier_searches, fills_window, max_tool_calls,
            tools: tools.into_iter().map(str::to_owned).collect(),
            unbounded: vec!["something".to_owned()],
        }
    }
}

proptest! {
    /// A provider that keeps to its window, its image rule and the bounds it is sent never bills more than was
    /// reserved.
    #[test]
    fn no_provider_within_its_limits_bills_more_than_the_bound(
        content in any_content(),
        model in prop::sample::select(vec!["small", "blind", "long"]),
        share in prop::array::uniform3(0_u32..=100),
        calls in 0_i64..50,
    ) {
        let book = book();
        let now = at("2026-03-01T00:00:00Z");
        let limits = *book.model_limits(openai(model), now).unwrap();
        let window = limits.context_window_tokens;
        let bound = bound(model, &content);
        let part = |whole: i64, percent: u32| whole * i64::from(percent) / 100;
        // What the provider reads in the first turn.
        let images = limits.image_tokens.map_or(window, |tokens| tokens * content.images + tokens / 10 * content.low_detail_images);
        let images = if content.images + content.low_detail_images > 0 { images } else { 0 };
        let stored = limits.max_output_tokens * content.stored_outputs + 300 * content.earlier_searches;
        let referred = if content.fills_window { window } else { 0 };
        let first = part((content.text_bytes + images + stored + referred).min(window), share[0]);
        // Each call of a tool is followed by a turn that reads everything again, with its result.
        let tools = bound.tools.as_ref();
        let calls = tools.map_or(0, |tools| calls.min(tools.max_calls.unwrap_or(tools.fill_calls)));
        let result = if content.tools.iter().all(|tool| tool == "search") { 200 } else { window };
        let turns = calls * part((first + result).min(window), share[1]);
        let usage = Usage { input_tokens: first + turns, output_tokens: part(limits.max_output_tokens, share[2]), ..Usage::default() };
        let fees: i64 = content.tools.iter().filter_map(|tool| book.tool_fee(tool, openai(model), now)).map(|fee| fee.bound.as_pico()).max().unwrap_or(0);

        let most_input = bound.input_tokens + tools.map_or(0, |tools| tools.tokens_per_call * calls);
        prop_assert!(usage.input_tokens <= most_input, "{} > {most_input}", usage.input_tokens);
        if let (Some(price), Some(quote)) = (bound.price, book.quote(None, openai(model), None, &usage, now)) {
            let reserved = price.of(most_input, usage.output_tokens).unwrap().as_pico()
                + tools.map_or(0, |tools| tools.fee_per_call.as_pico() * calls);
            prop_assert!(quote.cost.as_pico() + fees * calls <= reserved, "{quote:?} {reserved}");
        }
    }
}

#[test]
fn tool_of_a_provider_without_fees_is_bound_like_an_unknown_one() {
    let groq = Provider::parse("groq").unwrap();
    let content = RequestContent { tools: vec!["search".to_owned()], ..RequestContent::text(100) };
    let request = BoundedRequest {
        endpoint: Endpoint::Responses,
        provider: &groq,
        model: "compound",
        service_tier: None,
        content: &content,
        output_tokens: Some(10),
        choices: 1,
    };
    let tools = book().request_bound(&request, at("2026-06-02T00:00:00Z")).tools.unwrap();
    assert_eq!(tools.fee_per_call, PicoUsd::from_pico(50_000_000_000));
}
