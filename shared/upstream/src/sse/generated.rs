//! Counts generated text that a stream may repeat: in deltas, then whole, then as part of larger objects.

/// UTF-8 bytes of text by the kind of event that carried it. Each kind has the text at most once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct GeneratedText {
    deltas: u64,
    /// `response.output_text.done` and the like.
    done: u64,
    /// `response.content_part.done`
    parts: u64,
    /// `response.output_item.done`
    items: u64,
    /// The output of the final response.
    response: u64,
}

impl GeneratedText {
    /// The text that was seen at least once.
    pub(super) fn bytes(&self) -> u64 {
        self.deltas.max(self.done).max(self.parts).max(self.items).max(self.response)
    }

    pub(crate) fn add_delta(&mut self, bytes: u64) {
        self.deltas = self.deltas.saturating_add(bytes);
    }

    pub(crate) fn add_done(&mut self, bytes: u64) {
        self.done = self.done.saturating_add(bytes);
    }

    pub(crate) fn add_part(&mut self, bytes: u64) {
        self.parts = self.parts.saturating_add(bytes);
    }

    pub(crate) fn add_item(&mut self, bytes: u64) {
        self.items = self.items.saturating_add(bytes);
    }

    pub(crate) fn set_response(&mut self, bytes: u64) {
        self.response = self.response.max(bytes);
    }
}
