//! Rows in Postgres's binary COPY format, in the order of [`COLUMNS`].

use anyhow::Context;
use bytes::{BufMut, Bytes, BytesMut};
use domain::usage::Usage;
use futures_util::SinkExt;
use tokio_postgres::CopyInSink;

/// Without the columns that only corrections and rare calls use.
pub(crate) const COLUMNS: &str = "created_at, started_at, input_tokens, uncached_tokens, cached_tokens, \
    cache_write_tokens, audio_input_tokens, output_tokens, reasoning_tokens, audio_output_tokens, cost_pico_usd, \
    price_id, id, key_id, latency_us, first_byte_us, overhead_us, http_status, attempts, stream, user_label, model, \
    endpoint, status, served_model, service_tier, error_code, upstream_request_id, sdk, tags, raw_usage";
const COLUMN_COUNT: i16 = 31;
/// Sent to the server in pieces of this size.
const CHUNK: usize = 256 * 1024;
pub(super) const POSTGRES_EPOCH_MICROS: i64 = 946_684_800_000_000;

/// One generated call.
pub(crate) struct GeneratedRow<'a> {
    /// Since 1970.
    pub created_at_micros: i64,
    pub latency_us: i32,
    pub first_byte_us: Option<i32>,
    pub overhead_us: i32,
    pub usage: Usage,
    pub cost_pico_usd: Option<i64>,
    pub price_id: Option<i64>,
    pub id: [u8; 16],
    pub key_id: [u8; 16],
    pub http_status: Option<i16>,
    pub attempts: i16,
    pub stream: bool,
    /// The numbers of its label and its model.
    pub group: (usize, usize),
    pub user_label: &'a str,
    pub model: &'a str,
    pub endpoint: &'a str,
    pub status: &'a str,
    pub served_model: Option<&'a str>,
    pub error_code: Option<&'a str>,
    pub upstream_request_id: Option<&'a str>,
    pub sdk: &'a str,
    pub tags: Option<&'a str>,
    pub raw_usage: Option<&'a str>,
}

pub(crate) struct CopySink {
    sink: std::pin::Pin<Box<CopyInSink<Bytes>>>,
    buffer: BytesMut,
}

impl CopySink {
    pub(crate) fn new(sink: CopyInSink<Bytes>) -> Self {
        let mut buffer = BytesMut::with_capacity(CHUNK + 4096);
        buffer.put_slice(b"PGCOPY\n\xff\r\n\0");
        buffer.put_i64(0); // no flags, no extension
        Self { sink: Box::pin(sink), buffer }
    }

    /// Sends one row, which `put` writes.
    pub(crate) async fn send(&mut self, put: impl FnOnce(&mut BytesMut)) -> anyhow::Result<()> {
        put(&mut self.buffer);
        if self.buffer.len() >= CHUNK {
            let chunk = std::mem::replace(&mut self.buffer, BytesMut::with_capacity(CHUNK + 4096));
            self.sink.send(chunk.freeze()).await.context("the copy failed")?;
        }
        Ok(())
    }

    pub(crate) async fn finish(mut self) -> anyhow::Result<u64> {
        self.buffer.put_i16(-1);
        self.sink.send(self.buffer.freeze()).await?;
        Ok(self.sink.as_mut().finish().await?)
    }
}

impl GeneratedRow<'_> {
    pub(super) fn put(&self, out: &mut BytesMut) {
        out.put_i16(COLUMN_COUNT);
        int8(out, self.created_at_micros - POSTGRES_EPOCH_MICROS);
        int8(out, self.created_at_micros - i64::from(self.latency_us) - POSTGRES_EPOCH_MICROS);
        let usage = &self.usage;
        int8(out, usage.input_tokens);
        int8(
            out,
            usage.input_tokens - usage.cached_tokens - usage.cache_write_tokens - usage.audio_input_tokens,
        );
        for tokens in [
            usage.cached_tokens,
            usage.cache_write_tokens,
            usage.audio_input_tokens,
            usage.output_tokens,
            usage.reasoning_tokens,
            usage.audio_output_tokens,
        ] {
            int8(out, tokens);
        }
        optional(out, self.cost_pico_usd, int8);
        optional(out, self.price_id, int8);
        bytes(out, &self.id);
        bytes(out, &self.key_id);
        int4(out, self.latency_us);
        optional(out, self.first_byte_us, int4);
        int4(out, self.overhead_us);
        optional(out, self.http_status, int2);
        int2(out, self.attempts);
        bytes(out, &[u8::from(self.stream)]);
        for text in [self.user_label, self.model, self.endpoint, self.status] {
            bytes(out, text.as_bytes());
        }
        optional(out, self.served_model, text);
        bytes(out, b"default");
        optional(out, self.error_code, text);
        optional(out, self.upstream_request_id, text);
        text(out, self.sdk);
        optional(out, self.tags, jsonb);
        optional(out, self.raw_usage, text);
    }
}

pub(super) fn optional<T>(out: &mut BytesMut, value: Option<T>, put: impl Fn(&mut BytesMut, T)) {
    match value {
        Some(value) => put(out, value),
        None => out.put_i32(-1),
    }
}

pub(super) fn int8(out: &mut BytesMut, value: i64) {
    out.put_i32(8);
    out.put_i64(value);
}

pub(super) fn int4(out: &mut BytesMut, value: i32) {
    out.put_i32(4);
    out.put_i32(value);
}

pub(super) fn int2(out: &mut BytesMut, value: i16) {
    out.put_i32(2);
    out.put_i16(value);
}

pub(super) fn text(out: &mut BytesMut, value: &str) {
    bytes(out, value.as_bytes());
}

fn jsonb(out: &mut BytesMut, value: &str) {
    out.put_i32(length(value.len() + 1));
    out.put_u8(1); // the format's version
    out.put_slice(value.as_bytes());
}

pub(super) fn bytes(out: &mut BytesMut, value: &[u8]) {
    out.put_i32(length(value.len()));
    out.put_slice(value);
}

/// A whole number: its digits of base 10,000, the highest first, of which the last counts 10,000 to the power of `lowest`.
pub(super) fn numeric(out: &mut BytesMut, digits: &[i16], lowest: i16) {
    let count = i16::try_from(digits.len()).unwrap_or(i16::MAX);
    out.put_i32(length(8 + 2 * digits.len()));
    for word in [count, lowest + count - 1, 0, 0].iter().chain(digits) {
        out.put_i16(*word);
    }
}

fn length(bytes: usize) -> i32 {
    i32::try_from(bytes).unwrap_or(i32::MAX)
}
