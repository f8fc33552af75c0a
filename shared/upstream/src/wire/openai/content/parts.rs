//! The parts of a message or item: text, images, audio and files.

use crate::json::as_str;
use crate::json::valid::{as_array, is_string, members};
use crate::wire::found::{Found, is_twice, kind_of};

const INLINE_PARTS: [&str; 6] =
    ["text", "input_text", "output_text", "summary_text", "reasoning_text", "refusal"];

impl Found {
    pub(super) fn scan_content(&mut self, name: &str, content: &str) {
        if is_string(content) {
            return;
        }
        let parts = match as_array(content) {
            Some(parts) => parts,
            // The screenshot of a computer call is one part.
            None if content.starts_with('{') => vec![content],
            None => return self.fill_window(&format!("{name}.content")),
        };
        for part in parts {
            match kind_of(part).as_deref() {
                Some(kind) if INLINE_PARTS.contains(&kind) => {}
                // Base64 audio has far more bytes than tokens.
                Some("input_audio") => self.content.has_audio = true,
                Some("image_url" | "input_image" | "computer_screenshot") => self.scan_image(part),
                kind => self.fill_window(&format!("{name}.{}", kind.unwrap_or("unknown"))),
            }
        }
    }

    /// An image counts by its size in pixels, which its bytes do not show: a tiny one may count thousands of tokens.
    fn scan_image(&mut self, part: &str) {
        let fields = members(part).unwrap_or_default();
        let mut detail = None;
        for member in &fields {
            match member.key.as_ref() {
                "detail" => detail = as_str(member.value),
                "image_url" => {
                    self.inline_image_bytes += inline_bytes(member.value);
                    for inner in members(member.value).unwrap_or_default() {
                        match inner.key.as_ref() {
                            "detail" => detail = as_str(inner.value),
                            "url" => self.inline_image_bytes += inline_bytes(inner.value),
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        let is_ambiguous = is_twice(&fields, "detail") || is_twice(&fields, "image_url");
        if detail.as_deref() == Some("low") && !is_ambiguous {
            self.content.low_detail_images += 1;
        } else {
            self.content.images += 1;
        }
    }
}

/// The length of a data URL; 0 for any other.
fn inline_bytes(url: &str) -> usize {
    if url.starts_with("\"data:image") { url.len() } else { 0 }
}
