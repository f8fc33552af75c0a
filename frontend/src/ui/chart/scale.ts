// A linear scale from zero and its ticks on round values. d3-scale does the same in 12 kB more.

export interface LinearScale {
  (value: number): number;
  /** The value at a distance from the top of the plot. */
  invert: (px: number) => number;
}

/** From 0 at the bottom to `top` at 0 px. */
export function linearScale(top: number, height: number): LinearScale {
  const scale = (value: number) => height - (value / top) * height;
  return Object.assign(scale, { invert: (px: number) => ((height - px) / height) * top });
}

/** A step of 1, 2 or 5 times a power of ten: its exponent and factor. */
function roundStep(top: number, count: number): { power: number; factor: number } {
  const rough = top / count;
  const power = Math.floor(Math.log10(rough));
  const error = rough / 10 ** power;
  if (error >= Math.sqrt(50)) return { power: power + 1, factor: 1 };
  return { power, factor: error >= Math.sqrt(10) ? 5 : error >= Math.sqrt(2) ? 2 : 1 };
}

/** Multiples of the step up to `top`. Steps below 1 are divisions: 3 × 0.1 would be 0.30000000000000004. */
function multiples(top: number, { power, factor }: { power: number; factor: number }): number[] {
  const inverse = 10 ** -power / factor;
  const at = (index: number) => (power < 0 ? index / inverse : index * factor * 10 ** power);
  const count = Math.floor(top * inverse + 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => at(index));
}

/** About `count` round ticks from 0 up to `top`. */
export const roundTicks = (top: number, count: number) => multiples(top, roundStep(top, count));

/** The next round value at or above `top`: an axis that ends on a tick. */
export function roundUp(top: number, count: number): number {
  let end = top;
  let step = roundStep(end, count);
  // A longer axis may have a longer step, which moves its end again.
  for (let round = 0; round < 5; round += 1) {
    const inverse = 10 ** -step.power / step.factor;
    const steps = Math.ceil(top * inverse - 1e-9);
    end = step.power < 0 ? steps / inverse : steps * step.factor * 10 ** step.power;
    const next = roundStep(end, count);
    if (next.power === step.power && next.factor === step.factor) break;
    step = next;
  }
  return end;
}
