/**
 * The gates between a request and a promise to send, in order. `POST /job` stops at the first that does not pass; `explain` shows them all.
 * Each gate is a small function over facts that were read in one query; none looks anything up.
 */

import type { AdministrativeState, OperationalState } from '../configuration/records.ts';
import { isOperationallySendable } from '../configuration/sendable.ts';
import { drainEvidence, type InFlight } from './drain.ts';

export const gateNames = ['operational', 'administrative', 'keyLoaded', 'providerOpen', 'recipientAllowed'] as const;
export type GateName = (typeof gateNames)[number];

export type GateFacts = {
  operational: OperationalState;
  administrative: AdministrativeState;
  /** What a lock or a removal that is under way waits for, or null when there is none. */
  draining: InFlight | null;
  keyVersionId: string | null;
  keyLoaded: boolean;
  /** Why the token does not open here, when that was tried. */
  keyTrouble: string | null;
  /** Why the partition's sending is paused by the provider's account, or null. */
  providerPause: { code: string; since: Date } | null;
  /** The active suppression entry of this recipient, or null; undefined when no recipient was named. */
  suppression: { reason: string; since: Date } | null | undefined;
};

export type GateResult = { gate: GateName; passes: boolean; evidence: string };

type Gate = (facts: GateFacts) => GateResult;

const waitsFor = (draining: InFlight | null): string => (draining === null ? '' : `: ${drainEvidence(draining)}`);

const gates: readonly Gate[] = [
  ({ operational, draining }) => ({
    gate: 'operational',
    passes: isOperationallySendable(operational),
    evidence: `operationalStatus is ${operational}${operational === 'REMOVING' ? waitsFor(draining) : ''}`,
  }),
  ({ administrative, draining }) => ({
    gate: 'administrative',
    passes: administrative === 'UNLOCKED',
    evidence: `administrativeStatus is ${administrative}${administrative === 'LOCKING' ? waitsFor(draining) : ''}`,
  }),
  ({ keyVersionId, keyLoaded, keyTrouble }) => ({
    gate: 'keyLoaded',
    // Without a token there is no key to miss; the operational gate already says so.
    passes: keyVersionId === null || keyLoaded,
    evidence:
      keyVersionId === null
        ? 'no server token is stored'
        : (keyTrouble ?? `key version ${keyVersionId} is ${keyLoaded ? 'loaded' : 'not loaded'}`),
  }),
  ({ providerPause }) => ({
    gate: 'providerOpen',
    passes: providerPause === null,
    evidence:
      providerPause === null
        ? 'the provider takes mail'
        : `paused by the provider with ${providerPause.code} since ${providerPause.since.toISOString()}`,
  }),
  ({ suppression }) => ({
    gate: 'recipientAllowed',
    passes: !suppression,
    evidence:
      suppression === undefined
        ? 'no recipient was named'
        : suppression === null
          ? 'the recipient is not suppressed'
          : `suppressed for ${suppression.reason} since ${suppression.since.toISOString()}`,
  }),
];

export const runGates = (facts: GateFacts): GateResult[] => gates.map((gate) => gate(facts));

/** Gates that refuse a message. A missing key or a provider's pause delays sending, but the message is still taken and kept. */
const refusing: ReadonlySet<GateName> = new Set(['operational', 'administrative', 'recipientAllowed']);

export const firstRefusal = (facts: GateFacts): GateResult | null =>
  runGates(facts).find(({ gate, passes }) => !passes && refusing.has(gate)) ?? null;
