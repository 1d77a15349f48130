/** The lifecycle's machine walked into a chart: its regions and states, what each does on entry, and its transitions as they are, guards and effects in words. */
import type { AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { signals } from '../../service/core/configuration/events.ts';

/** `entry`: the effects that entering brings. `children`: empty for a state without any. */
export type ChartState = { id: string; name: string; entry: string[]; final: boolean; initial: string | null; children: ChartState[] };
export type ChartTransition = {
  /** Several when as many states have the same one: then it is drawn once. */
  from: string[];
  to: string;
  event: string;
  isSignal: boolean;
  guard: string | null;
  effects: string[];
};
export type Chart = { regions: ChartState[]; transitions: ChartTransition[] };

/** From so many on, the same transition of several states is drawn once, from a list of their names. */
const sharedByMin = 4;

type Action = { type: string; params?: { kind?: string; delay?: string } };

const effectsOf = (actions: readonly unknown[]): string[] =>
  actions
    .map((action) => action as Action)
    .filter(({ type }) => type === 'effect')
    .map(({ params }) => (params?.delay === 'now' ? `${params.kind}` : `${params?.kind} ${inWords(params?.delay ?? '')}`));

/** `afterPollingInterval` → `after polling interval` */
const inWords = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** xstate keeps what `and`, `or`, `not` and `stateIn` were given on the functions they make. */
type Guard = string | { name: string; guards?: readonly Guard[]; stateValue?: Readonly<Record<string, string>> };

const guardInWords = (guard: Guard, inner = false): string => {
  if (typeof guard === 'string') return inWords(guard);
  if (guard.stateValue !== undefined) return Object.values(guard.stateValue).join(' ');
  const parts = (guard.guards ?? []).map((part) => guardInWords(part, true));
  if (guard.name === 'not') return `not ${parts.join('')}`;
  const text = parts.join(` ${guard.name} `);
  return inner ? `(${text})` : text;
};

const leafOf = (state: AnyStateNode): AnyStateNode => {
  const first = state.type === 'compound' ? state.initial.target[0] : undefined;
  return first === undefined ? state : leafOf(first);
};

const stateOf = (state: AnyStateNode): ChartState => ({
  id: state.id,
  name: state.key,
  entry: effectsOf(state.entry),
  final: state.type === 'final',
  initial: state.type === 'compound' ? leafOf(state).id : null,
  children: Object.values(state.states).map(stateOf),
});

const transitionOf = (from: AnyStateNode, each: AnyTransitionDefinition): ChartTransition => ({
  from: [from.id],
  to: leafOf(each.target?.[0] ?? from).id,
  event: each.eventType,
  isSignal: signals.some((signal) => signal === each.eventType),
  guard: each.guard === undefined ? null : guardInWords(each.guard as Guard),
  effects: effectsOf(each.actions),
});

const transitionsOf = (state: AnyStateNode): ChartTransition[] => [
  ...[...state.transitions.values()].flat().map((each) => transitionOf(state, each)),
  ...Object.values(state.states).flatMap(transitionsOf),
];

const shared = (transitions: readonly ChartTransition[]): ChartTransition[] => {
  const alike = Map.groupBy(transitions, ({ from: _, ...rest }) => JSON.stringify(rest));
  return [...alike.values()].flatMap((each) => {
    const [first] = each;
    return first === undefined || each.length < sharedByMin ? each : [{ ...first, from: each.flatMap(({ from }) => from) }];
  });
};

export const chartOf = (machine: { root: AnyStateNode }): Chart => ({
  regions: Object.values(machine.root.states).map(stateOf),
  transitions: shared(transitionsOf(machine.root)),
});
