//! Objects at the provider that a request names by their ids. All callers share one account there, so it is for us to
//! decide whether the caller may use them.

use domain::calls::Endpoint;

use super::content::INLINE_ITEMS;
use super::made_objects::{audio_ids, containers, may_name_audio};
use crate::json::valid::{as_array, members};
use crate::json::{Member, as_present, as_str};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamedObjects {
    /// `previous_response_id`
    pub responses: Vec<String>,
    /// Items of which only the id is sent: the provider adds what it has stored.
    pub items: Vec<String>,
    /// Items that are sent back with their id. The provider may have stored more of them than they show.
    pub sent_back: Vec<String>,
    pub conversations: Vec<String>,
    pub containers: Vec<String>,
    /// Earlier answers in audio, `messages[].audio.id`
    pub audio: Vec<String>,
}

impl NamedObjects {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Reads a body. If a member appears twice, the provider may take either, so both count.
    pub(crate) fn of(endpoint: Endpoint, body: &str) -> Self {
        let mut named = Self::default();
        if endpoint == Endpoint::ChatCompletions {
            named.add_messages(body);
            return named;
        }
        // A name can be written with escapes.
        let may_name = ["\"id\"", "previous_response_id", "conversation", "container", "\\u"];
        if !endpoint.is_responses() || !may_name.iter().any(|name| body.contains(name)) {
            return named;
        }
        for member in members(body).unwrap_or_default() {
            let Some(value) = as_present(member.value) else { continue };
            match member.key.as_ref() {
                "previous_response_id" => named.responses.extend(as_str(value).map(Into::into)),
                "conversation" => match as_str(value) {
                    Some(id) => named.conversations.push(id.into_owned()),
                    None => named.conversations.extend(ids(&members(value).unwrap_or_default())),
                },
                "tools" => named.containers.extend(containers(value)),
                "input" => {
                    as_array(value).unwrap_or_default().into_iter().for_each(|item| named.add_item(item));
                }
                _ => {}
            }
        }
        named
    }

    fn add_messages(&mut self, body: &str) {
        if !may_name_audio(body) {
            return;
        }
        for member in members(body).unwrap_or_default() {
            if member.key == "messages" {
                let messages = as_array(member.value).unwrap_or_default();
                self.audio.extend(messages.into_iter().flat_map(audio_ids));
            }
        }
    }

    fn add_item(&mut self, item: &str) {
        self.containers.extend(containers(item));
        let Some(fields) = members(item) else { return };
        let ids = ids(&fields);
        if ids.is_empty() {
            return;
        }
        let values = |name: &'static str| fields.iter().filter(move |field| field.key == name);
        let has = |name| values(name).any(|field| as_present(field.value).is_some());
        let kinds: Vec<_> = values("type").filter_map(|kind| as_present(kind.value).map(as_str)).collect();
        match kinds.as_slice() {
            [] if has("role") && has("content") => {}
            // A reference may omit its type. A type that is no text, or several, may be read as one.
            [] | [None] | [_, _, ..] => self.items.extend(ids),
            [Some(kind)] => match kind.as_ref() {
                "item_reference" => self.items.extend(ids),
                kind if INLINE_ITEMS.contains(&kind) => {}
                "reasoning" | "compaction" if is_inline(&fields) => {}
                "reasoning" => self.items.extend(ids),
                _ => self.sent_back.extend(ids),
            },
        }
    }
}

fn ids(fields: &[Member<'_>]) -> Vec<String> {
    let ids = fields.iter().filter(|field| field.key == "id").filter_map(|field| as_str(field.value));
    ids.map(Into::into).collect()
}

/// Whether what the provider needs to know of an item comes with it, encrypted.
fn is_inline(fields: &[Member<'_>]) -> bool {
    let mut encrypted = fields.iter().filter(|field| field.key == "encrypted_content").peekable();
    encrypted.peek().is_some()
        && encrypted.all(|field| as_str(field.value).is_some_and(|text| !text.is_empty()))
}
