// Values of audited fields as readers know them: amounts in USD, periods, instants, numbers of corrections.
import type { ReactNode } from 'react';
import { formatCount, formatPeriod } from '../lib/format';
import { formatMoney } from '../lib/money';
import { showValue } from './FieldDiff';
import { Instant } from './Instant';

type Fields = Readonly<Record<string, unknown>> | null | undefined;

/** The entry that a value belongs to: the unit of an amount is another field of it. */
export interface Audited {
  before?: Fields;
  after?: Fields;
}

const RATES = new Set([
  'input',
  'cached_input',
  'cache_write',
  'cache_write_long',
  'output',
  'audio_input',
  'cached_audio_input',
  'audio_output',
  'image_output',
]);
const DECIMAL = /^\d+(?:\.\d+)?$/;
const INSTANT = /^\d{4}-\d\d-\d\dT/;

export function auditValue(value: unknown, field: string, entry: Audited, zone: string): ReactNode {
  return typeof value === 'string' && INSTANT.test(value) ? (
    <Instant at={value} zone={zone} as="minute" />
  ) : (
    auditText(value, field, entry)
  );
}

export function auditText(value: unknown, field: string, entry: Audited): string {
  const text = String(value);
  if (!DECIMAL.test(text)) return showValue(value);
  if (RATES.has(field)) return formatMoney(text, 'exact');
  if (field === 'amount') return isMoney(entry) ? formatMoney(text) : formatCount(Number(text));
  if (field === 'grace_seconds') return text === '0' ? 'no time' : formatPeriod(Number(text));
  if (field === 'revision_id') return `#${text}`;
  return showValue(value);
}

const isMoney = ({ before, after }: Audited): boolean => (after ?? before)?.metric === 'usd';
