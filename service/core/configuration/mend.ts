/** What an operator had mended because of drift, decided: in which states it counts, and what is to be done. It moves nothing. */
import { absorb } from './absorb.ts';
import type { Decision } from './decide.ts';
import type { Effect } from './effects.ts';
import type { MendingEvent } from './events.ts';
import type { Configuration, OperationalState } from './records.ts';

/** Provisioned, and not on the way anywhere: what is being made or taken back is its task's business. */
export const mendableStates: readonly OperationalState[] = ['AWAITING_VERIFICATION', 'UNVERIFIED', 'OK', 'DEGRADED', 'FAILURE'];

const counts = (c: Configuration, event: MendingEvent): boolean => {
  if (!mendableStates.includes(c.operational)) return false;
  return event.type === 'ServerRemade' ? c.serverId === event.serverIdBefore : c.recordsWrittenAt !== null;
};

export const mend = (c: Configuration, event: MendingEvent, now: Date): Decision => {
  if (!counts(c, event)) return { kind: 'ignored' };
  const effects: Effect[] = event.type === 'RecordsDrifted' ? [{ kind: 'write-records', runAt: now }] : [];
  return { kind: 'changed', next: absorb(c, event, now), effects, recorded: event };
};
