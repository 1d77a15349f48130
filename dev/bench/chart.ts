/** Lines over a common axis as one SVG file: what a benchmark saw over time, for whoever looks at it afterwards. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export type Series = { name: string; points: readonly (readonly [x: number, y: number])[] };
/** `marks`: moments worth a thin line from top to bottom. */
export type LineChart = { title: string; xLabel: string; yLabel: string; series: readonly Series[]; marks?: readonly number[] };

const size = { width: 900, height: 420 } as const;
const margin = { top: 48, right: 170, bottom: 48, left: 72 } as const;
const plot = { width: size.width - margin.left - margin.right, height: size.height - margin.top - margin.bottom } as const;
/** Told apart in print and by most eyes (Okabe and Ito). */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'] as const;
const ticksWanted = 5;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const short = (value: number): string => (Number.isInteger(value) ? value.toLocaleString('en') : value.toPrecision(3));

/** 1, 2 or 5 times a power of ten: steps that people read without counting. */
const stepOf = (most: number): number => {
  const rough = Math.max(most, 1e-9) / ticksWanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  return ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10) * power;
};

const ticksTo = (most: number): number[] => {
  const step = stepOf(most);
  return Array.from({ length: Math.floor(most / step + 1e-9) + 1 }, (_, n) => n * step);
};

/** Both axes begin at nothing, so that a height is what it seems. */
export const lineChart = ({ title, xLabel, yLabel, series, marks = [] }: LineChart): string => {
  const all = series.flatMap(({ points }) => points);
  const xMost = Math.max(1e-9, ...all.map(([x]) => x));
  const yMost = Math.max(1e-9, ...all.map(([, y]) => y));
  const x = (value: number): string => (margin.left + (value / xMost) * plot.width).toFixed(1);
  const y = (value: number): string => (margin.top + plot.height - (value / yMost) * plot.height).toFixed(1);
  const [left, right, top, bottom] = [margin.left, margin.left + plot.width, margin.top, margin.top + plot.height];
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${size.width}" height="${size.height}" fill="#fff"/>`,
    `<text x="${left}" y="28" font-size="16">${escaped(title)}</text>`,
    ...marks.map((at) => `<line x1="${x(at)}" x2="${x(at)}" y1="${top}" y2="${bottom}" stroke="#f3d9d9"/>`),
    ...ticksTo(xMost).map((at) => `<text x="${x(at)}" y="${bottom + 18}" text-anchor="middle">${short(at)}</text>`),
    ...ticksTo(yMost).flatMap((at) => [
      `<line x1="${left}" x2="${right}" y1="${y(at)}" y2="${y(at)}" stroke="#ddd"/>`,
      `<text x="${left - 8}" y="${y(at)}" dy="4" text-anchor="end">${short(at)}</text>`,
    ]),
    `<text x="${(left + right) / 2}" y="${size.height - 10}" text-anchor="middle">${escaped(xLabel)}</text>`,
    `<text transform="translate(18 ${(top + bottom) / 2}) rotate(-90)" text-anchor="middle">${escaped(yLabel)}</text>`,
    ...series.flatMap(({ name, points }, index) => {
      const colour = colours[index % colours.length];
      const line = points.map(([px, py]) => `${x(px)},${y(py)}`).join(' ');
      const at = top + 12 + index * 20;
      return [
        `<polyline points="${line}" fill="none" stroke="${colour}" stroke-width="1.5"/>`,
        `<text x="${right + 12}" y="${at}" fill="${colour}">${escaped(name)}</text>`,
      ];
    }),
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
};

/** A line per figure over the rounds of a benchmark. */
export const roundsChart = (title: string, yLabel: string, figures: Readonly<Record<string, readonly number[]>>): LineChart => ({
  title,
  xLabel: 'round',
  yLabel,
  series: Object.entries(figures).map(([name, values]) => ({ name, points: values.map((value, round) => [round + 1, value] as const) })),
});

const folder = new URL('../../bench/output/', import.meta.url);

/** Writes `bench/output/{name}.svg`, which is not committed; answers the path to show. */
export const saveChart = (name: string, chart: LineChart): string => {
  mkdirSync(folder, { recursive: true });
  const path = fileURLToPath(new URL(`${name}.svg`, folder));
  writeFileSync(path, lineChart(chart));
  return `bench/output/${name}.svg`;
};
