//! Every fault of the provider, buffered and streamed: what the caller sees and what the ledger records.

mod chat_completions;
mod embeddings;
mod llm_chat;
mod matrix;
mod responses;
