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

/** `factor` times a power of ten. */
interface Step {
  power: number;
  factor: 1 | 2 | 5;
}

function roundStep(top: number, count: number): Step {
  const rough = top / count;
  const power = Math.floor(Math.log10(rough));
  const error = rough / 10 ** power;
  if (error >= Math.sqrt(50)) return { power: power + 1, factor: 1 };
  return { power, factor: error >= Math.sqrt(10) ? 5 : error >= Math.sqrt(2) ? 2 : 1 };
}

/** Steps below 1 are divisions: 3 × 0.1 would be 0.30000000000000004. */
const multiple = (index: number, { power, factor }: Step) =>
  power < 0 ? index / (10 ** -power / factor) : index * factor * 10 ** power;

const stepsUpTo = (top: number, { power, factor }: Step) =>
  Math.ceil((top * 10 ** -power) / factor - 1e-9);

const isLonger = (step: Step, than: Step) =>
  step.power > than.power || (step.power === than.power && step.factor > than.factor);

/** About `count` round ticks from 0. The last one is the end of the axis: the first tick at or above `top`. */
export function axisTicks(top: number, count: number): number[] {
  let step = roundStep(top, count);
  let steps = stepsUpTo(top, step);
  for (;;) {
    // The axis is longer than `top`, which may call for a longer step. A shorter one is not taken: it could lead back.
    const next = roundStep(multiple(steps, step), count);
    if (!isLonger(next, step)) break;
    step = next;
    steps = stepsUpTo(top, step);
  }
  return Array.from({ length: steps + 1 }, (_, index) => multiple(index, step));
}
