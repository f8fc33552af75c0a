//! Tools of the provider that a candidate shows to have been used.

use super::field;
use crate::json::{Member, as_str, as_text, read_array, read_object};
use crate::sse::Observed;

/// Names of the fee table.
const WEB_SEARCH: &str = "web_search";
const WEB_FETCH: &str = "web_fetch";
const CODE_EXECUTION: &str = "code_execution";
const FILE_SEARCH: &str = "file_search";
const GOOGLE_MAPS: &str = "google_maps";

/// What is repeated in several chunks counts once: by the candidate and what was looked for.
pub(super) fn read(candidate: &[Member<'_>], index: u32, observed: &mut Observed) {
    let url_context = field(candidate, "urlContextMetadata");
    if let Some(grounding) = field(candidate, "groundingMetadata") {
        read_grounding(grounding, (index, url_context.is_some()), observed);
    }
    if let Some(url_context) = url_context {
        let members = read_object(url_context).map(|fetched| fetched.members).unwrap_or_default();
        let fetched = field(&members, "urlMetadata").map(read_array).unwrap_or_default();
        for (at, _) in fetched.into_iter().enumerate() {
            observed.used_tools.add_use(WEB_FETCH, format!("{index} {at}"));
        }
    }
    let content = field(candidate, "content").and_then(read_object);
    let members = content.map(|content| content.members).unwrap_or_default();
    for part in field(&members, "parts").map(read_array).unwrap_or_default() {
        let members = read_object(part).map(|part| part.members).unwrap_or_default();
        if let Some(code) = field(&members, "executableCode") {
            observed.used_tools.add_use(CODE_EXECUTION, format!("{index} {code}"));
        }
    }
}

/// From Gemini 3 on each query has its fee, before each answer that used any.
fn read_grounding(grounding: &str, (index, has_fetched): (u32, bool), observed: &mut Observed) {
    let members = read_object(grounding).map(|grounding| grounding.members).unwrap_or_default();
    let queries = field(&members, "webSearchQueries").map(read_array).unwrap_or_default();
    let is_by_answer = observed.served_model.as_deref().is_some_and(is_by_answer);
    for (at, query) in queries.iter().enumerate() {
        let text = as_text(query).unwrap_or_default();
        let earlier = queries.iter().take(at).filter(|earlier| *earlier == query).count();
        let own = if is_by_answer { String::new() } else { format!("{index} {earlier} {text}") };
        observed.used_tools.add_use(WEB_SEARCH, own);
    }
    for chunk in field(&members, "groundingChunks").map(read_array).unwrap_or_default() {
        let sources = read_object(chunk).map(|chunk| chunk.members).unwrap_or_default();
        for source in sources {
            match source.key.as_ref() {
                // A page without a query that found it, unless the request named it.
                "web" if queries.is_empty() && !has_fetched => {
                    observed.used_tools.add_use(WEB_SEARCH, String::new());
                }
                "maps" => observed.used_tools.add_use(GOOGLE_MAPS, String::new()),
                "retrievedContext" => observed.used_tools.add_use(FILE_SEARCH, String::new()),
                _ => {}
            }
        }
    }
    let has_maps = field(&members, "googleMapsWidgetContextToken").and_then(as_str).is_some();
    if has_maps {
        observed.used_tools.add_use(GOOGLE_MAPS, String::new());
    }
}

/// Whether grounding with this model has one fee for an answer, however many queries it made.
fn is_by_answer(model: &str) -> bool {
    let name = model.strip_prefix("models/").unwrap_or(model);
    ["gemini-1", "gemini-2"].iter().any(|generation| name.starts_with(generation))
}
