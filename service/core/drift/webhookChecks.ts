/** The checks of what a server of ours should be: its webhook, its name, its kind. Secrets are compared here and never told. */
import { serverNameOf } from '../configuration/names.ts';
import type { Finding } from './findings.ts';
import type { Observed } from './observed.ts';

/** `authorizations`, `signatures`: each that a callback is accepted with, current and previous. */
export type ExpectedWebhook = {
  tenantId: string;
  eId: string;
  serverId: number;
  keyVersionId: string | null;
  url: string;
  authorizations: readonly string[];
  signatures: readonly string[];
};

export type ObservedWebhook = {
  webhookId: number;
  url: string;
  headers: Readonly<Record<string, string>>;
  triggersOff: readonly string[];
  verified: boolean;
};

export const checkWebhook = (expected: ExpectedWebhook, observed: Observed<readonly ObservedWebhook[]>): Finding | null => {
  if (observed.kind === 'unreachable') return null;
  const webhooks = observed.kind === 'present' ? observed.value : [];
  const ours = webhooks.filter(({ url }) => url === expected.url);
  const differs = differences(expected, ours, webhooks.length - ours.length);
  if (differs.length === 0) return null;
  const { tenantId, eId, serverId, keyVersionId } = expected;
  return {
    tag: 'email.drift.webhook_mismatch',
    subject: eId,
    class: ours.length === 0 ? 'deleted' : 'edited',
    tenantId,
    quietUntil: null,
    context: { eId, postmarkServerId: serverId, keyVersionId, recordName: null },
    evidence: { differs, webhookIds: ours.map(({ webhookId }) => String(webhookId)) },
  };
};

/** In words: a URL ends in a secret, and a header is one. */
const differences = (expected: ExpectedWebhook, ours: readonly ObservedWebhook[], others: number): string[] => {
  const [first, ...more] = ours;
  const foreign = others === 0 ? [] : [`${others} webhook(s) that lead elsewhere`];
  if (first === undefined) return ['none leads to us', ...foreign];
  const holds = (accepted: readonly string[], header: string): boolean => accepted.includes(first.headers[header] ?? '');
  return [
    ...(holds(expected.authorizations, 'authorization') ? [] : ['header Authorization']),
    ...(holds(expected.signatures, 'x-postroute-signature') ? [] : ['header X-Postroute-Signature']),
    ...first.triggersOff.map((event) => `trigger ${event} is off`),
    ...(first.verified ? [] : ['unverified: it is sent nothing']),
    ...(more.length === 0 ? [] : [`${more.length} more that lead to us: every event comes again`]),
    ...foreign,
  ];
};

export type ExpectedSettings = { tenantId: string; eId: string; keyVersionId: string | null; sendingDomain: string };
export type ObservedSettings = { serverId: number; name: string; deliveryType: string };

/** A server of the type Sandbox takes every message and delivers none. */
const deliveryType = 'Live';

export const checkSettings = (expected: ExpectedSettings, observed: Observed<ObservedSettings>): Finding | null => {
  if (observed.kind !== 'present') return null;
  const { tenantId, eId, keyVersionId, sendingDomain } = expected;
  const { serverId, name, deliveryType: seenType } = observed.value;
  const expectedName = serverNameOf(sendingDomain);
  const differs = [...(name === expectedName ? [] : ['name']), ...(seenType === deliveryType ? [] : ['deliveryType'])];
  if (differs.length === 0) return null;
  return {
    tag: 'email.drift.server_settings_mismatch',
    subject: eId,
    class: 'edited',
    tenantId,
    quietUntil: null,
    context: { eId, postmarkServerId: serverId, keyVersionId, recordName: null },
    evidence: { differs, expectedName, observedName: name, expectedDeliveryType: deliveryType, observedDeliveryType: seenType },
  };
};
