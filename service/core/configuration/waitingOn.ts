/** What a configuration waits for, in one word, with since when and the next look. Null when it waits for nothing. */
import type { Signal } from './events.ts';
import type { Configuration } from './records.ts';
import { isOperationallySendable } from './sendable.ts';

export const waitingFor = [
  'createServer',
  'createDomain',
  'installWebhook',
  'writeRecords',
  'recordsInSync',
  'unwind',
  'dkimVerified',
  'returnPathVerified',
  'dkimAndReturnPathVerified',
  'drain',
  'operator',
] as const;

export type WaitingOn = {
  what: (typeof waitingFor)[number];
  since: Date;
  nextLook: Date | null;
  signal: Signal | null;
  /** The last thing that went wrong while waiting, or why an operator is needed; no secrets. */
  detail: string | null;
};

/** The live effect behind the wait, when there is one. */
export type LiveEffect = { runAt: Date; lastError: string | null; zoneChangeSubmitted: boolean };

const missingFlag = (c: Configuration): WaitingOn['what'] => {
  if (c.dkimVerified) return 'returnPathVerified';
  return c.returnPathVerified ? 'dkimVerified' : 'dkimAndReturnPathVerified';
};

const operatorSignal = (c: Configuration): Signal | null => {
  switch (c.operational) {
    case 'PENDING':
      return 'provision';
    case 'UNVERIFIED':
      return 're-verify';
    case 'MISSING':
      return 're-provision';
    case 'FAILURE':
      return 'recover';
    default:
      return isOperationallySendable(c.operational) && c.administrative === 'LOCKED' ? 'unlock' : null;
  }
};

const workUnderWay = (c: Configuration, live: LiveEffect | null): WaitingOn['what'] | null => {
  if (c.operational === 'AWAITING_VERIFICATION') return missingFlag(c);
  if (c.operational === 'REMOVING' || c.step === 'unwind' || c.step === 'cleanUp') return 'unwind';
  if (c.step === 'writeRecords') return live?.zoneChangeSubmitted ? 'recordsInSync' : 'writeRecords';
  return c.step;
};

export const waitingOn = (c: Configuration, live: LiveEffect | null): WaitingOn | null => {
  const work = workUnderWay(c, live);
  if (work !== null) {
    const since = c.operational === 'AWAITING_VERIFICATION' ? (c.verificationStartedAt ?? c.operationalSince) : c.operationalSince;
    return { what: work, since, nextLook: live?.runAt ?? null, signal: null, detail: live?.lastError ?? null };
  }
  const signal = operatorSignal(c);
  if (signal !== null) {
    const since = signal === 'unlock' ? c.administrativeSince : c.operationalSince;
    return { what: 'operator', since, nextLook: null, signal, detail: c.lastFailureDetail };
  }
  if (c.administrative === 'LOCKING') {
    return { what: 'drain', since: c.administrativeSince, nextLook: live?.runAt ?? null, signal: null, detail: live?.lastError ?? null };
  }
  return null;
};
