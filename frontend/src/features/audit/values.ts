// Values of audited fields as readers know them: amounts in USD, periods, numbers of corrections.
import { formatCount, formatPeriod } from '../../lib/format';
import { formatMoney } from '../../lib/money';
import { showValue } from '../../ui/FieldDiff';
import type { AuditEntry } from './queries';

const RATES = new Set([
  'input',
  'cached_input',
  'cache_write',
  'output',
  'audio_input',
  'audio_output',
]);
const DECIMAL = /^\d+(?:\.\d+)?$/;

export function valueText(value: unknown, field: string, entry: AuditEntry): string {
  const text = String(value);
  if (!DECIMAL.test(text)) return showValue(value);
  if (RATES.has(field)) return formatMoney(text, 'exact');
  if (field === 'amount') return isMoney(entry) ? formatMoney(text) : formatCount(Number(text));
  if (field === 'grace_seconds') return text === '0' ? 'no time' : formatPeriod(Number(text));
  if (field === 'revision_id') return `#${text}`;
  return showValue(value);
}

const isMoney = ({ before, after }: AuditEntry): boolean =>
  (({ ...before, ...after }) as Record<string, unknown>).metric === 'usd';
