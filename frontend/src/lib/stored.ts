// Choices made by hand, kept in this browser: zone, range, shortcuts, live. Labels and keys are never stored.
import { isPreset, type Range } from './range';
import { createStore } from './store';
import { DEFAULT_RANGE, type ViewDefaults } from './view';
import { browserZone, isZone } from './zone';

const NAMES = {
  zone: 'tokenmeter.zone',
  range: 'tokenmeter.range',
  shortcuts: 'tokenmeter.shortcuts',
  live: 'tokenmeter.live',
} as const;

/** Storage can be blocked; then choices last as long as the page. */
function read(name: keyof typeof NAMES): string | undefined {
  try {
    return localStorage.getItem(NAMES[name]) ?? undefined;
  } catch {
    return undefined;
  }
}

function write(name: keyof typeof NAMES, value: string) {
  try {
    localStorage.setItem(NAMES[name], value);
  } catch {
    // Nothing to do: the URL still holds the choice.
  }
}

function readDefaults(): ViewDefaults {
  const zone = read('zone');
  const range = read('range');
  return {
    tz: zone !== undefined && isZone(zone) ? zone : browserZone(),
    range: range !== undefined && isPreset(range) ? range : DEFAULT_RANGE,
  };
}

const defaults = readDefaults();

/** Those of the start of the page: if they changed with each choice, Back would lead to the choice just made. */
export const viewDefaults = () => defaults;

export const storeZone = (zone: string) => write('zone', zone);

/** Only presets: dates that somebody looked at once are no default. */
export const storeRange = (range: Range) => {
  if (typeof range === 'string') write('range', range);
};

const shortcuts = createStore(read('shortcuts') !== 'off');

export const useShortcutsAreOn = shortcuts.use;

export function switchShortcuts(on: boolean): void {
  shortcuts.set(on);
  write('shortcuts', on ? 'on' : 'off');
}

const following = createStore(read('live') !== 'off');

export const followsCalls = { get: following.get, use: following.use };

export function switchFollowing(on: boolean): void {
  following.set(on);
  write('live', on ? 'on' : 'off');
}
