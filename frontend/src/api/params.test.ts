import { expect, it } from 'vitest';
import { parseSearch } from '../lib/search';
import { parseView } from '../lib/view';
import {
  callsParams,
  exportParams,
  summaryBeforeParams,
  summaryParams,
  timeseriesParams,
} from './params';

const asOf = Date.parse('2026-11-29T16:10:00Z');
const viewOf = (search: string) =>
  parseView(parseSearch(search), { range: '30d', tz: 'Europe/Berlin' }).view;

it('sends range and filters under the names of the API', () => {
  const view = viewOf('range=7d&label=a&label=b&model=m&key=key_1&tag.env=prod&cost=current');
  const shared = {
    from: '2026-11-22T23:00:00Z',
    to: '2026-11-29T16:10:00Z',
    user_label: ['a', 'b'],
    model: ['m'],
    key_id: ['key_1'],
    'tag.env': ['prod'],
    cost: 'current',
  };
  expect(summaryParams(view, asOf, { by: ['label', 'tag.env'] })).toEqual({
    ...shared,
    group_by: 'user_label,tag.env',
  });
  expect(timeseriesParams(view, asOf, { by: 'key', interval: 'day', top: 8 })).toEqual({
    ...shared,
    interval: 'day',
    tz: 'Europe/Berlin',
    top: 8,
    group_by: 'key',
    // Percentiles are left out unless they are shown.
    measures: expect.not.stringContaining('latency'),
  });
  const withLatency = timeseriesParams(view, asOf, { interval: 'day', top: 8, latency: true });
  expect(withLatency).not.toHaveProperty('measures');
  expect(callsParams(view, asOf, { status: ['failed'] })).toEqual({
    ...shared,
    status: ['failed'],
    limit: 200,
  });
  expect(callsParams(view, asOf, { http: ['429'], error: ['x'], tier: ['flex'] }, 'cost')).toEqual({
    ...shared,
    http_status: [429],
    error_code: ['x'],
    service_tier: ['flex'],
    sort: '-cost_usd',
    limit: 200,
  });
  expect(exportParams(view, asOf, 'csv')).toEqual({ ...shared, format: 'csv' });
});

it('asks for one row if nothing is grouped, and leaves defaults out', () => {
  expect(summaryParams(viewOf('range=all'), asOf, { details: true })).toEqual({
    to: '2026-11-29T16:10:00Z',
    group_by: 'none',
    details: true,
  });
});

it('asks for the period before with the same filters, unless it is switched off', () => {
  expect(summaryBeforeParams(viewOf('range=24h&model=m'), asOf)).toEqual({
    from: '2026-11-27T16:10:00Z',
    to: '2026-11-28T16:10:00Z',
    model: ['m'],
    group_by: 'none',
  });
  expect(summaryBeforeParams(viewOf('compare=off'), asOf)).toBeUndefined();
  expect(summaryBeforeParams(viewOf('range=all'), asOf)).toBeUndefined();
});
