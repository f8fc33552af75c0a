//! Whose clients request a path, and the error object that they expect.

use domain::calls::Wire;
use http::{HeaderMap, Uri};

/// The first segments of OpenAI's paths below `/v1`.
pub const OPENAI_RESOURCES: [&str; 16] = [
    "assistants",
    "audio",
    "batches",
    "chat",
    "completions",
    "containers",
    "conversations",
    "embeddings",
    "files",
    "fine_tuning",
    "images",
    "models",
    "moderations",
    "responses",
    "uploads",
    "vector_stores",
];

/// The error object that clients expect. As an extension of a response, it replaces the one that the path means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorShape {
    Problem,
    OpenAi,
    Anthropic,
    Google,
    /// Of a stream that is one array.
    GoogleArray,
    Aws,
}

impl ErrorShape {
    /// That of a provider's format, whatever the path is here.
    pub fn of_wire(wire: Wire, uri: &Uri) -> Self {
        match wire {
            Wire::OpenAi => Self::OpenAi,
            Wire::Anthropic => Self::Anthropic,
            Wire::Gemini if is_array(uri) => Self::GoogleArray,
            Wire::Gemini => Self::Google,
            Wire::Bedrock => Self::Aws,
        }
    }

    /// That of the provider whose path this is; `None` for paths of no provider.
    pub fn of_provider(uri: &Uri, headers: &HeaderMap) -> Option<Self> {
        Some(Self::of(uri, headers)).filter(|shape| *shape != Self::Problem)
    }

    /// That of the clients of a path.
    pub(crate) fn of(uri: &Uri, headers: &HeaderMap) -> Self {
        let path = uri.path();
        if is_bedrock_path(path) {
            return Self::Aws;
        }
        if is_google_path(path) || is_models_path(path) && is_google_client(uri.query(), headers) {
            return if is_array(uri) { Self::GoogleArray } else { Self::Google };
        }
        if !is_openai_path(path) {
            return if is_anthropic_path(path) { Self::Anthropic } else { Self::Problem };
        }
        // All of Anthropic's SDKs name the version of its API, on paths of both providers too.
        if is_anthropic_path(path) || headers.contains_key("anthropic-version") {
            return Self::Anthropic;
        }
        Self::OpenAi
    }
}

/// Whether a request asks for a stream that is one array.
fn is_array(uri: &Uri) -> bool {
    let last = uri.path().rsplit('/').next();
    last.and_then(method_of) == Some("streamGenerateContent") && !asks_for_events(uri.query())
}

/// Whether this is a path below Bedrock's own prefix.
pub fn is_bedrock_path(path: &str) -> bool {
    path.split('/').find(|segment| !segment.is_empty()) == Some("bedrock")
}

/// Whether this is a path of the Gemini API: its own versions, its prefix here, or a method of a model.
pub fn is_google_path(path: &str) -> bool {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    let first = segments.next().unwrap_or_default();
    matches!(first, "v1beta" | "v1alpha" | "gemini")
        || first == "v1"
            && matches!(segments.next(), Some("models" | "tunedModels"))
            && segments.next_back().is_some_and(is_google_method)
}

/// Whether the end of a path is a model with a method, not a model whose name has a colon.
pub fn is_google_method(segment: &str) -> bool {
    let ends = ["Content", "Contents", "Tokens", "Answer"];
    method_of(segment).is_some_and(|method| ends.iter().any(|end| method.ends_with(end)))
}

/// What follows the name of a model and a colon, which clients may encode.
fn method_of(segment: &str) -> Option<&str> {
    [":", "%3A", "%3a"].iter().find_map(|colon| segment.rsplit_once(colon)).map(|(_, method)| method)
}

/// Whether providers list their models here: three of them share the path.
fn is_models_path(path: &str) -> bool {
    path == "/v1/models" || path.starts_with("/v1/models/")
}

/// Whether one of Google's clients sent a request to a path that providers share. Anthropic's name their version.
pub fn is_google_client(query: Option<&str>, headers: &HeaderMap) -> bool {
    let is_named = ["x-goog-api-client", "x-goog-api-key"].iter().any(|name| headers.contains_key(*name));
    let has_key = || query.unwrap_or_default().split('&').any(|pair| pair.starts_with("key="));
    !headers.contains_key("anthropic-version") && (is_named || has_key())
}

/// Whether a request for a stream asks for server-sent events; otherwise the answer is one JSON array.
pub fn asks_for_events(query: Option<&str>) -> bool {
    query.unwrap_or_default().split('&').any(|pair| matches!(pair, "alt=sse" | "$alt=sse" | "%24alt=sse"))
}

/// Whether this is a path of Anthropic's Messages, with `/v1` or without.
pub fn is_anthropic_path(path: &str) -> bool {
    let mut segments =
        path.split('/').filter(|segment| !segment.is_empty()).skip_while(|first| *first == "v1");
    segments.next() == Some("messages")
}

/// Whether clients of this path expect OpenAI's error object. Besides `/v1`, these are the paths that such clients
/// request if their base URL lacks it, or if it is one of Azure's.
pub fn is_openai_path(path: &str) -> bool {
    let first = path.split('/').find(|segment| !segment.is_empty()).unwrap_or_default();
    matches!(first, "v1" | "openai") || OPENAI_RESOURCES.contains(&first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_of_models_have_errors_of_google_however_the_colon_is_written() {
        for colon in [":", "%3A", "%3a"] {
            for (path, expected) in [
                ("/v1/models/m{}generateContent", ErrorShape::Google),
                ("/v1/models/m{}streamGenerateContent", ErrorShape::GoogleArray),
                ("/v1/models/m{}streamGenerateContent?alt=sse", ErrorShape::Google),
                ("/v1beta/models/m{}countTokens", ErrorShape::Google),
                ("/v1/models/ft{}gpt-4o", ErrorShape::OpenAi),
            ] {
                let uri: Uri = path.replace("{}", colon).parse().unwrap();
                assert_eq!(ErrorShape::of(&uri, &HeaderMap::new()), expected, "{uri}");
            }
        }
    }
}
