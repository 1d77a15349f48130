/** The diagram of the lifecycle says what the machine does: nothing is left out of it, and nothing is in it that the machine does not say. */

import { expect, test } from 'vitest';
import { and, createMachine, not, stateIn } from 'xstate';
import { type ChartState, chartOf } from '../../dev/diagram/chart.ts';
import { dotOf } from '../../dev/diagram/dot.ts';
import { machineFileProblem } from '../../dev/machineFile.ts';
import { machine } from '../../service/core/configuration/machine.ts';

const effect = (kind: string, delay = 'now') => ({ type: 'effect', params: { kind, delay } });

test('a chart has each region, state, entry effect and transition of its machine, with guards and delays in words', () => {
  const small = createMachine({
    id: 'small',
    type: 'parallel',
    states: {
      door: {
        initial: 'SHUT',
        states: {
          SHUT: { on: { unlock: { target: 'OPEN', guard: and([not('someoneInside'), stateIn({ light: 'ON' })]) } } },
          OPEN: { entry: effect('ring'), on: { Closed: 'SHUT', Looked: { actions: effect('look', 'afterAWhile') } } },
        },
      },
      light: { initial: 'ON', states: { ON: {} } },
    },
  });
  const state = (id: string, entry: string[] = []): ChartState => {
    const name = id.split('.').at(-1) ?? '';
    return { id: `small.${id}`, name, entry, final: false, initial: null, children: [] };
  };
  const move = { guard: null, effects: [], isSignal: false };
  const [shut, open] = ['small.door.SHUT', 'small.door.OPEN'];
  expect(chartOf(small)).toEqual({
    regions: [
      { ...state('door'), initial: shut, children: [state('door.SHUT'), state('door.OPEN', ['ring'])] },
      { ...state('light'), initial: 'small.light.ON', children: [state('light.ON')] },
    ],
    transitions: [
      { ...move, from: [shut], to: open, event: 'unlock', isSignal: true, guard: 'not someone inside and ON' },
      { ...move, from: [open], to: shut, event: 'Closed' },
      { ...move, from: [open], to: open, event: 'Looked', effects: ['look after a while'] },
    ],
  });
});

test('what many states have in common is drawn once and names them all, and what stays where it is stands in its box', () => {
  const chart = chartOf(machine);
  const remove = chart.transitions.filter(({ event }) => event === 'remove');
  expect(remove.map(({ from }) => from.length)).toEqual([7]);
  const drawing = dotOf(chart);
  for (const { event, from, to } of chart.transitions) {
    const [first] = from;
    const source = from.length > 1 ? `note ${event} ${to}` : first;
    if (first === to) expect(drawing, event).toMatch(new RegExp(`"${to}" \\[label=<.*${event}.*\\];`));
    else expect(drawing, event).toMatch(new RegExp(`"${source}" -> "${to}" \\[label=<.*${event}.*\\];`));
  }
});

test('the drawing in the repository is that of the machine', async () => {
  expect(await machineFileProblem()).toBeNull();
});
