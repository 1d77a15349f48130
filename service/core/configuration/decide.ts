/**
 * decide(configuration, event, circumstances) → what is true next and what must be done. Pure and synchronous: time, the tenant's other
 * configurations and the settings come in as arguments. The only caller of the machine's `transition()`.
 */
import { type SnapshotFrom, type StateValueFrom, transition } from 'xstate';
import { absorb } from './absorb.ts';
import type { Effect, EffectDelay, EffectKind } from './effects.ts';
import {
  type ConfigurationEvent,
  isMaterialEvent,
  isMendingEvent,
  type MaterialEvent,
  type MendingEvent,
  type Signal,
  type SignalEvent,
  signals,
} from './events.ts';
import { type MachineEvent, machine } from './machine.ts';
import { mend } from './mend.ts';
import type { AdministrativeState, Configuration, OperationalState, ProvisioningStep } from './records.ts';

export type Circumstances = {
  now: Date;
  /** Whether another configuration of the tenant can send at this moment. */
  otherCanSend: boolean;
  pollingIntervalSeconds: number;
  pollingTimeoutHours: number;
  failureThreshold: number;
};

export type Decision =
  | { kind: 'changed'; next: Configuration; effects: Effect[]; recorded: ConfigurationEvent }
  /** The signal asks for what is already so. */
  | { kind: 'alreadySo' }
  | { kind: 'refused'; code: 'signal_not_accepted' | 'tenant_already_sendable'; allowedSignals: Signal[] }
  /** An event that this state has no use for (late, repeated, superseded). */
  | { kind: 'ignored' };

type Snapshot = SnapshotFrom<typeof machine>;
type State = Pick<Configuration, 'operational' | 'step' | 'administrative'>;

const snapshotOf = (state: State, otherCanSend: boolean): Snapshot => {
  const operational = state.step === null ? state.operational : { [state.operational]: state.step };
  // resolveState throws on an unknown state value, which the columns' CHECK constraints exclude.
  const value = { operational, administrative: state.administrative } as StateValueFrom<typeof machine>;
  return machine.resolveState({ value, context: { otherCanSend } });
};

const stateOf = (snapshot: Snapshot): State => {
  const { operational, administrative } = snapshot.value as { operational: string | Record<string, string>; administrative: string };
  const [name, step] = typeof operational === 'string' ? [operational, null] : (Object.entries(operational)[0] ?? ['PENDING', null]);
  return {
    operational: name as OperationalState,
    step: step as ProvisioningStep | null,
    administrative: administrative as AdministrativeState,
  };
};

/** What the machine answered, by state: asking it costs a tenth of a millisecond, and a page shows two hundred records. There are about a hundred states. */
const allowedIn = new Map<string, readonly Signal[]>();

/** Signals that would change something now. */
export const allowedSignals = (state: State, otherCanSend: boolean): Signal[] => {
  const key = `${state.operational} ${state.step} ${state.administrative} ${otherCanSend}`;
  let allowed = allowedIn.get(key);
  if (allowed === undefined) {
    const snapshot = snapshotOf(state, otherCanSend);
    allowed = signals.filter((signal) => snapshot.can({ type: signal }));
    allowedIn.set(key, allowed);
  }
  return [...allowed];
};

/** A signal is already so when the configuration is where the signal leads. */
const isAlreadySo = (signal: Signal, { operational, step, administrative }: State): boolean => {
  switch (signal) {
    case 'provision':
    case 're-provision':
      // What is being taken back leads to MISSING: "already so" would drop the caller's wish in silence.
      return operational === 'PROVISIONING' && step !== 'unwind';
    case 're-verify':
      return operational === 'AWAITING_VERIFICATION';
    case 'recover':
      return operational === 'DEGRADED';
    case 'lock':
      return administrative !== 'UNLOCKED';
    case 'force-lock':
      return administrative === 'LOCKED';
    case 'unlock':
      return administrative === 'UNLOCKED';
    case 'remove':
      return operational === 'REMOVING' || operational === 'REMOVED';
  }
};

const refuse = (c: Configuration, event: SignalEvent, otherCanSend: boolean): Decision => {
  if (isAlreadySo(event.signal, c)) return { kind: 'alreadySo' };
  // Would it be accepted if no other configuration could send? Then that is the reason, and the caller can act on it.
  const onlyForTheOther = otherCanSend && snapshotOf(c, false).can({ type: event.signal });
  return {
    kind: 'refused',
    code: onlyForTheOther ? 'tenant_already_sendable' : 'signal_not_accepted',
    allowedSignals: allowedSignals(c, otherCanSend),
  };
};

const runAt = (delay: EffectDelay, c: Configuration, circumstances: Circumstances): Date => {
  if (delay === 'now') return circumstances.now;
  const next = circumstances.now.getTime() + circumstances.pollingIntervalSeconds * 1000;
  const deadline = (c.verificationStartedAt ?? circumstances.now).getTime() + circumstances.pollingTimeoutHours * 3_600_000;
  return new Date(Math.min(next, deadline));
};

/** Failures and successes of sends count without moving the machine, until a threshold or a recovery makes them an event of its own. */
const machineEventOf = (
  c: Configuration,
  event: Exclude<ConfigurationEvent, MaterialEvent | MendingEvent>,
  failureThreshold: number,
): MachineEvent | null => {
  if (event.type === 'Signal') return { type: event.signal };
  if (event.type !== 'SendFailed') return { type: event.type };
  return c.failureCount + 1 >= failureThreshold ? { type: 'FailureThresholdCrossed' } : null;
};

const countOnly = (c: Configuration, event: ConfigurationEvent, circumstances: Circumstances): Decision => {
  const counts = event.type === 'SendFailed' || (event.type === 'SendSucceeded' && c.failureCount > 0);
  const sendable = c.operational === 'OK' || c.operational === 'DEGRADED';
  if (!counts || !sendable) return { kind: 'ignored' };
  return { kind: 'changed', next: absorb(c, event, circumstances.now), effects: [], recorded: event };
};

/** Whether what the event replaces is still what the configuration holds: another hand may have been quicker. */
const stillStands = (c: Configuration, event: MaterialEvent): boolean => {
  switch (event.type) {
    case 'SecretsResealed':
      return c.serverToken === event.serverTokenBefore && c.routingToken === event.routingTokenBefore;
    case 'ServerTokenReplaced':
      return c.serverToken === event.serverTokenBefore;
    case 'WebhookReplaced':
      return c.webhookId === event.webhookIdBefore;
  }
};

/** Secrets change in any state, and move nothing. */
const replaceOnly = (c: Configuration, event: MaterialEvent, now: Date): Decision =>
  stillStands(c, event) ? { kind: 'changed', next: absorb(c, event, now), effects: [], recorded: event } : { kind: 'ignored' };

export const decide = (c: Configuration, event: ConfigurationEvent, circumstances: Circumstances): Decision => {
  if (isMaterialEvent(event)) return replaceOnly(c, event, circumstances.now);
  if (isMendingEvent(event)) return mend(c, event, circumstances.now);
  // Counted before an unlock and another lock came between: what that lock waits for was not counted.
  if (event.type === 'Drained' && (event.lockingSince ?? c.administrativeSince.toISOString()) !== c.administrativeSince.toISOString())
    return { kind: 'ignored' };
  const machineEvent = machineEventOf(c, event, circumstances.failureThreshold);
  if (machineEvent === null) return countOnly(c, event, circumstances);

  const before = snapshotOf(c, circumstances.otherCanSend);
  if (!before.can(machineEvent)) {
    return event.type === 'Signal' ? refuse(c, event, circumstances.otherCanSend) : countOnly(c, event, circumstances);
  }
  const [after, actions] = transition(machine, before, machineEvent);
  const recorded: ConfigurationEvent =
    event.type === 'SendFailed' ? { type: 'FailureThresholdCrossed', code: event.code, detail: event.detail } : event;
  const next = moved(c, absorb(c, recorded, circumstances.now), stateOf(after), machineEvent, circumstances.now);
  const effects = actions
    .filter((action) => action.type === 'effect')
    .map((action) => action.params as { kind: EffectKind; delay: EffectDelay })
    .map(({ kind, delay }): Effect => ({ kind, runAt: runAt(delay, next, circumstances) }));
  return { kind: 'changed', next, effects, recorded };
};

/** The generation grows when work decided before must not count any more: on every operational move, and when a window starts afresh. */
const moved = (c: Configuration, absorbed: Configuration, state: State, event: MachineEvent, now: Date): Configuration => {
  const operationalMoved = c.operational !== state.operational || c.step !== state.step || event.type === 're-verify';
  const administrativeMoved = c.administrative !== state.administrative;
  return {
    ...absorbed,
    ...state,
    generation: c.generation + (operationalMoved ? 1 : 0),
    operationalSince: operationalMoved ? now : c.operationalSince,
    administrativeSince: administrativeMoved ? now : c.administrativeSince,
  };
};
