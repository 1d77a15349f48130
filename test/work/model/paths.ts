/** Ways through the machine as xstate's own walk finds them: to every state, and over every transition from there. */
import { type SnapshotFrom, transition } from 'xstate';
import { getShortestPaths } from 'xstate/graph';
import { type MachineEvent, machine } from '../../../service/core/configuration/machine.ts';

type Snapshot = SnapshotFrom<typeof machine>;
/** One event, and where the machine is after it: `OK LOCKED`, `PROVISIONING.unwind LOCKED`. */
export type Path = readonly { event: string; leadsTo: string }[];

const isOne = (descriptor: string): descriptor is MachineEvent['type'] => !descriptor.includes('*');
const events = machine.events.filter(isOne).map((type): MachineEvent => ({ type }));

const whereIs = ({ value: { operational, administrative } }: Snapshot): string => {
  const place = typeof operational === 'string' ? operational : Object.entries(operational).flat().join('.');
  return `${place} ${administrative}`;
};

const shortest = getShortestPaths(machine, { events }).map(({ state, steps }) => ({
  state,
  // The first step that xstate names is the beginning itself.
  path: steps.slice(1).map(({ event, state: after }) => ({ event: event.type, leadsTo: whereIs(after) })),
}));

const isBeginning = (path: Path, of: Path): boolean => path.length < of.length && path.every(({ event }, n) => of[n]?.event === event);

/** The shortest way to each state. */
export const pathsToStates: readonly Path[] = shortest.map(({ path }) => path);

/** The shortest way to each state and one transition on, but none that is only the beginning of another. */
export const pathsOverTransitions: readonly Path[] = shortest
  .flatMap(({ state, path }): Path[] =>
    events
      .filter((event) => state.can(event))
      .map((event) => [...path, { event: event.type, leadsTo: whereIs(transition(machine, state, event)[0]) }]),
  )
  .filter((path, _, all) => !all.some((other) => isBeginning(path, other)));
