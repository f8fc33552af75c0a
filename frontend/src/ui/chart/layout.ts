// Geometry of a time chart: stacks, paths and hits, in pixels. Pure, so that tests need no browser.

export interface ChartSeries {
  id: string;
  name: string;
  /** A colour token, for example `var(--s0)`. */
  color: string;
  /** All groups that have no series of their own: always hatched. */
  isOther?: boolean;
  /** One for each bucket; null where nothing is known. Only for drawing: texts come from exact amounts. */
  values: readonly (number | null)[];
}

export type ChartForm = 'bars' | 'share' | 'lines';

/** Bottom and top of each series in each bucket, in values. */
export type Stack = readonly (readonly (readonly [low: number, high: number])[])[];

export function stackOf(series: readonly ChartSeries[], form: 'bars' | 'share'): Stack {
  const buckets = Math.max(0, ...series.map(({ values }) => values.length));
  const sizes = series.map(({ values }) =>
    Array.from({ length: buckets }, (_, bucket) => Math.max(0, values[bucket] ?? 0)),
  );
  const totals = Array.from({ length: buckets }, (_, bucket) =>
    sizes.reduce((sum, values) => sum + (values[bucket] ?? 0), 0),
  );
  const tops = new Array<number>(buckets).fill(0);
  return sizes.map((values) =>
    values.map((value, bucket) => {
      const total = totals[bucket] ?? 0;
      const size = form === 'share' ? (total === 0 ? 0 : value / total) : value;
      const low = tops[bucket] ?? 0;
      tops[bucket] = low + size;
      return [low, low + size] as const;
    }),
  );
}

export function highest(series: readonly ChartSeries[], form: ChartForm): number {
  if (form === 'share') return 1;
  if (form === 'lines') {
    return Math.max(0, ...series.flatMap(({ values }) => values.map((value) => value ?? 0)));
  }
  const stack = stackOf(series, form);
  return Math.max(0, ...(stack.at(-1) ?? []).map(([, high]) => high));
}

/** From this many buckets on, bars have no room for gaps. */
const MAX_GAPPED = 120;
const GAP = 0.26;

export interface Columns {
  /** Left edge and width of the column that is drawn. */
  x: (bucket: number) => number;
  width: number;
  /** Width of a column with its gap. */
  step: number;
  gapped: boolean;
}

export function columnsOf(buckets: number, width: number): Columns {
  const step = buckets === 0 ? 0 : width / buckets;
  const gapped = buckets <= MAX_GAPPED;
  const inner = gapped ? Math.max(1, step * (1 - GAP)) : step;
  // Few buckets would make walls of colour.
  const drawn = gapped ? Math.min(inner, 96) : inner;
  return { x: (bucket) => bucket * step + (step - drawn) / 2, width: drawn, step, gapped };
}

const px = (value: number) => Number(value.toFixed(2));

/** One path for all segments of a series. A gap of a pixel keeps neighbours apart. */
export function barsPath(
  stack: Stack[number],
  columns: Columns,
  y: (value: number) => number,
  only: (bucket: number) => boolean = () => true,
): string {
  const parts: string[] = [];
  stack.forEach(([low, high], bucket) => {
    if (high <= low || !only(bucket)) return;
    const [top, bottom] = [y(high), y(low)];
    const gap = columns.gapped ? Math.min(1, (bottom - top) / 3) : 0;
    const height = bottom - top - gap;
    if (height < 0.05) return;
    parts.push(
      `M${px(columns.x(bucket))} ${px(top + gap)}h${px(columns.width)}v${px(height)}h${px(-columns.width)}z`,
    );
  });
  return parts.join('');
}

/** A line through points; it breaks where nothing is known. */
export function linePath(points: readonly { x: number; y: number | undefined }[]): string {
  return points
    .map(({ x, y }, index) => {
      if (y === undefined) return '';
      return `${points[index - 1]?.y === undefined ? 'M' : 'L'}${px(x)} ${px(y)}`;
    })
    .join('');
}

/** The bucket at a distance from the left edge of the plot. */
export function bucketAt(x: number, buckets: number, step: number): number | undefined {
  if (buckets === 0 || step === 0) return undefined;
  return Math.min(buckets - 1, Math.max(0, Math.floor(x / step)));
}

/** The series whose segment in a bucket covers a value. */
export function seriesAt(stack: Stack, bucket: number, value: number): number | undefined {
  const index = stack.findIndex((levels) => {
    const [low, high] = levels[bucket] ?? [0, 0];
    return value >= low && value < high;
  });
  return index < 0 ? undefined : index;
}

/** First and last bucket of a selection; undefined if it is too short to zoom into. */
export function selectionOf(
  start: number,
  end: number,
): { first: number; last: number } | undefined {
  const [first, last] = start <= end ? [start, end] : [end, start];
  return last - first < 1 ? undefined : { first, last };
}
