//! Media within a request. Pictures count by a rule, text by its bytes, and all else may fill the context window.

use super::field;
use crate::json::{as_text, members};
use crate::wire::found::Found;

pub(super) fn scan_media(found: &mut Found, name: &str, media: &str) {
    let fields = members(media).unwrap_or_default();
    let kind = field(&fields, "mimeType").and_then(as_text).unwrap_or_default().to_ascii_lowercase();
    match kind.split_once('/') {
        Some(("text", _)) => {}
        Some(("image", _)) => {
            found.content.images += 1;
            found.inline_image_bytes += field(&fields, "data").map_or(0, str::len);
        }
        _ => found.fill_window(&format!("{name}.inlineData")),
    }
}
