//! Function chat.
