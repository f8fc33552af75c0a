// A request of this page as a shell command. The key stays out of it: readers set their own.
import { stringifySearch } from './search';

/** Quotes for POSIX shells. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;

export function curlOf(origin: string, path: string, query: Record<string, unknown>): string {
  const url = `${origin}${path}${stringifySearch(query)}`;
  return `curl ${quoted(url)} \\\n  -H "Authorization: Bearer $TOKENMETER_KEY"`;
}
