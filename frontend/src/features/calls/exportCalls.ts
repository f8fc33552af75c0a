// Streams an export into a file and counts its rows. The last line says if the export broke off.
import { api } from '../../api/client';
import { ApiError, isProblem } from '../../api/errors';
import type { ExportParams } from '../../api/params';
import type { Sink } from '../../lib/download';

export type Format = 'csv' | 'ndjson';

/** The export broke off after it had begun; what was saved is not complete. */
export class BrokenExport extends Error {
  override readonly name = 'BrokenExport';
}

export async function exportCalls(
  query: ExportParams,
  sink: Sink,
  onRows: (rows: number) => void,
  signal: AbortSignal,
): Promise<number> {
  try {
    const counted = await copy(
      await openExport(query, signal),
      query.format ?? 'csv',
      sink,
      onRows,
    );
    await sink.close();
    return counted;
  } catch (error) {
    await sink.abort();
    throw error;
  }
}

async function openExport(query: ExportParams, signal: AbortSignal) {
  const { data, error, response } = await api.GET('/api/usage/export', {
    params: { query },
    parseAs: 'stream',
    signal,
  });
  if (data && response.ok) return data;
  throw new ApiError(
    isProblem(error)
      ? { kind: 'problem', status: response.status, problem: error }
      : { kind: 'unreadable', status: response.status },
  );
}

const NEWLINE = 10;
const TAIL = 4_096;

async function copy(
  stream: ReadableStream<Uint8Array>,
  format: Format,
  sink: Sink,
  onRows: (rows: number) => void,
): Promise<number> {
  const reader = stream.getReader();
  let tail = new Uint8Array();
  let lines = 0;
  for (;;) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      if (cause instanceof DOMException && cause.name === 'AbortError') throw cause;
      throw new BrokenExport('The connection was lost.', { cause });
    });
    if (done) break;
    for (const byte of value) if (byte === NEWLINE) lines += 1;
    tail = lastBytes(tail, value);
    await sink.write(value);
    onRows(rowsOf(lines, format));
  }
  if (endsWithError(new TextDecoder().decode(tail), format)) {
    throw new BrokenExport('The API could not finish it.');
  }
  return rowsOf(lines, format);
}

/** CSV has a header; text fields may hold line breaks, so the count is of lines and only shown as progress. */
const rowsOf = (lines: number, format: Format) => Math.max(0, format === 'csv' ? lines - 1 : lines);

function lastBytes(before: Uint8Array, added: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(before.length + added.length);
  joined.set(before);
  joined.set(added, before.length);
  return joined.slice(-TAIL);
}

export function endsWithError(tail: string, format: Format): boolean {
  const last = tail.trimEnd().split('\n').at(-1) ?? '';
  if (format === 'csv') return last.startsWith('#error');
  try {
    const parsed: unknown = JSON.parse(last);
    return typeof parsed === 'object' && parsed !== null && Object.keys(parsed).join() === 'error';
  } catch {
    // Nothing at all, or a line longer than what is kept of the end: an error line is short.
    return false;
  }
}
