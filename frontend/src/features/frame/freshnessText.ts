// What the freshness of reports means, in words.
import type { UsageHealth } from '../../api/usage';
import { formatClock, formatNumberOf } from '../../lib/format';

export interface FreshnessText {
  tone: 'ok' | 'warn' | 'bad' | 'off';
  short: string;
  text: string[];
}

const EXACT = 'Every call that has ended is counted.';

/** `at` is the time of the last response, if there was one. */
export function freshnessOf(
  health: UsageHealth | 'failed' | undefined,
  at: string | undefined,
  zone: string,
): FreshnessText {
  if (health === 'failed') {
    const short = at === undefined ? 'Not updated' : `Not updated since ${at}`;
    return { tone: 'off', short, text: ['The last request failed. The figures may be old.'] };
  }
  const exact = at === undefined ? 'Exact' : `Exact to ${at}`;
  if (health === undefined) return { tone: 'ok', short: exact, text: [EXACT] };
  const differences = health.differences + health.price_sum_differences;
  const sealed = sealedText(health, zone);
  if (health.status === 'differs' || differences > 0) {
    const verb = differences === 1 ? 'differs' : 'differ';
    const text = `${formatNumberOf(differences, 'sum')} ${verb} from the ledger.`;
    return {
      tone: 'bad',
      short: text,
      text: [`${text} They are rebuilt on the next run.`, sealed],
    };
  }
  if (health.status === 'behind') {
    const minutes = Math.round((health.lag_seconds ?? 0) / 60);
    const lag = formatNumberOf(minutes, 'minute');
    return {
      tone: 'warn',
      short: 'Exact, but slower',
      text: [`Exact, but slower: sums are ${lag} behind.`, EXACT, sealed],
    };
  }
  const checked = health.checked_at === null ? [] : ['Checked against the ledger: no differences.'];
  return { tone: 'ok', short: exact, text: [`${EXACT} ${sealed}`, ...checked] };
}

function sealedText({ sealed_until, lag_seconds }: UsageHealth, zone: string): string {
  if (sealed_until === null) return 'Calls are added one by one: no sums are sealed yet.';
  const ago = lag_seconds === null ? '' : ` (${Math.round(lag_seconds)} s ago)`;
  const clock = formatClock(sealed_until, zone);
  return `Sums are sealed to ${clock}${ago}; later calls are added one by one.`;
}
