// Money is a decimal string on the wire and integer pico-USD (10⁻¹² USD) in sums, never a float.

const PICO_DIGITS = 12;
const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;

/** Absent and null both mean "the price is unknown", which is not zero. */
export type UsdAmount = string | null | undefined;

export function parseUsd(text: string): bigint {
  const [, sign, whole, fraction = ''] = DECIMAL.exec(text) ?? [];
  if (whole === undefined) throw new RangeError(`not a decimal amount: ${text}`);
  if (/[1-9]/.test(fraction.slice(PICO_DIGITS))) {
    throw new RangeError(`more than ${PICO_DIGITS} decimals: ${text}`);
  }
  const pico = BigInt(whole + fraction.slice(0, PICO_DIGITS).padEnd(PICO_DIGITS, '0'));
  return sign === '-' ? -pico : pico;
}

/** The sum of the known amounts; null if none is known. */
export function sumUsd(amounts: Iterable<UsdAmount>): string | null {
  let sum: bigint | null = null;
  for (const amount of amounts) {
    if (amount != null) sum = (sum ?? 0n) + parseUsd(amount);
  }
  return sum === null ? null : toDecimal(sum);
}

export function compareUsd(left: string, right: string): number {
  const difference = parseUsd(left) - parseUsd(right);
  return difference === 0n ? 0 : difference < 0n ? -1 : 1;
}

/** Number of decimals that show the amount in full; at least two. */
export function decimalsOf(amount: UsdAmount): number {
  if (amount == null) return 2;
  const fraction = toDecimal(parseUsd(amount)).split('.')[1] ?? '';
  return Math.max(2, fraction.length);
}

/** Shows every significant digit and never rounds; `decimals` pads with zeros to align columns. */
export function formatUsd(amount: UsdAmount, decimals = 2): string {
  if (amount == null) return 'unpriced';
  return dollars(parseUsd(amount), decimals, true);
}

/**
 * `headline`: a figure to compare, cents from $1 and four digits below · `exact`: all digits · `axis`: as short as
 * possible · a number: rounded to so many decimals, for a column (see `columnDecimals`).
 */
export type MoneyMode = 'headline' | 'exact' | 'axis' | number;

const MICRO = 1_000_000n;
const THOUSAND_USD = 1_000_000_000_000_000n;
export const MAX_COLUMN_DECIMALS = 6;

export function formatMoney(amount: UsdAmount, mode: MoneyMode = 'headline'): string {
  if (amount == null) return 'unpriced';
  const pico = parseUsd(amount);
  if (mode === 'exact') return dollars(pico, 2, true);
  if (typeof mode === 'number') return rounded(pico, mode);
  if (mode === 'axis') return axis(pico);
  if (size(pico) >= ONE_USD || pico === 0n) return rounded(pico, 2);
  return rounded(pico, Math.max(2, decimalsFor(pico, 4)), true);
}

/** Decimals that keep three digits of the smallest amount of a column, from 2 to 6. */
export function columnDecimals(amounts: Iterable<UsdAmount>): number {
  let decimals = 2;
  for (const amount of amounts) {
    const pico = amount == null ? 0n : parseUsd(amount);
    if (pico !== 0n) decimals = Math.max(decimals, decimalsFor(pico, 3));
  }
  return Math.min(decimals, MAX_COLUMN_DECIMALS);
}

/** Decimals that show `digits` significant digits. */
function decimalsFor(pico: bigint, digits: number): number {
  const magnitude = size(pico).toString().length - 1 - PICO_DIGITS;
  return Math.min(PICO_DIGITS, Math.max(0, digits - 1 - magnitude));
}

function rounded(pico: bigint, decimals: number, trim = false): string {
  const kept = roundTo(pico, decimals);
  const tiny = pico !== 0n && (kept === 0n || (trim && size(pico) < MICRO));
  if (!tiny) return dollars(kept, trim ? 2 : decimals, true);
  const least = toDecimal(10n ** BigInt(PICO_DIGITS - Math.min(decimals, MAX_COLUMN_DECIMALS)));
  return pico < 0n ? `> −$${least}` : `< $${least}`;
}

function roundTo(pico: bigint, decimals: number): bigint {
  const unit = 10n ** BigInt(PICO_DIGITS - decimals);
  const up = (size(pico) + unit / 2n) / unit;
  return (pico < 0n ? -up : up) * unit;
}

/** Thousands from $100,000; ticks are round, so nothing else needs rounding. */
function axis(pico: bigint): string {
  const inThousands = size(pico) >= 100n * THOUSAND_USD;
  const shown = inThousands ? roundTo(pico / 1000n, 1) : pico;
  const isWhole = shown % ONE_USD === 0n;
  const decimals = inThousands ? 1 : 2;
  return `${dollars(shown, isWhole ? 0 : decimals, !isWhole && !inThousands)}${inThousands ? 'k' : ''}`;
}

const ONE_USD = 10n ** BigInt(PICO_DIGITS);
const size = (pico: bigint) => (pico < 0n ? -pico : pico);
const grouped = (whole: string) => whole.replace(/\B(?=(\d{3})+$)/g, ',');

function dollars(pico: bigint, decimals: number, hasCents: boolean): string {
  const [whole = '0', fraction = ''] = toDecimal(size(pico)).split('.');
  const digits = fraction.padEnd(hasCents ? Math.max(2, decimals) : decimals, '0');
  return `${pico < 0n ? '−' : ''}$${grouped(whole)}${digits && `.${digits}`}`;
}

/** A decimal of integer pico-USD, the opposite of `parseUsd`. */
export function toDecimal(pico: bigint): string {
  const digits = (pico < 0n ? -pico : pico).toString().padStart(PICO_DIGITS + 1, '0');
  const whole = digits.slice(0, -PICO_DIGITS);
  const fraction = digits.slice(-PICO_DIGITS).replace(/0+$/, '');
  return `${pico < 0n ? '-' : ''}${whole}${fraction && `.${fraction}`}`;
}
