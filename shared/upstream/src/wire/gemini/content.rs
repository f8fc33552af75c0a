//! What of a request for content decides how much the provider can bill for it.
//!
//! Only known parts are taken for what they are. Every other one may fill the context window, so that a part the
//! provider adds later is bounded as well.

use domain::calls::{Endpoint, RequestContent};

use super::json_name;
use super::media::scan_media;
use super::tools::scan_tools;
use crate::json::as_present;
use crate::json::valid::{as_array, members};
use crate::wire::found::Found;

/// What the provider may add to a request, in tokens. Nothing is published.
const OVERHEAD_TOKENS: i64 = 1_024;

/// Members of a part whose bytes are all they are.
const INLINE_MEMBERS: [&str; 10] = [
    "text",
    "thought",
    "thoughtSignature",
    "functionCall",
    "executableCode",
    "codeExecutionResult",
    "videoMetadata",
    "mediaResolution",
    "partMetadata",
    "toolCall",
];

/// Members of a request whose bytes are all they add to the input.
const INLINE_REQUEST_MEMBERS: [&str; 14] = [
    "model",
    "toolConfig",
    "safetySettings",
    "generationConfig",
    "serviceTier",
    "labels",
    "metadata",
    "store",
    "taskType",
    "title",
    "outputDimensionality",
    "embedContentConfig",
    "autoTruncate",
    "audioTrackExtraction",
];

/// Reads the content of a body. Walks all of it.
pub(crate) fn content(endpoint: Endpoint, body: &str) -> RequestContent {
    let mut found = Found::in_body(body);
    if endpoint.is_free() {
        return found.content;
    }
    found.content.text_bytes = found.content.text_bytes.saturating_add(OVERHEAD_TOKENS);
    scan_request(&mut found, body);
    if endpoint == Endpoint::GenerateContent {
        scan_output(&mut found, body);
    }
    found.into_content()
}

/// What kinds of output a request asks for. One that does not say gets what its model makes.
fn scan_output(found: &mut Found, body: &str) {
    let mut asked = None;
    for config in
        members(body).unwrap_or_default().iter().filter(|field| json_name(&field.key) == "generationConfig")
    {
        for field in members(config.value).unwrap_or_default() {
            let Some(value) = as_present(field.value) else { continue };
            match json_name(&field.key).as_ref() {
                "responseModalities" => asked = Some(value),
                "speechConfig" => found.content.may_speak = true,
                _ => {}
            }
        }
    }
    match asked {
        Some(list) if as_array(list).is_none_or(|words| !words.is_empty()) => found.scan_modalities(list),
        _ => (found.content.may_speak, found.content.may_draw) = (true, true),
    }
}

fn scan_request(found: &mut Found, request: &str) {
    for member in members(request).unwrap_or_default() {
        let Some(value) = as_present(member.value) else { continue };
        match json_name(&member.key).as_ref() {
            "contents" => scan_contents(found, value),
            "systemInstruction" => scan_content(found, "systemInstruction", value),
            "content" => scan_content(found, "content", value),
            "tools" => scan_tools(found, value),
            "requests" => match as_array(value) {
                Some(requests) => requests.into_iter().for_each(|request| scan_request(found, request)),
                None => found.fill_window("requests"),
            },
            name if INLINE_REQUEST_MEMBERS.contains(&name) => {}
            // What the provider keeps of an earlier request, as `cachedContent` and `continuationToken`, among them.
            name => found.fill_window(name),
        }
    }
}

/// Contents, or one of them.
fn scan_contents(found: &mut Found, contents: &str) {
    match as_array(contents) {
        Some(contents) => contents.into_iter().for_each(|content| scan_content(found, "contents", content)),
        None => scan_content(found, "contents", contents),
    }
}

fn scan_content(found: &mut Found, name: &str, content: &str) {
    let Some(fields) = members(content) else { return found.fill_window(name) };
    for field in fields.iter().filter(|field| json_name(&field.key) == "parts") {
        scan_parts(found, name, field.value);
    }
}

/// Parts, or one of them.
fn scan_parts(found: &mut Found, name: &str, parts: &str) {
    match as_array(parts) {
        Some(parts) => parts.into_iter().for_each(|part| scan_part(found, name, part)),
        None => scan_part(found, name, parts),
    }
}

fn scan_part(found: &mut Found, name: &str, part: &str) {
    let Some(fields) = members(part) else { return found.fill_window(name) };
    for field in fields {
        let Some(value) = as_present(field.value) else { continue };
        match json_name(&field.key).as_ref() {
            member if INLINE_MEMBERS.contains(&member) => {}
            "inlineData" => scan_media(found, name, value),
            "functionResponse" => scan_function_response(found, name, value),
            member => found.fill_window(&format!("{name}.{member}")),
        }
    }
}

/// Text, and media in parts of its own.
fn scan_function_response(found: &mut Found, name: &str, response: &str) {
    let Some(fields) = members(response) else {
        return found.fill_window(&format!("{name}.functionResponse"));
    };
    for field in fields.iter().filter(|field| json_name(&field.key) == "parts") {
        if as_present(field.value).is_some() {
            scan_parts(found, &format!("{name}.functionResponse"), field.value);
        }
    }
}
