// The picture of a chart as pixels. The page's policy loads no picture from memory, so the SVG cannot be handed to an
// image element: the few shapes that charts are made of are drawn on a canvas instead.

const SCALE = 2;

/** `svg` has all styles as attributes, as `chartSvg` writes them. */
export async function chartPng(svg: SVGSVGElement): Promise<Blob> {
  const canvas = document.createElement('canvas');
  const [width, height] = [number(svg, 'width'), number(svg, 'height')];
  canvas.width = Math.round(width * SCALE);
  canvas.height = Math.round(height * SCALE);
  const context = contextOf(canvas);
  context.scale(SCALE, SCALE);
  paintAll({ context, svg, width, height }, svg);
  return new Promise((done, fail) =>
    canvas.toBlob((blob) => (blob ? done(blob) : fail(new Error('The picture is too large.')))),
  );
}

interface Painting {
  context: CanvasRenderingContext2D;
  svg: SVGSVGElement;
  /** What percentages are of. */
  width: number;
  height: number;
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d');
  if (!context) throw new Error('This browser cannot draw pictures.');
  return context;
}

const number = (element: Element, name: string): number =>
  Number.parseFloat(element.getAttribute(name) ?? '') || 0;

function length(element: Element, name: string, whole: number): number {
  const value = number(element, name);
  return element.getAttribute(name)?.endsWith('%') ? (value / 100) * whole : value;
}

function paintAll(painting: Painting, parent: Element) {
  for (const child of parent.children) paint(painting, child);
}

function paint(painting: Painting, element: Element) {
  const { context } = painting;
  if (element.localName === 'defs') return;
  context.save();
  context.globalAlpha *= Number(element.getAttribute('opacity') ?? 1);
  if (element.localName === 'g' || element.localName === 'svg') {
    const [x = 0, y = 0] = /translate\(([^)]*)\)/
      .exec(element.getAttribute('transform') ?? '')?.[1]
      ?.split(/[\s,]+/)
      .map(Number) ?? [number(element, 'x'), number(element, 'y')];
    context.translate(x, y);
    paintAll(painting, element);
  } else if (element.localName === 'text') paintText(painting, element);
  else paintShape(painting, element);
  context.restore();
}

function paintShape(painting: Painting, element: Element) {
  const { context } = painting;
  const path = pathOf(painting, element);
  if (!path) return;
  const fill = colourOf(painting, element, 'fill');
  const stroke = colourOf(painting, element, 'stroke');
  if (fill && element.localName !== 'line') {
    context.fillStyle = fill;
    context.save();
    context.globalAlpha *= Number(element.getAttribute('fill-opacity') ?? 1);
    context.fill(path);
    context.restore();
  }
  if (stroke) {
    setStroke(context, element, stroke);
    context.stroke(path);
  }
}

function pathOf({ width, height }: Painting, element: Element): Path2D | undefined {
  const path = new Path2D();
  const at = (name: string) => number(element, name);
  switch (element.localName) {
    case 'path':
      return new Path2D(element.getAttribute('d') ?? '');
    case 'rect':
      path.roundRect(
        at('x'),
        at('y'),
        length(element, 'width', width),
        length(element, 'height', height),
        at('rx'),
      );
      return path;
    case 'line':
      path.moveTo(at('x1'), at('y1'));
      path.lineTo(at('x2'), at('y2'));
      return path;
    case 'circle':
      path.arc(at('cx'), at('cy'), at('r'), 0, 2 * Math.PI);
      return path;
    default:
      return undefined;
  }
}

function setStroke(
  context: CanvasRenderingContext2D,
  element: Element,
  stroke: string | CanvasPattern,
) {
  context.strokeStyle = stroke;
  context.lineWidth = Number.parseFloat(element.getAttribute('stroke-width') ?? '1');
  context.lineCap = (element.getAttribute('stroke-linecap') ?? 'butt') as CanvasLineCap;
  context.lineJoin = (element.getAttribute('stroke-linejoin') ?? 'miter') as CanvasLineJoin;
  const dashes = element.getAttribute('stroke-dasharray') ?? 'none';
  context.setLineDash(dashes === 'none' ? [] : dashes.split(/[\s,]+/).map(Number.parseFloat));
}

const ANCHORS: Record<string, CanvasTextAlign> = { start: 'left', middle: 'center', end: 'right' };

function paintText(painting: Painting, element: Element) {
  const { context, svg } = painting;
  const size = number(element, 'font-size');
  const weight = element.getAttribute('font-weight') ?? '400';
  context.font = `${weight} ${size}px ${svg.getAttribute('font-family')}`;
  context.textAlign = ANCHORS[element.getAttribute('text-anchor') ?? 'start'] ?? 'left';
  const [x, dy] = [number(element, 'x'), number(element, 'dy') * size];
  const y = number(element, 'y') + dy;
  const text = element.textContent ?? '';
  const stroke = colourOf(painting, element, 'stroke');
  if (stroke) {
    setStroke(context, element, stroke);
    context.strokeText(text, x, y);
  }
  context.fillStyle = colourOf(painting, element, 'fill') ?? 'black';
  context.fillText(text, x, y);
}

function colourOf(painting: Painting, element: Element, name: 'fill' | 'stroke') {
  const value = element.getAttribute(name);
  if (value === null || value === 'none') return undefined;
  const [, id] = /^url\(["']?#([^"')]+)/.exec(value) ?? [];
  return id === undefined ? value : patternOf(painting, id);
}

/** One tile of a hatch, repeated. */
function patternOf({ context, svg }: Painting, id: string): CanvasPattern | undefined {
  const pattern = svg.querySelector(`[id="${id}"]`);
  if (!pattern) return undefined;
  const [width, height] = [number(pattern, 'width'), number(pattern, 'height')];
  const tile = document.createElement('canvas');
  tile.width = width * SCALE;
  tile.height = height * SCALE;
  const inner = contextOf(tile);
  inner.scale(SCALE, SCALE);
  paintAll({ context: inner, svg, width, height }, pattern);
  const repeated = context.createPattern(tile, 'repeat');
  const turn = /rotate\(([-\d.]+)/.exec(pattern.getAttribute('patternTransform') ?? '')?.[1] ?? 0;
  repeated?.setTransform(new DOMMatrix().rotate(Number(turn)).scale(1 / SCALE));
  return repeated ?? undefined;
}
