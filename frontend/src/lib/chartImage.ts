// A chart as an SVG that looks the same outside the page: styles written into it, a title and the legend below.

const STYLES = [
  'fill',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'stroke-linecap',
  'stroke-linejoin',
  'opacity',
  'fill-opacity',
  'paint-order',
  'font-size',
  'font-weight',
  'text-anchor',
];
const PADDING = 16;
const TITLE_PX = 28;
const LINE_PX = 20;
const FONT = 'Inter, system-ui, sans-serif';

export interface LegendLine {
  name: string;
  amount: string;
  color: string;
}

/** Writes the computed styles of each element into its copy; classes mean nothing elsewhere. */
function writeStyles(from: Element, to: Element) {
  const computed = getComputedStyle(from);
  for (const name of STYLES) {
    const value = computed.getPropertyValue(name);
    if (value) to.setAttribute(name, value);
  }
  to.removeAttribute('class');
  [...from.children].forEach((child, index) => {
    const copy = to.children[index];
    if (copy) writeStyles(child, copy);
  });
}

function element<Name extends keyof SVGElementTagNameMap>(
  name: Name,
  attributes: Record<string, string | number>,
  text = '',
): SVGElementTagNameMap[Name] {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.textContent = text;
  return made;
}

export function chartSvg(
  chart: SVGSVGElement,
  title: string,
  legend: readonly LegendLine[],
): SVGSVGElement {
  const [width, height] = [chart.width.baseVal.value, chart.height.baseVal.value];
  const total = height + 2 * PADDING + TITLE_PX + LINE_PX * legend.length + PADDING;
  const { backgroundColor, color } = getComputedStyle(chart.closest('section') ?? document.body);
  const copy = chart.cloneNode(true) as SVGSVGElement;
  writeStyles(chart, copy);
  copy.setAttribute('x', String(PADDING));
  copy.setAttribute('y', String(PADDING + TITLE_PX));
  const outer = element('svg', {
    width: width + 2 * PADDING,
    height: total,
    'font-family': FONT,
  });
  const at = { x: PADDING, fill: color };
  outer.append(
    element('rect', { width: '100%', height: '100%', fill: backgroundColor }),
    element('text', { ...at, y: PADDING + 14, 'font-size': 14, 'font-weight': 600 }, title),
    copy,
    ...legend.flatMap((line, index) => {
      const y = height + 2 * PADDING + TITLE_PX + LINE_PX * index;
      const text = [line.name, line.amount].filter(Boolean).join('  ');
      return [
        element('rect', { x: PADDING, y, width: 10, height: 10, rx: 2, fill: line.color }),
        element('text', { ...at, x: PADDING + 18, y: y + 9, 'font-size': 12 }, text),
      ];
    }),
  );
  return outer;
}
