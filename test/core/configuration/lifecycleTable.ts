/**
 * The lifecycle as the design page tables it, written down a second time and independently of the machine: a row is (from, event, to, effects).
 * What no row accepts is refused (a signal) or ignored (an event).
 */
import type { EffectDelay, EffectKind } from '../../../service/core/configuration/effects.ts';
import type { ConfigurationEvent, MaterialEvent, MendingEvent, Signal } from '../../../service/core/configuration/events.ts';
import type { AdministrativeState } from '../../../service/core/configuration/records.ts';

/** An operational state, or PROVISIONING with its step. */
export type Place = string;

export const places: readonly Place[] = [
  'PENDING',
  'PROVISIONING.createServer',
  'PROVISIONING.createDomain',
  'PROVISIONING.installWebhook',
  'PROVISIONING.writeRecords',
  'PROVISIONING.unwind',
  'PROVISIONING.cleanUp',
  'AWAITING_VERIFICATION',
  'UNVERIFIED',
  'OK',
  'DEGRADED',
  'FAILURE',
  'MISSING',
  'REMOVING',
  'REMOVED',
];

/** Without those that move nothing: of secrets, and of what drift had mended. */
export type EventLabel = Signal | Exclude<ConfigurationEvent['type'], 'Signal' | MaterialEvent['type'] | MendingEvent['type']>;

type ExpectedEffect = { kind: EffectKind; delay: EffectDelay };
const now = (kind: EffectKind): ExpectedEffect => ({ kind, delay: 'now' });

/** What else must hold for a row to apply. */
type Condition = (facts: { place: Place; administrative: AdministrativeState; otherCanSend: boolean }) => boolean;

export type OperationalRow = { from: readonly Place[]; event: EventLabel; to: Place; effects: readonly ExpectedEffect[]; when?: Condition };
export type AdministrativeRow = {
  from: AdministrativeState;
  event: EventLabel;
  to: AdministrativeState;
  effects: readonly ExpectedEffect[];
  when?: Condition;
};

const forward = ['PROVISIONING.createServer', 'PROVISIONING.createDomain', 'PROVISIONING.installWebhook', 'PROVISIONING.writeRecords'];
const removable = places.filter((place) => !place.startsWith('PROVISIONING') && place !== 'REMOVING' && place !== 'REMOVED');

export const operationalRows: readonly OperationalRow[] = [
  { from: ['PENDING'], event: 'provision', to: 'PROVISIONING.createServer', effects: [now('create-server')] },
  { from: ['PROVISIONING.createServer'], event: 'ServerCreated', to: 'PROVISIONING.createDomain', effects: [now('create-domain')] },
  { from: ['PROVISIONING.createDomain'], event: 'DomainCreated', to: 'PROVISIONING.installWebhook', effects: [now('install-webhook')] },
  { from: ['PROVISIONING.installWebhook'], event: 'WebhookInstalled', to: 'PROVISIONING.writeRecords', effects: [now('write-records')] },
  { from: ['PROVISIONING.writeRecords'], event: 'RecordsWritten', to: 'AWAITING_VERIFICATION', effects: [now('check-verification')] },
  { from: forward, event: 'StepFailed', to: 'PROVISIONING.unwind', effects: [now('unwind')] },
  { from: ['PROVISIONING.unwind'], event: 'Unwound', to: 'MISSING', effects: [] },
  {
    from: ['AWAITING_VERIFICATION'],
    event: 'VerificationChecked',
    to: 'AWAITING_VERIFICATION',
    effects: [{ kind: 'check-verification', delay: 'afterPollingInterval' }],
  },
  { from: ['AWAITING_VERIFICATION'], event: 'Verified', to: 'OK', effects: [] },
  { from: ['AWAITING_VERIFICATION'], event: 'VerificationTimedOut', to: 'UNVERIFIED', effects: [] },
  {
    from: ['AWAITING_VERIFICATION', 'UNVERIFIED'],
    event: 're-verify',
    to: 'AWAITING_VERIFICATION',
    effects: [now('check-verification')],
  },
  { from: ['MISSING'], event: 're-provision', to: 'PROVISIONING.cleanUp', effects: [now('unwind')] },
  { from: ['PROVISIONING.cleanUp'], event: 'Unwound', to: 'PROVISIONING.createServer', effects: [now('create-server')] },
  { from: ['OK', 'DEGRADED'], event: 'FailureThresholdCrossed', to: 'FAILURE', effects: [now('report-failure')] },
  {
    from: ['FAILURE'],
    event: 'recover',
    to: 'DEGRADED',
    effects: [],
    // It would make a second sender of the tenant.
    when: ({ administrative, otherCanSend }) => !(administrative === 'UNLOCKED' && otherCanSend),
  },
  { from: ['DEGRADED'], event: 'SendSucceeded', to: 'OK', effects: [] },
  {
    from: removable,
    event: 'remove',
    to: 'REMOVING',
    effects: [now('unwind')],
    when: ({ administrative }) => administrative === 'LOCKED',
  },
  { from: ['REMOVING'], event: 'Unwound', to: 'REMOVED', effects: [] },
];

export const administrativeRows: readonly AdministrativeRow[] = [
  {
    from: 'LOCKED',
    event: 'unlock',
    to: 'UNLOCKED',
    effects: [],
    when: ({ place, otherCanSend }) => (place === 'OK' || place === 'DEGRADED') && !otherCanSend,
  },
  { from: 'UNLOCKED', event: 'lock', to: 'LOCKING', effects: [now('check-drain')] },
  { from: 'LOCKING', event: 'Drained', to: 'LOCKED', effects: [] },
  {
    from: 'LOCKING',
    event: 'unlock',
    to: 'UNLOCKED',
    effects: [],
    // While this one drained another may have been unlocked. One that has failed cannot send by it, so nothing stands in its way.
    when: ({ place, otherCanSend }) => !(otherCanSend && (place === 'OK' || place === 'DEGRADED')),
  },
  { from: 'UNLOCKED', event: 'force-lock', to: 'LOCKED', effects: [now('cancel-in-flight')] },
  { from: 'LOCKING', event: 'force-lock', to: 'LOCKED', effects: [now('cancel-in-flight')] },
];

/** Where a signal finds its work done, or under way: answered 200, and nothing changes. */
export const alreadySo: Readonly<Record<Signal, (at: { place: Place; administrative: AdministrativeState }) => boolean>> = {
  // Not while it is being taken back: that leads to MISSING, and the caller's wish would be dropped in silence.
  provision: ({ place }) => place.startsWith('PROVISIONING') && place !== 'PROVISIONING.unwind',
  're-provision': ({ place }) => place.startsWith('PROVISIONING') && place !== 'PROVISIONING.unwind',
  're-verify': () => false,
  recover: ({ place }) => place === 'DEGRADED',
  lock: ({ administrative }) => administrative !== 'UNLOCKED',
  'force-lock': ({ administrative }) => administrative === 'LOCKED',
  unlock: ({ administrative }) => administrative === 'UNLOCKED',
  remove: ({ place }) => place === 'REMOVING' || place === 'REMOVED',
};
