//! Ids of the objects that the provider made for a response. Anyone who knows one can use it in further requests, so
//! each is kept with its owner before it is passed on.

use crate::json::{as_array, as_present, as_str, members};

/// Longer ids, and ids with other characters, are no ids of the provider.
const MAX_ID_CHARS: usize = 256;
/// How deep objects are searched for containers.
const MAX_DEPTH: usize = 16;

/// Each id once, in the order in which they appeared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MadeObjects {
    /// The response and its items, which exist only if the response is stored.
    pub stored: Vec<String>,
    /// Containers, in which tools of the provider ran. They outlive the response, stored or not.
    pub containers: Vec<String>,
    /// Answers in audio of a chat completion, which later messages can name, stored or not.
    pub audio: Vec<String>,
}

impl MadeObjects {
    pub(crate) fn add_response(&mut self, id: &str) {
        add(&mut self.stored, id);
    }

    pub(crate) fn add_containers(&mut self, ids: &[String]) {
        for id in ids {
            add(&mut self.containers, id);
        }
    }

    /// All items of a list.
    pub(crate) fn add_items(&mut self, list: &str) {
        for item in as_array(list).unwrap_or_default() {
            self.add_item(item);
        }
    }

    pub(crate) fn add_item(&mut self, item: &str) {
        for member in members(item).unwrap_or_default() {
            if member.key == "id"
                && let Some(id) = as_str(member.value)
            {
                add(&mut self.stored, &id);
            }
        }
        for id in containers(item) {
            add(&mut self.containers, &id);
        }
    }

    /// The audio of a message, or of a piece of one.
    pub(crate) fn add_audio(&mut self, message: &str) {
        for id in audio_ids(message) {
            add(&mut self.audio, &id);
        }
    }

    pub(crate) fn extend(&mut self, other: &Self) {
        other.stored.iter().for_each(|id| add(&mut self.stored, id));
        other.containers.iter().for_each(|id| add(&mut self.containers, id));
        other.audio.iter().for_each(|id| add(&mut self.audio, id));
    }
}

/// Whether a value may have a member `audio`, whose name can be written with escapes.
pub(super) fn may_name_audio(value: &str) -> bool {
    value.contains("\"audio\"") || value.contains("\\u")
}

/// `audio.id` of a message; each, if a member appears twice.
pub(super) fn audio_ids(message: &str) -> Vec<String> {
    if !may_name_audio(message) {
        return Vec::new();
    }
    let fields = members(message).unwrap_or_default();
    let audio =
        fields.iter().filter(|field| field.key == "audio").filter_map(|field| as_present(field.value));
    let named = audio.flat_map(|audio| members(audio).unwrap_or_default()).filter(|field| field.key == "id");
    named.filter_map(|field| as_str(field.value).map(Into::into)).collect()
}

fn add(ids: &mut Vec<String>, id: &str) {
    if is_id(id) && !ids.iter().any(|known| known == id) {
        ids.push(id.to_owned());
    }
}

/// Whether a text can be the id of an object at the provider.
pub fn is_id(text: &str) -> bool {
    let is_plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-' | b'.' | b':');
    (1..=MAX_ID_CHARS).contains(&text.len()) && text.bytes().all(is_plain)
}

/// Ids of containers anywhere in a value.
pub(super) fn containers(value: &str) -> Vec<String> {
    let mut found = Vec::new();
    // A name can be written with escapes.
    if value.contains("container") || value.contains("\\u") {
        find_containers(value, MAX_DEPTH, &mut found);
    }
    found
}

fn find_containers(value: &str, depth: usize, found: &mut Vec<String>) {
    let Some(depth) = depth.checked_sub(1) else { return };
    if value.starts_with('[') {
        as_array(value)
            .unwrap_or_default()
            .into_iter()
            .for_each(|value| find_containers(value, depth, found));
    } else if value.starts_with('{') {
        for member in members(value).unwrap_or_default() {
            let Some(value) = as_present(member.value) else { continue };
            match as_str(value) {
                Some(id) if matches!(&*member.key, "container" | "container_id") => {
                    found.push(id.into_owned());
                }
                _ => find_containers(value, depth, found),
            }
        }
    }
}
