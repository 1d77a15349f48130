/** A chart in the language of Graphviz. Colours are stand-ins that `style.ts` turns into classes. */
import type { Chart, ChartState, ChartTransition } from './chart.ts';
import { standIns } from './style.ts';

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const quoted = (text: string): string => JSON.stringify(text);
const font = (text: string, colour: string, size = 11): string => `<font point-size="${size}" color="${colour}">${text}</font>`;

const effectLines = (effects: readonly string[]): string[] => effects.map((each) => font(`▸ ${escaped(each)}`, standIns.effect));

const eventName = ({ event, isSignal }: ChartTransition): string =>
  font(isSignal ? `<b>${escaped(event)}</b>` : escaped(event), isSignal ? standIns.signal : standIns.ink, 12);

/** What leads nowhere else stands in the box: two arrows from a state to itself would lie on each other. */
const isStay = ({ from, to }: ChartTransition): boolean => from.length === 1 && from[0] === to;
const stayLine = (each: ChartTransition): string => `${[eventName(each), ...effectLines(each.effects)].join(' ')}<br align="left"/>`;

const stateLine = ({ id, name, entry, final }: ChartState, stays: readonly ChartTransition[]): string => {
  const label = [`<b>${escaped(name)}</b>`, ...effectLines(entry)].join('<br/>');
  const staying = stays.length === 0 ? '' : `<br/>${stays.map(stayLine).join('')}`;
  return `${quoted(id)} [label=<${label}${staying}>, class="state${final ? ' final' : ''}"${final ? ', peripheries=2' : ''}];`;
};

const startOf = (id: string): string => `start of ${id}`;

const clusterLines = (state: ChartState, notes: ReadonlyMap<string, string[]>, stays: readonly ChartTransition[]): string[] => [
  `subgraph ${quoted(`cluster ${state.id}`)} {`,
  `label=<<b>${escaped(state.name)}</b>>; class="${state.id.includes('.', state.id.indexOf('.') + 1) ? 'inner' : 'region'}"; margin=30;`,
  ...state.children.flatMap((child) =>
    child.children.length > 0
      ? clusterLines(child, notes, stays)
      : [
          stateLine(
            child,
            stays.filter(({ to }) => to === child.id),
          ),
        ],
  ),
  ...(notes.get(state.id) ?? []),
  '}',
];

/** A list of the states that share a transition, in the innermost box that holds them all. */
const noteId = ({ event, to }: ChartTransition): string => `note ${event} ${to}`;
const noteLine = (each: ChartTransition): string => {
  const names = each.from.map((id) => escaped(id.slice(id.lastIndexOf('.') + 1)));
  const label = [font('any of', standIns.muted), ...names.map((name) => font(name, standIns.ink))].join('<br/>');
  return `${quoted(noteId(each))} [label=<${label}>, class="note", style="rounded,dashed"];`;
};
const holderOf = (ids: readonly string[]): string => {
  const paths = ids.map((id) => id.split('.').slice(0, -1));
  const [first = []] = paths;
  return first.filter((part, n) => paths.every((path) => path[n] === part)).join('.');
};

const edgeLine = (each: ChartTransition): string => {
  const from = each.from.length > 1 ? noteId(each) : (each.from[0] ?? '');
  const guard = each.guard === null ? [] : `[${each.guard}]`.split(/ (?=and )/).map((part) => font(escaped(part), standIns.muted));
  const lines = [eventName(each), ...guard, ...effectLines(each.effects)].map((text) => `<tr><td align="left">${text}</td></tr>`);
  // A table, for the air around it: a bare label touches its own arrow.
  const label = `<table border="0" cellspacing="0" cellpadding="1"><tr><td rowspan="${lines.length}"> </td>${lines.join('').slice('<tr>'.length)}</table>`;
  const line = each.isSignal ? 'solid' : 'dashed';
  return `${quoted(from)} -> ${quoted(each.to)} [label=<${label}>, class="${each.isSignal ? 'signal' : 'event'}", style=${line}];`;
};

const startLines = (region: ChartState): string[] =>
  region.initial === null
    ? []
    : [
        `${quoted(startOf(region.id))} [shape=point, width=0.12, class="start"];`,
        `${quoted(startOf(region.id))} -> ${quoted(region.initial)} [class="begin"];`,
      ];

const legend = [
  'subgraph "cluster legend" { label=<<b>how to read it</b>>; class="region"; margin=12;',
  `legend [shape=plaintext, class="legend", label=<<table border="0" cellspacing="2">${[
    font('<b>signal</b>', standIns.signal, 12) + font('  an operator sends it; solid line', standIns.ink),
    font('Event', standIns.ink, 12) + font('  happened by itself; dashed line', standIns.ink),
    font('[guard]', standIns.muted) + font('  must hold, else it is refused', standIns.ink),
    font('▸ effect', standIns.effect) + font('  work that a move or an entry begins', standIns.ink),
    font('any of these inside a box: the state stays', standIns.ink),
  ]
    .map((row) => `<tr><td align="left">${row}</td></tr>`)
    .join('')}</table>>];`,
  '}',
];

export const dotOf = ({ regions, transitions }: Chart): string => {
  const notes = new Map<string, string[]>();
  for (const each of transitions.filter(({ from }) => from.length > 1)) {
    const holder = holderOf(each.from);
    notes.set(holder, [...(notes.get(holder) ?? []), noteLine(each)]);
  }
  for (const region of regions) notes.set(region.id, [...(notes.get(region.id) ?? []), ...startLines(region)]);
  return [
    'digraph configuration {',
    'graph [rankdir=TB, fontname="Helvetica", fontsize=14, nodesep=0.35, ranksep=0.45, pad=0.2, bgcolor="transparent"];',
    'node [shape=box, style=rounded, fontname="Helvetica", fontsize=13, margin="0.14,0.08"];',
    'edge [fontname="Helvetica", fontsize=12, arrowsize=0.7];',
    ...regions.flatMap((region) => clusterLines(region, notes, transitions.filter(isStay))),
    ...legend,
    ...transitions.filter((each) => !isStay(each)).map(edgeLine),
    ...(regions.at(-1)?.children ?? []).map(({ id }) => `${quoted(id)} -> legend [style=invis];`),
    '}',
  ].join('\n');
};
