import { expect, test } from 'vitest';
import { EMPTY_FEE, feeDraftOf, feeErrorsOf, toNewFee, validateFee } from './feeDraft';
import type { ToolFee } from './queries';

test('a fee is sent as typed, and what is left empty is null', () => {
  const draft = { ...EMPTY_FEE, cost: ' 0.010000000001 ', maxTokens: '8000' };
  expect(validateFee(draft)).toEqual({});
  expect(toNewFee(draft, 'Europe/Berlin')).toEqual({
    provider: 'openai',
    tool: 'web_search',
    model: null,
    effective_from: null,
    cost_usd: '0.010000000001',
    max_cost_usd: null,
    max_result_tokens: 8000,
  });
  const later = toNewFee({ ...draft, from: '2027-01-01T00:00' }, 'Europe/Berlin');
  expect(later.effective_from).toBe('2026-12-31T23:00:00.000Z');
});

test('an unknown fee needs what limits reserve, and no fee is above that', () => {
  expect(Object.keys(validateFee(EMPTY_FEE))).toEqual(['maxCost']);
  expect(validateFee({ ...EMPTY_FEE, maxCost: '0.05' })).toEqual({});
  expect(validateFee({ ...EMPTY_FEE, cost: '0.1', maxCost: '0.05' }).maxCost).toMatch(/at least/);
  expect(validateFee({ ...EMPTY_FEE, cost: '0.10', maxCost: '0.1' })).toEqual({});
});

test.each([
  ['cost', '-1'],
  ['cost', '0.0000000000001'],
  ['cost', '1e3'],
  ['maxCost', 'free'],
  ['maxTokens', '0'],
  ['maxTokens', '1.5'],
  ['provider', 'OpenAI'],
] as const)('%s is not %s', (name, value) => {
  const errors = validateFee({ ...EMPTY_FEE, cost: '1', [name]: value });
  expect(Object.keys(errors)).toEqual([name]);
});

test('a later fee starts from the one in effect', () => {
  const fee = {
    provider: 'google',
    tool: 'web_search',
    model: 'gemini-2.5-pro',
    cost_usd: null,
    max_cost_usd: '0.05',
    max_result_tokens: null,
  } as ToolFee;
  const draft = { ...EMPTY_FEE, provider: 'google', model: 'gemini-2.5-pro', maxCost: '0.05' };
  expect(feeDraftOf(fee)).toEqual(draft);
  expect(feeDraftOf({ ...fee, cost_usd: '0.05' })).toMatchObject({ cost: '0.05', maxCost: '' });
  expect(feeErrorsOf({ effective_from: 'in the past', tool: 'unknown' })).toEqual({
    from: 'in the past',
    tool: 'unknown',
  });
});
