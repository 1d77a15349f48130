/**
 * The lifecycle as the design's two tables state it, and nothing else: a reference to hold the real one against. It imports nothing, above all nothing
 * of `core`, so that a mistake there is not made here a second time. Times are milliseconds.
 */
type Region = 'place' | 'administrative';
/** `later`: the effect waits for the polling interval. */
type Row = {
  region: Region;
  from: readonly string[];
  on: string;
  to: string;
  effect?: string;
  later?: true;
  onlyIf?: (c: Reference) => boolean;
};

export type Reference = {
  /** The operational state, PROVISIONING with its step. */
  place: string;
  administrative: string;
  generation: number;
  failures: number;
  windowFrom: number | null;
};
export type Limits = { pollingIntervalMs: number; pollingTimeoutMs: number; failureThreshold: number };
export type Moment = { now: number; otherCanSend: boolean; limits: Limits };
export type Reaction =
  | { kind: 'changed'; next: Reference; effects: { kind: string; runAt: number }[]; recorded: string; row: string | null }
  | { kind: 'refused'; code: string; allowedSignals: string[] }
  | { kind: 'alreadySo' | 'ignored' };

const steps = ['createServer', 'createDomain', 'installWebhook', 'writeRecords', 'unwind', 'cleanUp'].map((step) => `PROVISIONING.${step}`);
const [createServer = '', createDomain = '', installWebhook = '', writeRecords = '', unwind = '', cleanUp = ''] = steps;
/** The steps that can fail: an unwind is retried until it succeeds. */
const forward = [createServer, createDomain, installWebhook, writeRecords];
const settled = ['PENDING', 'AWAITING_VERIFICATION', 'UNVERIFIED', 'OK', 'DEGRADED', 'FAILURE', 'MISSING'];
export const places: readonly string[] = [...settled, ...steps, 'REMOVING', 'REMOVED'];
export const administrativeStates: readonly string[] = ['LOCKED', 'UNLOCKED', 'LOCKING'];
export const signals: readonly string[] = ['provision', 're-provision', 're-verify', 'recover', 'lock', 'force-lock', 'unlock', 'remove'];

const sendable = ({ place }: Reference): boolean => place === 'OK' || place === 'DEGRADED';
export const canSend = (c: Reference): boolean => sendable(c) && c.administrative === 'UNLOCKED';
export const statusOf = (c: Reference): string => (sendable(c) ? c.administrative : (c.place.split('.')[0] ?? ''));

const row = (region: Region, from: string | readonly string[], on: string, to: string, more: Partial<Row> = {}): Row => ({
  region,
  from: typeof from === 'string' ? [from] : from,
  on,
  to,
  ...more,
});
const rows: readonly Row[] = [
  row('place', 'PENDING', 'provision', createServer, { effect: 'create-server' }),
  row('place', createServer, 'ServerCreated', createDomain, { effect: 'create-domain' }),
  row('place', createDomain, 'DomainCreated', installWebhook, { effect: 'install-webhook' }),
  row('place', installWebhook, 'WebhookInstalled', writeRecords, { effect: 'write-records' }),
  row('place', writeRecords, 'RecordsWritten', 'AWAITING_VERIFICATION', { effect: 'check-verification' }),
  row('place', forward, 'StepFailed', unwind, { effect: 'unwind' }),
  row('place', unwind, 'Unwound', 'MISSING'),
  row('place', 'AWAITING_VERIFICATION', 'VerificationChecked', 'AWAITING_VERIFICATION', { effect: 'check-verification', later: true }),
  row('place', 'AWAITING_VERIFICATION', 'Verified', 'OK'),
  row('place', 'AWAITING_VERIFICATION', 'VerificationTimedOut', 'UNVERIFIED'),
  row('place', ['AWAITING_VERIFICATION', 'UNVERIFIED'], 're-verify', 'AWAITING_VERIFICATION', { effect: 'check-verification' }),
  row('place', 'MISSING', 're-provision', cleanUp, { effect: 'unwind' }),
  row('place', cleanUp, 'Unwound', createServer, { effect: 'create-server' }),
  row('place', ['OK', 'DEGRADED'], 'FailureThresholdCrossed', 'FAILURE', { effect: 'report-failure' }),
  row('place', 'FAILURE', 'recover', 'DEGRADED'),
  row('place', 'DEGRADED', 'SendSucceeded', 'OK'),
  row('place', settled, 'remove', 'REMOVING', { effect: 'unwind', onlyIf: (c) => c.administrative === 'LOCKED' }),
  row('place', 'REMOVING', 'Unwound', 'REMOVED'),
  row('administrative', 'LOCKED', 'unlock', 'UNLOCKED', { onlyIf: sendable }),
  row('administrative', 'UNLOCKED', 'lock', 'LOCKING', { effect: 'check-drain' }),
  row('administrative', 'LOCKING', 'Drained', 'LOCKED'),
  row('administrative', 'LOCKING', 'unlock', 'UNLOCKED'),
  row('administrative', ['UNLOCKED', 'LOCKING'], 'force-lock', 'LOCKED', { effect: 'cancel-in-flight' }),
];
const nameOf = (from: string, { on, to }: Row): string => `${from} –${on}→ ${to}`;
/** Every transition of the tables: a row of several states is as many. */
export const transitions: readonly string[] = rows.flatMap((each) => each.from.map((from) => nameOf(from, each)));

/** Where a signal finds itself done or under way. What is being unwound leads to MISSING, not to where `provision` wants. */
const toward = [...forward, cleanUp];
const alreadySo: Readonly<Record<string, readonly string[]>> = {
  provision: toward,
  're-provision': toward,
  recover: ['DEGRADED'],
  remove: ['REMOVING', 'REMOVED'],
  lock: ['LOCKING', 'LOCKED'],
  'force-lock': ['LOCKED'],
  unlock: ['UNLOCKED'],
};

const rowFor = (c: Reference, event: string): Row | undefined =>
  rows.find(({ region, from, on, onlyIf }) => on === event && from.includes(c[region]) && (onlyIf?.(c) ?? true));
/** At most one configuration of a tenant can send: no event makes a second. */
const secondSender = (c: Reference, { region, to }: Row, otherCanSend: boolean): boolean =>
  otherCanSend && !canSend(c) && canSend({ ...c, [region]: to });

export const allowedSignals = (c: Reference, otherCanSend: boolean): string[] =>
  signals.filter((signal) => {
    const found = rowFor(c, signal);
    return found !== undefined && !secondSender(c, found, otherCanSend);
  });

/** What an event does to the count of failures in a row: `recover` begins again, a success resets. */
const failuresAfter = (c: Reference, event: string): number => {
  if (event === 'SendFailed' || event === 'FailureThresholdCrossed') return c.failures + 1;
  return event === 'SendSucceeded' || event === 'recover' ? 0 : c.failures;
};

export const react = (c: Reference, told: string, { now, otherCanSend, limits }: Moment): Reaction => {
  const event = told === 'SendFailed' && c.failures + 1 >= limits.failureThreshold ? 'FailureThresholdCrossed' : told;
  const found = rowFor(c, event);
  const second = found !== undefined && secondSender(c, found, otherCanSend);
  const failures = failuresAfter(c, event);
  if (found === undefined || second) {
    if (alreadySo[told]?.some((state) => state === c.place || state === c.administrative)) return { kind: 'alreadySo' };
    const code = second ? 'tenant_already_sendable' : 'signal_not_accepted';
    if (signals.includes(told)) return { kind: 'refused', code, allowedSignals: allowedSignals(c, otherCanSend) };
    // Sends count without moving anything; only where sending is possible.
    if (!sendable(c) || failures === c.failures) return { kind: 'ignored' };
    return { kind: 'changed', next: { ...c, failures }, effects: [], recorded: event, row: null };
  }
  const { region, to, effect, later } = found;
  const moved = region === 'place' && (to !== c.place || event === 're-verify');
  const windowFrom = event === 'RecordsWritten' || event === 're-verify' ? now : event === 'Unwound' ? null : c.windowFrom;
  const next = { ...c, [region]: to, generation: c.generation + (moved ? 1 : 0), failures, windowFrom };
  // Never later than the end of the window, so that it ends when it should.
  const runAt = later ? Math.min(now + limits.pollingIntervalMs, (windowFrom ?? now) + limits.pollingTimeoutMs) : now;
  const effects = effect === undefined ? [] : [{ kind: effect, runAt }];
  return { kind: 'changed', next, effects, recorded: event, row: nameOf(c[region], found) };
};
