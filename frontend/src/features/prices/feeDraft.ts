// The form of a tool fee. Amounts stay strings and are sent as typed: a float would round them.
import { compareUsd } from '../../lib/money';
import { toInstant } from '../../lib/zone';
import type { NewFee, ToolFee } from './queries';

export const TOOLS = [
  'web_search',
  'web_fetch',
  'web_search_preview',
  'chat_search',
  'file_search',
  'google_maps',
  'x_search',
  'code_execution',
  'code_interpreter',
  'code_interpreter_4g',
  'code_interpreter_16g',
  'code_interpreter_64g',
  'shell',
  'computer_use',
  'image_generation',
  'mcp',
  'tool_search',
  'guardrail',
  'system_tool',
  'other',
] as const satisfies NewFee['tool'][];

export interface FeeDraft {
  /** Who is paid. */
  provider: string;
  tool: NewFee['tool'];
  /** Empty: every model without a fee of its own. */
  model: string;
  /** Local time in the zone of the page; empty: now. */
  from: string;
  /** Empty: not known. */
  cost: string;
  /** Empty: as much as the fee. */
  maxCost: string;
  /** Empty: the whole context window. */
  maxTokens: string;
}

export type FeeErrors = Partial<Record<keyof FeeDraft, string>>;

export const EMPTY_FEE: FeeDraft = {
  provider: 'openai',
  tool: 'web_search',
  model: '',
  from: '',
  cost: '',
  maxCost: '',
  maxTokens: '',
};

/** A new fee that starts from an existing one. */
export const feeDraftOf = (fee: ToolFee): FeeDraft => ({
  ...EMPTY_FEE,
  provider: fee.provider,
  tool: fee.tool,
  model: fee.model ?? '',
  cost: fee.cost_usd ?? '',
  maxCost: fee.max_cost_usd === fee.cost_usd ? '' : fee.max_cost_usd,
  maxTokens: fee.max_result_tokens === null ? '' : String(fee.max_result_tokens),
});

const PROVIDER = /^[a-z][a-z0-9-]{0,31}$/;
const AMOUNT = /^\d{1,4}(?:\.\d{1,12})?$/;
const TOKENS = /^[1-9]\d{0,8}$/;

export function validateFee(draft: FeeDraft): FeeErrors {
  const errors: FeeErrors = {};
  const [cost, max] = [draft.cost.trim(), draft.maxCost.trim()];
  if (!PROVIDER.test(draft.provider.trim())) {
    errors.provider = 'Enter a name such as anthropic: lower-case letters, digits and hyphens.';
  }
  for (const [name, text] of [
    ['cost', cost],
    ['maxCost', max],
  ] as const) {
    if (text !== '' && !AMOUNT.test(text)) {
      errors[name] = 'Enter USD per use with at most 12 decimals, such as 0.01.';
    }
  }
  if (cost === '' && max === '') {
    errors.maxCost = 'Enter what limits reserve: the fee is not known.';
  }
  if (!errors.cost && !errors.maxCost && cost !== '' && max !== '' && compareUsd(max, cost) < 0) {
    errors.maxCost = 'Enter at least the fee.';
  }
  if (draft.maxTokens.trim() !== '' && !TOKENS.test(draft.maxTokens.trim())) {
    errors.maxTokens = 'Enter a number of tokens, such as 8000.';
  }
  return errors;
}

export function toNewFee(draft: FeeDraft, zone: string): NewFee {
  const text = (value: string) => value.trim() || null;
  const tokens = text(draft.maxTokens);
  return {
    provider: draft.provider.trim(),
    tool: draft.tool,
    model: text(draft.model),
    effective_from: draft.from ? new Date(toInstant(draft.from, zone)).toISOString() : null,
    cost_usd: text(draft.cost),
    max_cost_usd: text(draft.maxCost),
    max_result_tokens: tokens === null ? null : Number(tokens),
  };
}

const FIELDS: Readonly<Record<string, keyof FeeDraft>> = {
  effective_from: 'from',
  cost_usd: 'cost',
  max_cost_usd: 'maxCost',
  max_result_tokens: 'maxTokens',
};

/** Maps the messages of a 422 to the fields of the form. */
export const feeErrorsOf = (errors: Readonly<Record<string, string>>): FeeErrors =>
  Object.fromEntries(Object.entries(errors).map(([name, text]) => [FIELDS[name] ?? name, text]));
