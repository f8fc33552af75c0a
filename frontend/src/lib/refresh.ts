// Whether figures change because calls arrived, not because the reader chose something else.

/** Responses of one refresh arrive within this. */
const REFRESH_MS = 10_000;

let refresh: { address: string; until: number } | undefined;

export function startRefresh(now: number): void {
  refresh = { address: location.href, until: now + REFRESH_MS };
}

/** Another address shows something else: its figures are new, not changed. */
export const isRefresh = (now: number): boolean =>
  refresh !== undefined && now < refresh.until && location.href === refresh.address;
