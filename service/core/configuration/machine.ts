/**
 * The lifecycle: two orthogonal regions, no actors, no timers. `decide.ts` is the only caller. An action named `effect` comes back from
 * `transition()` as data and becomes an effect row; nothing here runs anything.
 */
import { and, not, or, setup, stateIn } from 'xstate';
import type { EffectDelay, EffectKind } from './effects.ts';
import type { EventName, MaterialEvent, MendingEvent, Signal } from './events.ts';

export type MachineEvent =
  | { type: Exclude<EventName, 'Signal' | 'SendFailed' | MaterialEvent['type'] | MendingEvent['type']> }
  | { type: Signal };

const effect = (kind: EffectKind, delay: EffectDelay = 'now') => ({ type: 'effect' as const, params: { kind, delay } });

const locked = stateIn({ administrative: 'LOCKED' });
const sendable = or([stateIn({ operational: 'OK' }), stateIn({ operational: 'DEGRADED' })]);
const remove = { remove: { target: '#configuration.operational.REMOVING', guard: locked } };
const failed = { StepFailed: { target: 'unwind' } };
const reVerify = { 're-verify': { target: 'AWAITING_VERIFICATION', reenter: true, actions: effect('check-verification') } };

export const machine = setup({
  types: {} as { context: { otherCanSend: boolean }; events: MachineEvent },
  actions: { effect: (_: unknown, _params: { kind: EffectKind; delay: EffectDelay }) => {} },
  guards: { otherCanSend: ({ context }) => context.otherCanSend },
}).createMachine({
  id: 'configuration',
  type: 'parallel',
  context: { otherCanSend: false },
  states: {
    operational: {
      initial: 'PENDING',
      states: {
        PENDING: { on: { provision: 'PROVISIONING', ...remove } },
        PROVISIONING: {
          initial: 'createServer',
          states: {
            createServer: { entry: effect('create-server'), on: { ServerCreated: 'createDomain', ...failed } },
            createDomain: { entry: effect('create-domain'), on: { DomainCreated: 'installWebhook', ...failed } },
            installWebhook: { entry: effect('install-webhook'), on: { WebhookInstalled: 'writeRecords', ...failed } },
            writeRecords: {
              entry: effect('write-records'),
              on: {
                RecordsWritten: { target: '#configuration.operational.AWAITING_VERIFICATION', actions: effect('check-verification') },
                ...failed,
              },
            },
            unwind: { entry: effect('unwind'), on: { Unwound: '#configuration.operational.MISSING' } },
            cleanUp: { entry: effect('unwind'), on: { Unwound: 'createServer' } },
          },
        },
        AWAITING_VERIFICATION: {
          on: {
            VerificationChecked: { actions: effect('check-verification', 'afterPollingInterval') },
            Verified: 'OK',
            VerificationTimedOut: 'UNVERIFIED',
            ...reVerify,
            ...remove,
          },
        },
        UNVERIFIED: { on: { ...reVerify, ...remove } },
        OK: { on: { FailureThresholdCrossed: { target: 'FAILURE', actions: effect('report-failure') }, ...remove } },
        DEGRADED: {
          on: { FailureThresholdCrossed: { target: 'FAILURE', actions: effect('report-failure') }, SendSucceeded: 'OK', ...remove },
        },
        FAILURE: {
          on: {
            // Recovering an unlocked configuration makes it sendable at once, so the one-sender rule holds here as for `unlock`.
            recover: { target: 'DEGRADED', guard: not(and(['otherCanSend', stateIn({ administrative: 'UNLOCKED' })])) },
            ...remove,
          },
        },
        MISSING: { on: { 're-provision': 'PROVISIONING.cleanUp', ...remove } },
        REMOVING: { entry: effect('unwind'), on: { Unwound: 'REMOVED' } },
        REMOVED: { type: 'final' },
      },
    },
    administrative: {
      initial: 'LOCKED',
      states: {
        LOCKED: { on: { unlock: { target: 'UNLOCKED', guard: and([sendable, not('otherCanSend')]) } } },
        UNLOCKED: {
          on: {
            lock: { target: 'LOCKING', actions: effect('check-drain') },
            'force-lock': { target: 'LOCKED', actions: effect('cancel-in-flight') },
          },
        },
        LOCKING: {
          on: {
            Drained: 'LOCKED',
            unlock: { target: 'UNLOCKED', guard: not(and(['otherCanSend', sendable])) },
            'force-lock': { target: 'LOCKED', actions: effect('cancel-in-flight') },
          },
        },
      },
    },
  },
});
