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
  const pico = parseUsd(amount);
  const [whole = '0', fraction = ''] = toDecimal(pico < 0n ? -pico : pico).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return `${pico < 0n ? '−' : ''}$${grouped}.${fraction.padEnd(Math.max(2, decimals), '0')}`;
}

function toDecimal(pico: bigint): string {
  const digits = (pico < 0n ? -pico : pico).toString().padStart(PICO_DIGITS + 1, '0');
  const whole = digits.slice(0, -PICO_DIGITS);
  const fraction = digits.slice(-PICO_DIGITS).replace(/0+$/, '');
  return `${pico < 0n ? '-' : ''}${whole}${fraction && `.${fraction}`}`;
}
