/** Every cell of the two tables of the lifecycle: each state, each signal and event, with and without another sender of the tenant. */
import { describe, expect, test } from 'vitest';
import { type Circumstances, decide } from '../../../service/core/configuration/decide.ts';
import { type ConfigurationEvent, type Signal, signals } from '../../../service/core/configuration/events.ts';
import {
  type AdministrativeState,
  administrativeStates,
  type Configuration,
  type OperationalState,
  operationalStates,
  type ProvisioningStep,
  provisioningSteps,
} from '../../../service/core/configuration/records.ts';
import { configurationOf, epoch, later } from '../../support/configurationBuilder.ts';
import { administrativeRows, alreadySo, type EventLabel, operationalRows, type Place, places } from './lifecycleTable.ts';

const now = later(1000);
const circumstances: Circumstances = {
  now,
  otherCanSend: false,
  pollingIntervalSeconds: 30,
  pollingTimeoutHours: 24,
  failureThreshold: 5,
};

const facts: { [T in Exclude<EventLabel, Signal>]: Extract<ConfigurationEvent, { type: T }> } = {
  ServerCreated: { type: 'ServerCreated', serverId: 1, serverName: 'n', serverToken: 'sealed', keyVersionId: 'k', adopted: false },
  DomainCreated: {
    type: 'DomainCreated',
    domainId: 2,
    dkimName: 'd',
    dkimValue: 'v',
    returnPathName: 'r',
    returnPathValue: 't',
    adopted: false,
  },
  WebhookInstalled: { type: 'WebhookInstalled', webhookId: 3, takenOver: false },
  RecordsWritten: { type: 'RecordsWritten', changeId: 'C1' },
  StepFailed: { type: 'StepFailed', step: 'createServer', code: 'postmark_614', detail: 'the plan is full' },
  Unwound: { type: 'Unwound', retiredServerId: null },
  VerificationChecked: { type: 'VerificationChecked', dkim: true, returnPath: false, evidence: 'seen' },
  Verified: { type: 'Verified' },
  VerificationTimedOut: { type: 'VerificationTimedOut', dkim: false, returnPath: false, evidence: 'not seen' },
  SendFailed: { type: 'SendFailed', code: 'postmark_10', detail: 'bad token' },
  FailureThresholdCrossed: { type: 'FailureThresholdCrossed', code: 'postmark_10', detail: 'bad token' },
  SendSucceeded: { type: 'SendSucceeded' },
  Drained: { type: 'Drained' },
};

const isSignal = (label: EventLabel): label is Signal => (signals as readonly string[]).includes(label);
const eventOf = (label: EventLabel): ConfigurationEvent =>
  isSignal(label) ? { type: 'Signal', signal: label, reason: null, adopt: false } : facts[label];
const labels: readonly EventLabel[] = [...signals, ...(Object.keys(facts) as (keyof typeof facts)[])];

const at = (place: Place, administrative: AdministrativeState): Configuration => {
  const [operational, step] = place.split('.');
  return configurationOf({
    operational: operational as OperationalState,
    step: (step ?? null) as ProvisioningStep | null,
    administrative,
    verificationStartedAt: place === 'AWAITING_VERIFICATION' ? epoch : null,
  });
};
const placeOf = (c: Configuration): Place => (c.step === null ? c.operational : `${c.operational}.${c.step}`);

type Cell = { place: Place; administrative: AdministrativeState; label: EventLabel; otherCanSend: boolean };

const rowsFor = ({ place, administrative, label, otherCanSend }: Cell) => {
  const facts = { place, administrative, otherCanSend };
  return {
    operational: operationalRows.find((row) => row.event === label && row.from.includes(place) && (row.when?.(facts) ?? true)),
    administrative: administrativeRows.find((row) => row.event === label && row.from === administrative && (row.when?.(facts) ?? true)),
  };
};
const accepted = (cell: Cell): boolean => {
  const { operational, administrative } = rowsFor(cell);
  return operational !== undefined || administrative !== undefined;
};

const cells = places.flatMap((place) =>
  administrativeStates.flatMap((administrative) =>
    labels.flatMap((label) => [false, true].map((otherCanSend): Cell => ({ place, administrative, label, otherCanSend }))),
  ),
);

const expectMoved = (cell: Cell): void => {
  const before = at(cell.place, cell.administrative);
  const { operational, administrative } = rowsFor(cell);
  const decision = decide(before, eventOf(cell.label), { ...circumstances, otherCanSend: cell.otherCanSend });
  if (decision.kind !== 'changed') throw new Error(`answered ${decision.kind}`);
  const { next, effects } = decision;
  const operationalMoved = (operational !== undefined && operational.to !== cell.place) || cell.label === 're-verify';
  const administrativeMoved = administrative !== undefined;
  expect({ place: placeOf(next), administrative: next.administrative }).toEqual({
    place: operational?.to ?? cell.place,
    administrative: administrative?.to ?? cell.administrative,
  });
  expect(effects).toEqual(
    [...(operational?.effects ?? []), ...(administrative?.effects ?? [])].map(({ kind, delay }) => ({
      kind,
      runAt: delay === 'now' ? now : later(30, now),
    })),
  );
  expect(next.generation).toBe(before.generation + (operationalMoved ? 1 : 0));
  expect(next.operationalSince).toEqual(operationalMoved ? now : before.operationalSince);
  expect(next.administrativeSince).toEqual(administrativeMoved ? now : before.administrativeSince);
  expect(next.updatedAt).toEqual(now);
};

const expectRefused = (cell: Cell, signal: Signal): void => {
  const before = at(cell.place, cell.administrative);
  const allowed = signals.filter((label) => accepted({ ...cell, label }));
  const withoutTheOther = accepted({ ...cell, otherCanSend: false });
  expect(decide(before, eventOf(signal), { ...circumstances, otherCanSend: cell.otherCanSend })).toEqual(
    alreadySo[signal](cell)
      ? { kind: 'alreadySo' }
      : { kind: 'refused', code: withoutTheOther ? 'tenant_already_sendable' : 'signal_not_accepted', allowedSignals: allowed },
  );
};

describe('the table covers the whole machine', () => {
  test('every operational state and step is a place, and there is no other', () => {
    const all = operationalStates.flatMap((state) =>
      state === 'PROVISIONING' ? provisioningSteps.map((step) => `${state}.${step}`) : [state],
    );
    expect([...places].sort()).toEqual([...all].sort());
  });
});

describe.each(places)('in %s', (place) => {
  const here = cells.filter((cell) => cell.place === place);
  const counts = here.filter(({ label }) => label === 'SendFailed' || label === 'SendSucceeded');
  const rest = here.filter((cell) => !counts.includes(cell));
  const name = ({ administrative, label, otherCanSend }: Cell) => `${label} ∥ ${administrative}${otherCanSend ? ', another can send' : ''}`;

  test.each(rest.filter(accepted).map((cell) => [name(cell), cell] as const))('%s moves as the table says', (_name, cell) =>
    expectMoved(cell),
  );
  const signalCells = rest.filter(({ label }) => isSignal(label)).filter((cell) => !accepted(cell));
  test.each(signalCells.map((cell) => [name(cell), cell] as const))(
    '%s is already so, or refused with what would be accepted',
    (_n, cell) => {
      if (isSignal(cell.label)) expectRefused(cell, cell.label);
    },
  );
  test('events it has no use for change nothing', () => {
    for (const cell of rest.filter(({ label }) => !isSignal(label)).filter((one) => !accepted(one))) {
      const decision = decide(at(place, cell.administrative), eventOf(cell.label), circumstances);
      expect([cell.label, decision]).toEqual([cell.label, { kind: 'ignored' }]);
    }
  });
  test('a send that fails or succeeds counts only where mail may be sent', () => {
    for (const cell of counts) {
      const before = { ...at(place, cell.administrative), failureCount: 2 };
      const decision = decide(before, eventOf(cell.label), circumstances);
      if (place !== 'OK' && place !== 'DEGRADED') expect(decision).toEqual({ kind: 'ignored' });
      else if (decision.kind !== 'changed') throw new Error(`${cell.label} was ${decision.kind}`);
      else expect(decision.next.failureCount).toBe(cell.label === 'SendFailed' ? 3 : 0);
    }
  });
});

describe('a decision is pure', () => {
  test('it changes nothing it was given, and says the same again', () => {
    const before = Object.freeze(at('PENDING', 'LOCKED'));
    const once = decide(before, eventOf('provision'), circumstances);
    expect(decide(before, eventOf('provision'), circumstances)).toEqual(once);
  });
});
