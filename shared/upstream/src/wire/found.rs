//! What was found in a request that decides how much the provider can bill for it.

use domain::calls::RequestContent;

use crate::json::valid::{as_array, members};
use crate::json::{Member, as_str};

const MAX_NAMES: usize = 16;
const MAX_NAME_CHARS: usize = 64;

/// Collects the content of a body.
pub(super) struct Found {
    pub content: RequestContent,
    /// Of images in the body, which count by their own rule and not as text.
    pub inline_image_bytes: usize,
}

impl Found {
    pub(super) fn in_body(body: &str) -> Self {
        Self { content: RequestContent::text(body.len()), inline_image_bytes: 0 }
    }

    pub(super) fn into_content(mut self) -> RequestContent {
        let inline = i64::try_from(self.inline_image_bytes).unwrap_or(i64::MAX);
        self.content.text_bytes = self.content.text_bytes.saturating_sub(inline);
        self.content
    }

    /// The caller chose part of the name, so it is shortened and control characters are removed.
    pub(super) fn name(&mut self, name: &str) {
        let name: String = name.chars().filter(|c| !c.is_control()).take(MAX_NAME_CHARS).collect();
        let names = &mut self.content.unbounded;
        if names.len() < MAX_NAMES && !names.contains(&name) {
            names.push(name);
        }
    }

    /// Something of unknown size.
    pub(super) fn fill_window(&mut self, name: &str) {
        self.name(name);
        self.content.fills_window = true;
    }

    /// The kinds of output that a request asks for, in the words of any provider. One that is not known may be any kind.
    pub(super) fn scan_modalities(&mut self, list: &str) {
        let words = as_array(list);
        let content = &mut self.content;
        if words.is_none() {
            (content.may_speak, content.may_draw) = (true, true);
        }
        for word in words.unwrap_or_default() {
            let word = as_str(word).map(|word| word.to_ascii_lowercase());
            match word.as_deref() {
                Some("text") => {}
                Some("audio") => content.may_speak = true,
                Some("image") => content.may_draw = true,
                _ => (content.may_speak, content.may_draw) = (true, true),
            }
        }
    }

    /// A tool that the provider runs, as the fee table names it.
    pub(super) fn add_tool(&mut self, name: &str, tool: &str) {
        self.name(name);
        let tools = &mut self.content.tools;
        if tools.len() < MAX_NAMES && !tools.iter().any(|known| known == tool) {
            tools.push(tool.to_owned());
        }
    }
}

/// The `type` of a tool or a content part. If it appears twice, the provider may take either.
pub(super) fn kind_of(object: &str) -> Option<String> {
    let fields = members(object)?;
    if is_twice(&fields, "type") {
        return Some("type appears twice".to_owned());
    }
    let field = fields.iter().find(|member| member.key == "type")?;
    as_str(field.value).map(Into::into)
}

pub(super) fn is_twice(fields: &[Member<'_>], name: &str) -> bool {
    fields.iter().filter(|member| member.key == name).count() > 1
}
