/** Facts of database instance classes that limits and alarms depend on. */

/** GiB of `large` (two vCPUs) by family; the sizes above it are multiples. */
const FIXED: readonly [RegExp, number][] = [
  [/^m\d+[a-z]*$/, 8],
  [/^r\d+[a-z]*$/, 16],
  [/^x\d+[a-z]*$/, 32],
  [/^c\d+[a-z]*$/, 4],
];

/** GiB, and CPU credits earned in a day, of burstable classes. */
const BURSTABLE: Readonly<Record<string, readonly [memoryGib: number, creditsPerDay: number]>> = {
  micro: [1, 288],
  small: [2, 576],
  medium: [4, 576],
  large: [8, 864],
  xlarge: [16, 2_304],
  '2xlarge': [32, 4_608],
};

export interface InstanceClass {
  readonly memoryGib: number;
  /** CPU credits earned in a day; undefined if the class is not burstable. */
  readonly creditsPerDay: number | undefined;
}

/** @returns undefined for a class that PostgreSQL does not run on, or that this table does not know */
export function instanceClass(name: string): InstanceClass | undefined {
  const [family = '', size = ''] = name.split('.');
  if (/^t(3|4g)$/.test(family)) {
    const facts = BURSTABLE[size];
    return facts && { memoryGib: facts[0], creditsPerDay: facts[1] };
  }
  const large = FIXED.find(([pattern]) => pattern.test(family))?.[1];
  const factor = size === 'large' ? 1 : size === 'xlarge' ? 2 : 2 * Number(/^(\d+)xlarge$/.exec(size)?.[1]);
  return large && factor ? { memoryGib: large * factor, creditsPerDay: undefined } : undefined;
}

/** A session with its prepared statements takes 4 to 10 MB; more than 40 % of the memory starves the cache. */
export const CONNECTIONS_PER_GIB = 50;
