// Every page of the dashboard, with an address that has something to show.
import type { APIRequestContext } from '@playwright/test';
import { call } from './support';

export interface DashboardPage {
  name: (typeof PAGE_NAMES)[number];
  path: string;
  /** The h1. */
  heading: RegExp;
}

export const PAGE_NAMES = [
  'overview',
  'explore',
  'calls',
  'receipt',
  'playground',
  'me',
  'keys',
  'key',
  'limits',
  'limit',
  'limit for each',
  'prices',
  'price',
  'upstreams',
  'reconcile',
  'audit',
] as const;

interface Listed<T> {
  data: T[];
}

/** Ids are those of the stack under test: a call, a key and limits that have something to show. */
export async function dashboardPages(request: APIRequestContext): Promise<DashboardPage[]> {
  const [calls, keys, limits] = await Promise.all([
    call<Listed<{ id: string; model: string; user_label: string; cached_tokens: number }>>(
      request,
      '/api/usage/calls?limit=50&status=settled',
    ),
    call<Listed<{ id: string; user_label: string | null; last_used_at: string | null }>>(
      request,
      '/api/keys?limit=200&status=active',
    ),
    call<Listed<{ id: string; metric: string; windows: number | null }>>(
      request,
      '/api/limits?limit=200',
    ),
  ]);
  // Those of tests have long names and say little.
  const named = calls.data.filter(({ user_label: label }) => !label.startsWith('e2e/'));
  // A receipt of several lines.
  const chosen = named.find(({ cached_tokens: tokens }) => tokens > 0) ?? named[0];
  const used = keys.data.find((key) => key.last_used_at !== null && key.user_label !== null);
  const budget = limits.data.find(({ metric, windows }) => metric === 'usd' && windows === null);
  const each = limits.data.find(({ windows }) => windows !== null);
  const first = {
    call: chosen ?? calls.data[0],
    key: (used ?? keys.data[0])?.id,
    limit: (budget ?? limits.data[0])?.id,
    each: (each ?? limits.data[0])?.id,
  };
  return [
    { name: 'overview', path: '/', heading: /^Overview/ },
    { name: 'explore', path: '/explore?by=label', heading: /^Explore/ },
    { name: 'calls', path: '/calls', heading: /^Calls/ },
    {
      name: 'receipt',
      path: `/calls?label=${encodeURIComponent(first.call?.user_label ?? '')}&call=${first.call?.id}`,
      heading: /^Calls/,
    },
    { name: 'playground', path: '/playground', heading: /^Playground/ },
    { name: 'me', path: '/me', heading: /^My usage/ },
    { name: 'keys', path: '/keys', heading: /^Keys/ },
    { name: 'key', path: `/keys/${first.key}`, heading: /./ },
    { name: 'limits', path: '/limits', heading: /^Limits/ },
    { name: 'limit', path: `/limits/${first.limit}`, heading: /./ },
    { name: 'limit for each', path: `/limits/${first.each}`, heading: /./ },
    { name: 'prices', path: '/prices', heading: /^Prices/ },
    { name: 'price', path: `/prices/${encodeURIComponent(first.call?.model ?? '')}`, heading: /./ },
    { name: 'upstreams', path: '/upstreams', heading: /^Upstreams/ },
    { name: 'reconcile', path: '/reconcile', heading: /^Reconcile/ },
    { name: 'audit', path: '/audit', heading: /^Audit/ },
  ];
}
