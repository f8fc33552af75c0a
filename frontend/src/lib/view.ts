// What a page shows, as its URL says it: range, zone, filters, prices. All pages share it, and each link carries it.
import { isPreset, type Range } from './range';
import { isZone, parseLocal } from './zone';

export interface View {
  range: Range;
  /** IANA name; days are cut by it. */
  tz: string;
  label: string[];
  provider: string[];
  model: string[];
  key: string[];
  /** Values by tag name. */
  tag: Record<string, string[]>;
  cost: 'billed' | 'current';
  compare: 'before' | 'off';
}

/** What applies where the URL is silent: choices stored in this browser. */
export interface ViewDefaults {
  range: Range;
  tz: string;
}

/** Query parameters as the router holds them. */
export type Search = Record<string, string | string[] | undefined>;

/** Without any parameter of a view the stored range applies; with one, the URL says all, and this is its default. */
export const DEFAULT_RANGE = '30d' satisfies Range;

const LISTS = ['label', 'provider', 'model', 'key'] as const;
export type ListField = (typeof LISTS)[number];
const NAMES = new Set<string>([...LISTS, 'range', 'from', 'to', 'tz', 'cost', 'compare']);
const TAG = 'tag.';

export const isViewName = (name: string): boolean =>
  NAMES.has(name) || (name.startsWith(TAG) && name.length > TAG.length);

/** All values of a parameter. */
export function valuesOf(search: Search, name: string): string[] {
  const value = Object.hasOwn(search, name) ? search[name] : undefined;
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

/** The view of a URL, and the parameters that were not understood, as `name=value`. */
export function parseView(
  search: Search,
  defaults: ViewDefaults,
): { view: View; broken: string[] } {
  const broken: string[] = [];
  const names = Object.keys(search).filter(isViewName);
  const choice = <T extends string>(name: string, known: readonly [T, ...T[]]): T => {
    const [value, ...rest] = valuesOf(search, name);
    if (value === undefined) return known[0];
    const found = known.find((option) => option === value);
    if (found === undefined || rest.length > 0) broken.push(`${name}=${value}`);
    return found ?? known[0];
  };
  const list = (name: string) => {
    const values = valuesOf(search, name);
    if (values.includes('')) broken.push(`${name}=`);
    return [...new Set(values.filter((value) => value !== ''))];
  };
  const tags = names.filter((name) => name.startsWith(TAG));
  return {
    view: {
      range: parseRange(search, names.length > 0 ? DEFAULT_RANGE : defaults.range, broken),
      tz: parseZone(search, defaults.tz, broken),
      label: list('label'),
      provider: list('provider'),
      model: list('model'),
      key: list('key'),
      tag: Object.fromEntries(
        tags
          .map((name) => [name.slice(TAG.length), list(name)] as const)
          .filter(([, values]) => values.length > 0),
      ),
      cost: choice('cost', ['billed', 'current']),
      compare: choice('compare', ['before', 'off']),
    },
    broken,
  };
}

function parseRange(search: Search, fallback: Range, broken: string[]): Range {
  const [preset] = valuesOf(search, 'range');
  const [from] = valuesOf(search, 'from');
  const [to] = valuesOf(search, 'to');
  if (preset !== undefined) {
    if (isPreset(preset) && from === undefined && to === undefined) return preset;
    broken.push(...written({ range: isPreset(preset) ? undefined : preset, from, to }));
    return isPreset(preset) ? preset : fallback;
  }
  if (from === undefined && to === undefined) return fallback;
  const dates = { from: parseLocal(from ?? ''), to: parseLocal(to ?? '') };
  if (dates.from && dates.to && comparable(dates.from) < comparable(dates.to)) {
    return { from: dates.from, to: dates.to };
  }
  const unread = { from: dates.from ? undefined : from, to: dates.to ? undefined : to };
  const wrong = written(unread);
  // Each may be a date, but not the two together: the end is not after the start, or one is missing.
  broken.push(...(wrong.length > 0 ? wrong : written({ from, to })));
  return fallback;
}

function parseZone(search: Search, fallback: string, broken: string[]): string {
  const [zone] = valuesOf(search, 'tz');
  if (zone === undefined) return fallback;
  if (isZone(zone)) return zone;
  broken.push(`tz=${zone}`);
  return fallback;
}

const comparable = (local: string) => local.padEnd(16, 'T00:00');

const written = (values: Record<string, string | undefined>) =>
  Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : `${name}=${value}`,
  );

/** The parameters of a view, as few as say it; `parseView` reads the same view from them. */
export function writeView(view: View, defaults: ViewDefaults): Search {
  const search: Search = {};
  if (view.tz !== defaults.tz) search.tz = view.tz;
  for (const name of LISTS) {
    if (view[name].length > 0) search[name] = view[name];
  }
  for (const [name, values] of Object.entries(view.tag)) {
    if (values.length > 0) search[TAG + name] = values;
  }
  if (view.cost !== 'billed') search.cost = view.cost;
  if (view.compare !== 'before') search.compare = view.compare;
  const implied = Object.keys(search).length > 0 ? DEFAULT_RANGE : defaults.range;
  if (sameRange(view.range, implied)) return search;
  return { ...writeRange(view.range), ...search };
}

const writeRange = (range: Range): Search =>
  typeof range === 'string' ? { range } : { from: range.from, to: range.to };

/** The parameters of a view for a reader whose stored choices are unknown: range and zone are always named. */
export function writeFullView(view: View): Search {
  const rest = writeView(view, { range: view.range, tz: view.tz });
  return { ...rest, ...writeRange(view.range), tz: view.tz };
}

export function sameRange(left: Range, right: Range): boolean {
  if (typeof left === 'string' || typeof right === 'string') return left === right;
  return left.from === right.from && left.to === right.to;
}

/** The parameters that belong to the view, to carry them to another page. */
export const viewPart = (search: Search): Search =>
  Object.fromEntries(Object.entries(search).filter(([name]) => isViewName(name)));

/** The parameters of the page itself. */
export const pagePart = (search: Search): Search =>
  Object.fromEntries(Object.entries(search).filter(([name]) => !isViewName(name)));

export type FilterField = ListField | `tag.${string}`;

/** Whether a dimension is a filter with a list of its own. */
export const isListField = (dim: string): dim is ListField =>
  (LISTS as readonly string[]).includes(dim);

export interface ViewFilter {
  field: FilterField;
  value: string;
}

/** All filters, in the order of their fields. */
export function filtersOf(view: View): ViewFilter[] {
  const lists = LISTS.flatMap((field) => view[field].map((value) => ({ field, value })));
  const tags = Object.entries(view.tag).flatMap(([name, values]) =>
    values.map((value) => ({ field: `tag.${name}` as const, value })),
  );
  return [...lists, ...tags];
}

function changeFilter(view: View, { field, value }: ViewFilter, present: boolean): View {
  const edit = (values: string[]) => {
    const others = values.filter((other) => other !== value);
    return present ? [...others, value] : others;
  };
  if (!field.startsWith(TAG)) {
    const list = field as ListField;
    return { ...view, [list]: edit(view[list]) };
  }
  const name = field.slice(TAG.length);
  const before = Object.entries(view.tag).filter(([other]) => other !== name);
  const values = edit(Object.hasOwn(view.tag, name) ? (view.tag[name] ?? []) : []);
  const tag = Object.fromEntries(values.length > 0 ? [...before, [name, values]] : before);
  return { ...view, tag };
}

export const withFilter = (view: View, filter: ViewFilter) => changeFilter(view, filter, true);
export const withoutFilter = (view: View, filter: ViewFilter) => changeFilter(view, filter, false);
export const withoutFilters = (view: View): View => ({
  ...view,
  label: [],
  provider: [],
  model: [],
  key: [],
  tag: {},
});
